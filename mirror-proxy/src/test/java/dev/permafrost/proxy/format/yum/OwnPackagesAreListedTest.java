package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.pgp.DetachedSignature;
import dev.permafrost.proxy.pgp.PublicKeys;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.CreaterepoC;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.model.SnapshotId;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A repository of RPMs that follows a folder: its metadata is of what is in it, always as one. */
final class OwnPackagesAreListedTest {
    private static final String REPOMD = "repodata/repomd.xml";
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final RpmBuilder FIRN = new RpmBuilder("firn", "1", "1", "noarch").payload(new byte[100]);

    @TempDir
    Path dir;

    private Path rpms = Path.of("");
    private RunningMirror mirror;

    @BeforeEach
    void start() throws Exception {
        rpms = Files.createDirectories(dir.resolve("rpms"));
        put("firn-1-1.noarch.rpm", FIRN.bytes());
        mirror = builder().start();
        awaitPackages("firn-1-1.noarch.rpm");
    }

    @AfterEach
    void stop() {
        mirror.close();
    }

    private RunningMirror.Builder builder() {
        return RunningMirror.in(dir.resolve("data"))
                .beside(YumRepositories.own(new UploadConfig(false, 1 << 30, rpms, false), RepositoryAuth.defaults()));
    }

    private void restart() {
        mirror.close();
        mirror = builder().start();
    }

    /** Puts a file there that was not written just now. */
    private Path put(String path, byte[] bytes) throws Exception {
        Path file = rpms.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
    }

    private static byte[] rpm(String name, int release) {
        return new RpmBuilder(name, "1", String.valueOf(release), "noarch")
                .payload(new byte[200])
                .bytes();
    }

    private RawHttp.Response get(String path) {
        return mirror.get("/ours/" + path);
    }

    private RawHttp.Response ok(String path) {
        RawHttp.Response response = get(path);
        assertThat(response.status()).as(path + ": " + response.body().text()).isEqualTo(200);
        return response;
    }

    private Repomd repomd() {
        return Repomd.read(ok(REPOMD).body().bytes(), "what is served");
    }

