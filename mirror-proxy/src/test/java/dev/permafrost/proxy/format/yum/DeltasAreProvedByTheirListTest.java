package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.RpmTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Delta RPMs are what the list of them says, or nobody gets the whole of them. */
final class DeltasAreProvedByTheirListTest extends MirroredRpms {
    private static final byte[] DELTA = RpmTree.bytes("the delta");

    private static byte[] list(String root, String path, byte[] delta) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <%1$s><newpackage name="a" epoch="0" version="1" release="2" arch="noarch">
                <delta oldepoch="0" oldversion="1" oldrelease="1"><filename>%2$s</filename>
                <sequence>a-1-1-00</sequence><size>%3$d</size><checksum type="sha256">%4$s</checksum></delta>
                <delta><filename>../../x</filename><checksum type="sha256">%4$s</checksum></delta>
                <delta><filename>drpms/odd.drpm</filename><checksum type="crc">0</checksum></delta>
                </newpackage></%1$s>
                """.formatted(root, path, delta.length, RpmTree.sha256(delta)).getBytes(UTF_8);
    }

    private static RpmTree tree(String root, byte[] delta) {
        return new RpmTree().with("a.rpm", RpmTree.bytes("a")).naming(root, list(root, "drpms/a.drpm", delta));
    }

    private void awaitWhole() {
        Eventually.is(
                PATIENCE,
                "a whole generation",
                () -> String.valueOf(get(REPOMD).header("Cache-Status")).contains("304"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"prestodelta", "deltainfo"})
    void otherBytesAreNeverDeliveredWhole(String root) {
        tree(root, DELTA).at(upstream, AT);
        awaitWhole();
        upstream.on(AT + "drpms/a.drpm").reply(Answer.ok(RpmTree.bytes("the deltA")));
        RawHttp.Response response = get("drpms/a.drpm");
        assertThat(response.status() != 200 || !response.body().complete()).isTrue();
        upstream.on(AT + "drpms/a.drpm").reply(Answer.ok(DELTA));
        RawHttp.Response good = ok("drpms/a.drpm");
        assertThat(good.body().bytes()).isEqualTo(DELTA);
        assertThat(good.header("ETag")).contains(RpmTree.sha256(DELTA));
    }

    @Test
    void oneThatIsMadeAgainIsFetchedAgain() {
        tree("prestodelta", DELTA).at(upstream, AT);
        awaitWhole();
        upstream.on(AT + "drpms/a.drpm").reply(Answer.ok(DELTA));
        assertThat(ok("drpms/a.drpm").body().bytes()).isEqualTo(DELTA);
        byte[] other = RpmTree.bytes("made again");
        tree("prestodelta", other).revision("2").at(upstream, AT);
        upstream.on(AT + "drpms/a.drpm").reply(Answer.ok(other));
        Eventually.is(PATIENCE, "revision 2", () -> ok(REPOMD).body().text().contains("<revision>2<"));
        assertThat(ok("drpms/a.drpm").body().bytes()).isEqualTo(other);
    }

    @Test
    void oneThatNoListNamesIsNotServed() {
        upstream.on(AT + "drpms/b.drpm").reply(Answer.ok(DELTA));
        tree("prestodelta", DELTA).at(upstream, AT);
        awaitWhole();
        RawHttp.Response unlisted = get("drpms/b.drpm");
        assertThat(unlisted.status()).isEqualTo(404);
        assertThat(unlisted.body().text()).contains("lists no such package");
        assertThat(upstream.count(AT + "drpms/b.drpm")).isZero();
    }

    /** Its list is read after that of the packages. */
    @Test
    void oneThatIsAskedForFirstOfAllIsFoundInItsList() {
        upstream.on(AT + "drpms/a.drpm").reply(Answer.ok(DELTA));
        tree("prestodelta", DELTA).at(upstream, AT);
        assertThat(ok("drpms/a.drpm").body().bytes()).isEqualTo(DELTA);
    }

    @Test
    void aListThatIsBrokenIsNoReasonToServeNothing() {
        new RpmTree()
                .with("a.rpm", RpmTree.bytes("a"))
                .naming("prestodelta", RpmTree.bytes("<prestodelta><newpackage>"))
                .at(upstream, AT);
        upstream.on(AT + "drpms/a.drpm").reply(Answer.ok(DELTA));
        awaitWhole();
        assertThat(ok("a.rpm").body().text()).isEqualTo("a");
        // nobody could tell whether it is the right one
        assertThat(get("drpms/a.drpm").status()).isEqualTo(404);
    }

    @Test
    void realListsAreRead() throws IOException {
        List<String> all = new ArrayList<>();
        for (String name : List.of("-prestodelta.xml.gz", "-deltainfo.xml.gz", "-prestodelta.xml.xz")) {
            for (Path file : RpmData.endingWith(name)) {
                try (var in = Decompressed.open(Files.newInputStream(file), name, 1 << 30)) {
                    DeltaReader.read(in, name, (path, checksum, size) -> all.add(path + " " + checksum + " " + size));
                }
            }
        }
        assertThat(all)
                .contains("drpms/gambas3-gb-net-curl-3.0.0-1.fc17_3.0.0-2.fc17.i686.drpm"
                        + " sha256:18831ba90b489c7facdd848e351cadd43820b3be81d416a1b31fa23ac5cfeb0d 7217");
        assertThat(all).anyMatch(line -> line.startsWith("i586/FastCGI-2.4.0-155.1.2_155.3.1.i586.drpm sha256:b50f"));
    }
}
