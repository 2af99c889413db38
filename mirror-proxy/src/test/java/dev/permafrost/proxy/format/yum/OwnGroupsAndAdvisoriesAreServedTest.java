package dev.permafrost.proxy.format.yum;

import static dev.permafrost.proxy.format.yum.OwnRepository.SOON;
import static dev.permafrost.proxy.format.yum.OwnRepository.rpm;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.WriteLogin;
import dev.permafrost.proxy.testing.YumRepositories;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups, modules and advisories that lie at the top of a repository of one's own, or are put there, are in its metadata. */
final class OwnGroupsAndAdvisoriesAreServedTest {
    private static final String GROUPS = """
            <?xml version="1.0"?>
            <!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">
            <comps/>
            """;
    private static final String UPDATES = "<updates><update/></updates>\n";

    @TempDir
    Path dir;

    private Path rpms = Path.of("");
    private RunningMirror mirror;
    private OwnRepository ours;
    private CapturedLog log;

    @BeforeEach
    void start() throws Exception {
        log = CapturedLog.open();
        rpms = Files.createDirectories(dir.resolve("rpms"));
        put("firn-1-1.noarch.rpm", rpm("firn", 1));
        put("comps.xml", GROUPS.getBytes(UTF_8));
        put("a.modulemd.yaml", "# one\n---\na: 1".getBytes(UTF_8));
        put("b.modulemd-defaults.yaml", "b: 2\n".getBytes(UTF_8));
        put("updateinfo.xml.gz", gzip(UPDATES));
        WriteLogin writer = WriteLogin.in(dir);
        mirror = RunningMirror.in(dir.resolve("data"))
                .beside(YumRepositories.own(new UploadConfig(false, 1 << 20, rpms, false), writer.auth()))
                .start();
        ours = OwnRepository.of(mirror, writer);
        Eventually.is(SOON, "all is in the metadata", () -> documents().size() == 4);
    }

    @AfterEach
    void stop() {
        mirror.close();
        log.close();
    }

    private Path put(String path, byte[] bytes) throws IOException {
        Path file = rpms.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    /** What metadata has beside the lists of packages, by its type, unpacked. */
    private Map<String, String> documents() {
        Map<String, String> all = new TreeMap<>();
        RawHttp.Response repomd = ours.get(Repodata.REPOMD);
        if (repomd.status() != 200) {
            return all;
        }
        for (Repomd.Data data :
                Repomd.read(repomd.body().bytes(), "what is served").records()) {
            if (data.type().matches("(primary|filelists|other)(_db)?")) {
                continue;
            }
            byte[] bytes = ours.get(data.location().path()).body().bytes();
            assertThat(RpmTree.sha256(bytes)).isEqualTo(data.checksum().hex());
            try (InputStream in = Decompressed.open(new ByteArrayInputStream(bytes), data.type(), 1 << 20)) {
                byte[] open = in.readAllBytes();
                if (data.openChecksum() != null) {
                    assertThat(RpmTree.sha256(open))
                            .isEqualTo(data.openChecksum().hex());
                }
                all.put(data.type(), new String(open, UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return all;
    }

    private void await(String type, String document) {
        Eventually.is(
                SOON,
                type + " is " + document,
                () -> document.equals(documents().getOrDefault(type, "none")));
    }

    @Test
    void thoseOfTheFolderAreAsCreaterepoHasThemAndFollowIt() throws Exception {
        assertThat(documents())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "group",
                        GROUPS,
                        "group_gz",
                        GROUPS,
                        "modules",
                        "# one\n---\na: 1\n---\nb: 2\n\n",
                        "updateinfo",
                        UPDATES));
        put("comps.xml", "<comps><group/></comps>".getBytes(UTF_8));
        await("group_gz", "<comps><group/></comps>");
        Files.delete(rpms.resolve("updateinfo.xml.gz"));
        Files.delete(rpms.resolve("a.modulemd.yaml"));
        await("updateinfo", "none");
        await("modules", "b: 2\n");
    }

    @Test
    void thoseThatArePutReplaceWhatIsThereAndGoByDelete() {
        assertThat(ours.put("comps.xml", "<comps><x/></comps>".getBytes(UTF_8)).status())
                .isEqualTo(201);
        assertThat(ours.put("comps.xml", "<comps><x/></comps>".getBytes(UTF_8)).status())
                .isEqualTo(200);
        await("group", "<comps><x/></comps>");
        assertThat(ours.delete("comps.xml").status()).isEqualTo(200);
        await("group", "none");
        assertThat(ours.delete("comps.xml").status()).isEqualTo(404);
    }

    @Test
    void whatCantBeReadIsRefusedAndSoIsWhatIsNotAtTheTop() throws Exception {
        for (Map.Entry<String, String> one : Map.of(
                        "<comps>", "comps.xml is not usable: it is no XML",
                        "<updates/>", "its outermost element is 'updates', and not comps",
                        "\u001f\u008b", "comps.xml is not usable")
                .entrySet()) {
            RawHttp.Response refused = ours.put("comps.xml", one.getKey().getBytes(ISO_8859_1));
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.body().text()).contains(one.getValue());
        }
        assertThat(ours.put("modules.yaml", "a: [".getBytes(UTF_8)).body().text())
                .contains("it is no YAML");
        assertThat(ours.put("el9/comps.xml", GROUPS.getBytes(UTF_8)).status()).isEqualTo(400);
        assertThat(documents()).containsEntry("group", GROUPS);
        assertThat(mirror.staged()).isZero();
        put("el9/updateinfo.xml", UPDATES.getBytes(UTF_8));
        put("repodata/comps.xml", GROUPS.getBytes(UTF_8));
        log.await(SOON, "el9/updateinfo.xml is not used", "at the top of the repository");
        assertThat(String.join("\n", log.messages())).doesNotContain("repodata/comps.xml");
    }

    @Test
    void ofTwoOneIsUsedAndPackagesOfOneNameAreTold() throws Exception {
        put("comps.xml.gz", gzip("<comps><other/></comps>"));
        put("el9/other-name.rpm", rpm("firn", 2));
        log.await(SOON, "comps.xml.gz is not used, since there is comps.xml");
        log.await(SOON, "firn-1-1.noarch.rpm and el9/other-name.rpm are both firn-1-1.noarch", "a client takes either");
        assertThat(documents()).containsEntry("group", GROUPS);
        assertThat(ours.listed())
                .containsExactly(
                        OwnRepository.listing("firn-1-1.noarch.rpm", rpm("firn", 1)),
                        OwnRepository.listing("el9/other-name.rpm", rpm("firn", 2)));
        put("serac-1-1.noarch.rpm", rpm("serac", 1));
        Eventually.is(SOON, "there is another one", () -> ours.listed().size() == 3);
        assertThat(log.messages().stream().filter(message -> message.contains("are both")))
                .as("it is said once")
                .hasSize(1);
    }
}