    private String list(Repomd repomd, String type) throws Exception {
        byte[] bytes =
                ok(repomd.record(type).orElseThrow().location().path()).body().bytes();
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return new String(in.readAllBytes(), ISO_8859_1);
        }
    }

    private List<String> packages() throws Exception {
        if (get(REPOMD).status() != 200) {
            return List.of();
        }
        Repomd repomd = repomd();
        List<String> all = new ArrayList<>();
        RawHttp.Response primary = ok(repomd.primary().location().path());
        try (GZIPInputStream in =
                new GZIPInputStream(new ByteArrayInputStream(primary.body().bytes()))) {
            PrimaryReader.read(
                    in, "what is served", one -> all.add(one.location().path()));
        }
        return all;
    }

    private void awaitPackages(String... paths) {
        List<List<String>> last = new ArrayList<>();
        Eventually.is(SOON, String.join(", ", paths) + " are listed", () -> {
            try {
                last.add(packages());
                return last.get(last.size() - 1).equals(List.of(paths));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void theyAreListedAsCreaterepoDoesAndCanBeHad() throws Exception {
        Files.delete(rpms.resolve("firn-1-1.noarch.rpm"));
        Map<String, byte[]> real = new TreeMap<>();
        for (Path file : RpmData.endingWith(".rpm").stream()
                .filter(file -> file.toString().contains("/pulp-fixtures/rpm/assets/"))
                .toList()) {
            real.put("Packages/" + file.getFileName(), Files.readAllBytes(file));
        }
        for (Map.Entry<String, byte[]> one : real.entrySet()) {
            put(one.getKey(), one.getValue());
        }
        CreaterepoC.run(rpms, dir.resolve("theirs"));
        Eventually.is(SOON, "all are listed", () -> {
            try {
                return packages().size() == real.size();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Repomd repomd = repomd();
        for (String type : List.of("primary", "filelists", "other")) {
            assertThat(withoutTimes(list(repomd, type)))
                    .isEqualTo(withoutTimes(CreaterepoC.document(dir.resolve("theirs"), type)));
        }
        for (Map.Entry<String, byte[]> one : real.entrySet()) {
            assertThat(ok(one.getKey()).body().bytes()).isEqualTo(one.getValue());
        }
        assertThat(repomd.records())
                .extracting(Repomd.Data::type)
                .containsExactly("primary", "filelists", "other", "primary_db", "filelists_db", "other_db");
        for (Repomd.Data data : repomd.records()) {
            byte[] bytes = ok(data.location().path()).body().bytes();
            assertThat(RpmTree.sha256(bytes)).isEqualTo(data.checksum().hex());
            assertThat(data.location().path()).contains(data.checksum().hex());
        }
    }

    private static String withoutTimes(String document) {
        return document.replaceAll("<time file=\"[0-9]+\"", "<time");
    }

    @Test
    void metadataIsSignedByOurKey() throws Exception {
        byte[] document = ok(REPOMD).body().bytes();
        PublicKeys keys = PublicKeys.read(ok(REPOMD + ".key").body().bytes(), "the key");
        DetachedSignature.Result result = DetachedSignature.check(
                new ByteArrayInputStream(document), ok(REPOMD + ".asc").body().bytes(), keys, Instant.now());
        assertThat(result).isInstanceOf(DetachedSignature.Good.class);
        assertThat(dir.resolve("data/keys/metadata.asc")).exists();
    }

    @Test
    void whatComesChangesAndGoesIsInTheNextGeneration() throws Exception {
        Repomd first = repomd();
        put("el7/serac-1-1.noarch.rpm", rpm("serac", 1));
        awaitPackages("firn-1-1.noarch.rpm", "el7/serac-1-1.noarch.rpm");
        byte[] other = rpm("serac", 2);
        put("el7/serac-1-1.noarch.rpm", other);
        Eventually.is(SOON, "the new one can be had", () -> {
            RawHttp.Response now = get("el7/serac-1-1.noarch.rpm");
            return now.status() == 200 && RpmTree.sha256(now.body().bytes()).equals(RpmTree.sha256(other));
        });
        Repomd second = repomd();
        assertThat(list(second, "primary"))
                .contains(RpmTree.sha256(other))
                .doesNotContain(RpmTree.sha256(rpm("serac", 1)));
        assertThat(Long.parseLong(second.revision())).isGreaterThan(Long.parseLong(first.revision()));
        Files.delete(rpms.resolve("firn-1-1.noarch.rpm"));
        awaitPackages("el7/serac-1-1.noarch.rpm");
        // whoever has read a list of before gets what it names
        ok("firn-1-1.noarch.rpm");
        first.records().forEach(data -> ok(data.location().path()));
    }

    @Test
    void aFolderOfWhichAllIsGoneIsADiskThatIsNotMounted() throws Exception {
        Files.delete(rpms.resolve("firn-1-1.noarch.rpm"));
        try (CapturedLog log = CapturedLog.open()) {
            restart();
            Eventually.is(
                    SOON,
                    "that is said",
                    () -> String.join("\n", log.messages()).contains("1 of the files"));
        }
        assertThat(packages()).containsExactly("firn-1-1.noarch.rpm");
        ok("firn-1-1.noarch.rpm");
    }

    @Test
    void whatIsNoWholePackageIsSaidAndNotListed() throws Exception {
        try (CapturedLog log = CapturedLog.open()) {
            put("a-1-1.noarch.rpm", "no RPM".getBytes(US_ASCII));
            put(
                    "b-1-1.noarch.rpm",
                    new RpmBuilder("b", "1", "1", "noarch").signed(1000, 5000).bytes());
            put("repodata/c-1-1.noarch.rpm", rpm("c", 1));
            put("README", new byte[10]);
            put("serac-1-1.noarch.rpm", rpm("serac", 1));
            awaitPackages("firn-1-1.noarch.rpm", "serac-1-1.noarch.rpm");
            assertThat(String.join("\n", log.messages()))
                    .contains(
                            "a-1-1.noarch.rpm is no usable RPM: it does not begin with",
                            "b-1-1.noarch.rpm is cut off",
                            "'repodata/c-1-1.noarch.rpm' can't be where a package is")
                    .doesNotContain("README");
        }
        assertThat(get("a-1-1.noarch.rpm").status()).isEqualTo(404);
    }

    @Test
    void aRestartReadsNothingAgainAndMakesNothingAnew() throws Exception {
        byte[] before = ok(REPOMD).body().bytes();
        try (CapturedLog log = CapturedLog.open()) {
            restart();
            put("serac-1-1.noarch.rpm", rpm("serac", 1));
            assertThat(ok(REPOMD).body().bytes()).isEqualTo(before);
            awaitPackages("firn-1-1.noarch.rpm", "serac-1-1.noarch.rpm");
            assertThat(String.join("\n", log.messages())).doesNotContain("firn-1-1.noarch.rpm was published");
        }
    }

    @Test
    void aFrozenCopyServesTheSame() throws Exception {
        byte[] before = ok(REPOMD).body().bytes();
        mirror.store().freeze(new SnapshotId("then"));
        mirror.close();
        mirror = builder().frozen().start();
        assertThat(ok(REPOMD).body().bytes()).isEqualTo(before);
        assertThat(packages()).containsExactly("firn-1-1.noarch.rpm");
        assertThat(ok("firn-1-1.noarch.rpm").body().bytes()).isEqualTo(FIRN.bytes());
    }
}
