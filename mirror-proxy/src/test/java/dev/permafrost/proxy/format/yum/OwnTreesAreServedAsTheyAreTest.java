package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.Published;
import dev.permafrost.proxy.repo.Publishing;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.testing.CreaterepoC;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.WriteLogin;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.MirrorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders that have metadata already, as reposync and createrepo leave them: they are served as they are, or refused. */
final class OwnTreesAreServedAsTheyAreTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final byte[] SIGNATURE = "a signature of theirs".getBytes(US_ASCII);

    @TempDir
    Path dir;

    private Path rpms = Path.of("");

    @BeforeEach
    void makeTree() throws Exception {
        rpms = Files.createDirectories(dir.resolve("rpms"));
        put("loose-1-1.noarch.rpm", 1);
        put("base/Packages/firn-1-1.noarch.rpm", 1);
        put("base/Packages/serac-1-1.noarch.rpm", 1);
        createrepo();
    }

    private void put(String path, int payload) throws IOException {
        Path file = rpms.resolve(path);
        Files.createDirectories(file.getParent());
        String name = file.getFileName().toString().replaceFirst("-.*", "");
        new RpmBuilder(name, "1", "1", "noarch").payload(new byte[payload]).write(file);
    }

    private void createrepo() throws IOException {
        CreaterepoC.run(rpms.resolve("base"), rpms.resolve("base"), "--database");
        Files.write(rpms.resolve("base/repodata/repomd.xml.asc"), SIGNATURE);
    }

    private RunningMirror.Builder builder(RepositoryAuth auth) {
        return RunningMirror.in(dir.resolve("data"))
                .beside(YumRepositories.own(new UploadConfig(false, 1 << 30, rpms, false), auth));
    }

    private static boolean has(RunningMirror mirror, String path, byte[] bytes) {
        RawHttp.Response response = mirror.get("/ours/" + path);
        return response.status() == 200
                && java.util.Arrays.equals(response.body().bytes(), bytes);
    }

    private byte[] bytes(String path) throws IOException {
        return Files.readAllBytes(rpms.resolve(path));
    }

    private void awaitServed(RunningMirror mirror, String path) throws IOException {
        byte[] bytes = bytes(path);
        Eventually.is(SOON, path + " is served as it is", () -> has(mirror, path, bytes));
    }

    @Test
    void allOfItIsServedByteForByteAndTheRestIsListedBesideIt() throws Exception {
        WriteLogin writer = WriteLogin.in(dir);
        try (RunningMirror mirror = builder(writer.auth()).start()) {
            awaitServed(mirror, "base/repodata/repomd.xml");
            try (Stream<Path> files = Files.walk(rpms.resolve("base"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    awaitServed(mirror, rpms.relativize(file).toString());
                }
            }
            awaitServed(mirror, "loose-1-1.noarch.rpm");
            assertThat(primary(mirror)).contains("loose-1-1.noarch.rpm").doesNotContain("firn", "serac");

            put("base/Packages/nunatak-1-1.noarch.rpm", 1);
            createrepo();
            awaitServed(mirror, "base/repodata/repomd.xml");
            awaitServed(mirror, "base/Packages/nunatak-1-1.noarch.rpm");
            byte[] other = "another signature".getBytes(US_ASCII);
            Files.write(rpms.resolve("base/repodata/repomd.xml.asc"), other);
            awaitServed(mirror, "base/repodata/repomd.xml.asc");

            byte[] more = new RpmBuilder("more", "1", "1", "noarch").bytes();
            try (RawHttp http = mirror.connect()) {
                RawHttp.Response refused = http.request(
                                "PUT",
                                "/ours/base/more-1-1.noarch.rpm",
                                writer.headerLine(),
                                "Content-Length: " + more.length)
                        .send(more)
                        .read();
                assertThat(refused.status()).isEqualTo(409);
                assertThat(refused.body().text()).contains("the metadata of /base/ is that of its folder");
                assertThat(http.request("DELETE", "/ours/base/Packages/firn-1-1.noarch.rpm", writer.headerLine())
                                .read()
                                .status())
                        .isEqualTo(409);
            }
        }
    }

    private static String primary(RunningMirror mirror) throws IOException {
        Repomd repomd =
                Repomd.read(mirror.get("/ours/repodata/repomd.xml").body().bytes(), "what is served");
        byte[] gzip =
                mirror.get("/ours/" + repomd.primary().location().path()).body().bytes();
        try (var in = new java.util.zip.GZIPInputStream(new java.io.ByteArrayInputStream(gzip))) {
            return new String(in.readAllBytes(), US_ASCII);
        }
    }

    /** What is served of the repository, and what was said of its trees. */
    private interface Look {
        void at(YumHosting hosting, MirrorStore store, GenerationDocs docs) throws IOException;
    }

    private void withHosting(Look look) throws IOException {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(dir.resolve("data")))) {
            YumHosting hosting = YumHosting.of(
                    YumRepositories.own(UploadConfig.defaults(), RepositoryAuth.defaults()),
                    store,
                    dir.resolve("key.asc"),
                    Clock.systemUTC());
            look.at(hosting, store, new GenerationDocs("ours", store));
        }
    }

    private Published publish(YumHosting hosting) {
        return hosting.publish(repomd(), new Publishing(rpms, false, false), "a test");
    }

    private Path repomd() {
        return rpms.resolve("base/repodata/repomd.xml");
    }

    private static List<String> dirs(MirrorStore store, GenerationDocs docs) {
        List<String> dirs = new java.util.ArrayList<>();
        docs.each(store.view(), (dir, kept) -> dirs.add(dir));
        return dirs;
    }

    @Test
    void oneThatDoesNotFitItsFolderIsRefusedUntilItDoes() throws Exception {
        Path firn = rpms.resolve("base/Packages/firn-1-1.noarch.rpm");
        Path away = Files.move(firn, dir.resolve("away"));
        put("base/Packages/serac-1-1.noarch.rpm", 7);
        withHosting((hosting, store, docs) -> {
            Published refused = publish(hosting);
            assertThat(refused.outcome()).isEqualTo(Published.Outcome.REFUSED);
            assertThat(refused.anew()).isTrue();
            assertThat(refused.text())
                    .contains(
                            "/base/repodata/repomd.xml does not fit the folder in 2 packages",
                            "Packages/firn-1-1.noarch.rpm is not there",
                            "Packages/serac-1-1.noarch.rpm has ",
                            "run createrepo");
            assertThat(publish(hosting).anew()).isFalse();
            assertThat(dirs(store, docs)).isEmpty();
            Files.move(away, firn);
            put("base/Packages/serac-1-1.noarch.rpm", 1);
            hosting.complete();
            assertThat(dirs(store, docs)).contains("base/");
            assertThat(hosting.published(rpms)).contains(repomd());
            assertThat(publish(hosting).anew()).isFalse();
        });
    }

    @Test
    void aPackageOfOneThatIsReplacedIsTheOldOneUntilItsMetadataListsTheNew() throws Exception {
        Path serac = rpms.resolve("base/Packages/serac-1-1.noarch.rpm");
        withHosting((hosting, store, docs) -> {
            publish(hosting);
            String before = held(store, docs);
            put("base/Packages/serac-1-1.noarch.rpm", 7);
            assertThat(hosting.publish(serac, new Publishing(rpms, false, false), "a test")
                            .outcome())
                    .isEqualTo(Published.Outcome.HERE);
            hosting.complete();
            assertThat(held(store, docs)).isEqualTo(before);
            createrepo();
            assertThat(publish(hosting).outcome()).isEqualTo(Published.Outcome.HERE);
            assertThat(held(store, docs)).isEqualTo(RpmTree.sha256(Files.readAllBytes(serac)));
        });
    }

    private static String held(MirrorStore store, GenerationDocs docs) {
        return store.view()
                .lookup(docs.fileKey("base/Packages/serac-1-1.noarch.rpm"))
                .orElseThrow()
                .digest()
                .hex();
    }

    @Test
    void metadataThatIsBrokenIsRefusedWithTheReason() throws Exception {
        Path list;
        try (Stream<Path> files = Files.list(repomd().getParent())) {
            list = files.filter(file -> file.toString().endsWith("filelists.xml.gz"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] good = Files.readAllBytes(list);
        byte[] repomd = Files.readAllBytes(repomd());
        withHosting((hosting, store, docs) -> {
            Files.write(list, new byte[good.length]);
            assertThat(publish(hosting).text()).contains(list.getFileName() + ", which is another file");
            Files.delete(list);
            assertThat(publish(hosting).text()).contains(list.getFileName() + ", which is not there");
            Files.createSymbolicLink(list, Files.write(dir.resolve("secret"), good));
            assertThat(publish(hosting).text()).contains(list.getFileName() + ", which is not there");
            Files.delete(list);
            Files.write(list, good);
            Files.writeString(repomd(), "<repomd>");
            assertThat(publish(hosting).text()).contains("is not usable");
            assertThat(dirs(store, docs)).isEmpty();
            Files.write(repomd(), repomd);
            assertThat(publish(hosting).outcome()).isEqualTo(Published.Outcome.HERE);
            // what is broken later leaves what was served
            Files.writeString(repomd(), "<repomd>");
            assertThat(publish(hosting).outcome()).isEqualTo(Published.Outcome.REFUSED);
            assertThat(docs.kept(store.view(), "base/").orElseThrow().newest().repomd())
                    .isEqualTo(repomd);
        });
    }

    @Test
    void packagesOfOneWhoseMetadataIsGoneAreListedWithTheOthers() throws Exception {
        withHosting((hosting, store, docs) -> {
            publish(hosting);
            hosting.complete();
            assertThat(listed(store, docs, "")).isZero();
            Files.move(repomd(), dir.resolve("repomd.xml"), StandardCopyOption.ATOMIC_MOVE);
            Publishing how = new Publishing(rpms, false, false);
            hosting.gone(how, Set.of(repomd()), 3, "a test");
            hosting.complete();
            assertThat(dirs(store, docs)).as("it may be on its way").contains("base/");
            hosting.gone(how, Set.of(repomd()), 3, "a test");
            hosting.complete();
            assertThat(dirs(store, docs)).containsExactly("");
            assertThat(listed(store, docs, "")).isEqualTo(2);
        });
    }

    private static long listed(MirrorStore store, GenerationDocs docs, String dir) {
        return PackageTable.count(
                store.view(),
                docs.packagesKey(docs.kept(store.view(), dir)
                        .orElseThrow()
                        .newest()
                        .header()
                        .packages()));
    }

    @Test
    void theWholeFolderMayBeOne() throws Exception {
        Files.delete(rpms.resolve("loose-1-1.noarch.rpm"));
        rpms = rpms.resolve("base");
        try (RunningMirror mirror = builder(RepositoryAuth.defaults()).start()) {
            awaitServed(mirror, "repodata/repomd.xml");
            awaitServed(mirror, "repodata/repomd.xml.asc");
            awaitServed(mirror, "Packages/firn-1-1.noarch.rpm");
        }
    }

    @Test
    void oneThatYumThreeCannotReadIsMadeReadableForIt() throws Exception {
        byte[] firn = new RpmBuilder("firn", "1", "1", "noarch").bytes();
        RpmTree tree = new RpmTree().zstd().with("firn-1-1.noarch.rpm", firn);
        Path zstd = rpms.resolve("zstd");
        Files.createDirectories(zstd.resolve("repodata"));
        for (Map.Entry<String, byte[]> file : tree.files().entrySet()) {
            Files.write(zstd.resolve(file.getKey()), file.getValue());
        }
        try (RunningMirror mirror = builder(RepositoryAuth.defaults()).start()) {
            awaitServed(mirror, "zstd/repodata/repomd.xml");
            RawHttp.Response given = Eventually.value(
                    SOON,
                    "what yum 3 reads",
                    () -> Optional.of(mirror.get(
                                    "/ours/zstd/repodata/repomd.xml", "User-Agent: urlgrabber/3.10 yum/3.4.3"))
                            .filter(response -> response.status() == 200));
            Repomd repomd = Repomd.read(given.body().bytes(), "what yum 3 is given");
            String primary = repomd.primary().location().path();
            assertThat(primary).endsWith("-primary.xml.gz");
            assertThat(mirror.get("/ours/zstd/" + primary).status()).isEqualTo(200);
            assertThat(has(mirror, "zstd/firn-1-1.noarch.rpm", firn)).isTrue();
            assertThat(has(mirror, "zstd/repodata/repomd.xml", bytes("zstd/repodata/repomd.xml")))
                    .isTrue();
        }
    }
}
