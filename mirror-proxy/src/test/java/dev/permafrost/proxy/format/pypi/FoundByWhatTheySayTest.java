package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.SourcesConfig;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.WriteLogin;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.SnapshotId;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A search finds projects by the words of their summaries, whatever they are called, as soon as these are held. */
class FoundByWhatTheySayTest {
    private static final TinyWheel FLOE = TinyWheel.of("floe", "1.0").summary("Counts penguins on the ice");

    @TempDir
    Path folder;

    private WriteLogin writer;

    @BeforeEach
    void login() {
        writer = WriteLogin.in(folder);
    }

    private void send(RunningMirror mirror, String path, Form form) {
        assertThat(form.post(mirror.port(), path, writer.headerLine()).status()).isEqualTo(200);
    }

    private static String member(String name, String word) {
        return "<member><name>" + name + "</name><value><array><data><value><string>" + word
                + "</string></value></data></array></value></member>";
    }

    private static String search(RunningMirror mirror, String path, String members, String operator) {
        String call = "<?xml version='1.0'?><methodCall><methodName>search</methodName><params><param><value><struct>"
                + members + "</struct></value></param><param><value><string>" + operator
                + "</string></value></param></params></methodCall>";
        try (RawHttp http = mirror.connect()) {
            RawHttp.Response found = http.request(
                            "POST", path, "Content-Type: text/xml", "Content-Length: " + call.getBytes(UTF_8).length)
                    .send(call)
                    .read();
            assertThat(found.status()).isEqualTo(200);
            return found.body().text();
        }
    }

    /** As {@code pip search WORD} does. */
    private static String found(RunningMirror mirror, String word) {
        return search(mirror, "/RPC2", member("name", word) + member("summary", word), "or");
    }

    @Test
    void whatIsSentIsFoundAtOnceByItsNewestWordsAlone() {
        try (RunningMirror mirror =
                RunningMirror.in(folder.resolve("data")).auth(writer.auth()).start()) {
            assertThat(found(mirror, "penguins")).doesNotContain("floe");
            send(mirror, "/", Form.upload(FLOE));
            assertThat(found(mirror, "Penguins"))
                    .contains("<string>floe</string>", "<string>1.0</string>", "Counts penguins on the ice");
            assertThat(search(mirror, "/RPC2", member("summary", "penguin"), "and"))
                    .contains("<string>floe</string>");
            assertThat(search(mirror, "/RPC2", member("name", "other") + member("summary", "penguin"), "and"))
                    .doesNotContain("floe");
            assertThat(search(mirror, "/RPC2", member("name", "flo") + member("summary", "penguin"), "and"))
                    .containsOnlyOnce("<string>floe</string>");
            send(mirror, "/", Form.upload(TinyWheel.of("floe", "1.10").summary("Counts seals")));
            assertThat(found(mirror, "penguins")).doesNotContain("floe");
            assertThat(found(mirror, "seals")).contains("<string>floe</string>", "<string>1.10</string>");
            send(
                    mirror,
                    "/",
                    new Form()
                            .field(":action", "remove_pkg")
                            .field("name", "floe")
                            .field("version", "1.10"));
            assertThat(found(mirror, "seals")).doesNotContain("floe");
            assertThat(found(mirror, "penguins")).contains("<string>floe</string>");
        }
    }

    @Test
    void whatIsFetchedIsFoundConnectedOfflineAndFrozen() {
        TinyWheel wheel = TinyWheel.of("six", "1.0").summary("Both pythons in one");
        IndexFile six = IndexFile.of(wheel).withMetadata(wheel.metadata());
        TinyWheel other = TinyWheel.of("seven", "1.0").summary("Snakes in a line");
        IndexFile seven = IndexFile.of(other).withMetadata(other.metadata());
        IndexFile newer = IndexFile.of(TinyWheel.of("six", "2.0").summary("Both pythons in one"));
        Path data = folder.resolve("data");
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(six).add(seven).add(newer).serve(upstream);
            try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
                assertThat(found(mirror, "pythons")).doesNotContain("six");
                mirror.get(six.path());
                // the newest version is not held
                assertThat(found(mirror, "pythons")).contains("<string>six</string>", "<string>2.0</string>");
                // the sidecar alone
                mirror.get(seven.path() + ".metadata");
                assertThat(found(mirror, "snakes")).contains("<string>seven</string>");
                mirror.store().freeze(new SnapshotId("s1"));
            }
            try (RunningMirror mirror =
                    RunningMirror.in(data).from(upstream).offline().start()) {
                assertThat(found(mirror, "pythons")).contains("<string>six</string>", "<string>1.0</string>");
            }
        }
        try (RunningMirror mirror = RunningMirror.in(data).frozen().start()) {
            assertThat(found(mirror, "pythons")).contains("<string>six</string>", "<string>1.0</string>");
        }
    }

    @Test
    void aSourceWhoseProjectIsNotServedSaysNothingOfIt() {
        IndexFile theirs = IndexFile.of(TinyWheel.of("floe", "9.0").summary("Steals penguins"));
        IndexFile six = IndexFile.of(TinyWheel.of("six", "1.0").summary("Feeds penguins"));
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(theirs).add(six).serve(upstream);
            try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                    .from(upstream)
                    .beside(Records.with(RepositoryConfig.defaults("ours"), "auth", writer.auth()))
                    .beside(Records.with(
                            RepositoryConfig.defaults("all"),
                            "sources",
                            new SourcesConfig(List.of("ours", "pypi"), false, Map.of())))
                    .start()) {
                send(mirror, "/ours/", Form.upload(FLOE));
                mirror.get("/pypi" + theirs.path());
                mirror.get("/pypi" + six.path());
                assertThat(search(mirror, "/all/", member("summary", "penguins"), "or"))
                        .containsOnlyOnce("<string>floe</string>")
                        .contains("<string>six</string>")
                        .doesNotContain("Steals");
                assertThat(search(mirror, "/all/", member("summary", "steals"), "or"))
                        .doesNotContain("floe");
            }
        }
    }

    @Test
    void soManyAreRememberedAndNoMore() {
        try (RunningMirror mirror =
                RunningMirror.in(folder.resolve("data")).auth(writer.auth()).start()) {
            for (int i = 0; i < 5; i++) {
                send(mirror, "/", Form.upload(TinyWheel.of("floe" + i, "1.0").summary("counts penguins")));
            }
            MirrorStore store = mirror.store();
            try (Summaries summaries = new Summaries(new ProjectDocs("pypi", store), 3)) {
                assertThat(summaries.with(store.view(), List.of("penguins"), 10))
                        .hasSize(3);
                assertThat(summaries.with(store.view(), List.of("penguins"), 2)).hasSize(2);
            }
            try (Summaries summaries = new Summaries(new ProjectDocs("pypi", store))) {
                assertThat(summaries.with(store.view(), List.of("nobody", "penguins"), 10))
                        .hasSize(5);
            }
        }
    }
}
