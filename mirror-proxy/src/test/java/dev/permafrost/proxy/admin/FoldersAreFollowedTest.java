package dev.permafrost.proxy.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.permafrost.proxy.StoreRepositories;
import dev.permafrost.proxy.config.ConfigLoader;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.MirrorStore;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that a server follows: what comes is published, what goes is taken back, what is broken is said once. */
class FoldersAreFollowedTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final TinyWheel OLD = TinyWheel.of("firn", "1.0");
    private static final TinyWheel NEW = TinyWheel.of("firn", "2.0").padded(2_000_000, 1);

    @TempDir
    Path dir;

    private Path wheels = Path.of("");

    @BeforeEach
    void makeFolder() throws Exception {
        wheels = Files.createDirectories(dir.resolve("wheels"));
        put(OLD);
    }

    private RunningMirror start(boolean links) {
        return RunningMirror.in(dir.resolve("data"))
                .uploads(new UploadConfig(false, 1 << 30, wheels, links))
                .start();
    }

    private Path put(TinyWheel wheel) throws Exception {
        return Files.write(wheels.resolve(wheel.filename()), wheel.bytes());
    }

    private static String page(RunningMirror mirror) {
        return mirror.get("/simple/firn/").body().text();
    }

    private static String text(CapturedLog log) {
        return String.join("\n", log.messages());
    }

    private static void awaitListed(RunningMirror mirror, TinyWheel wheel) {
        Eventually.is(SOON, wheel.filename() + " is listed", () -> page(mirror).contains(wheel.filename()));
    }

    @Test
    void whatIsThereAndWhatComesIsPublishedAndWhatGoesStays() throws Exception {
        try (RunningMirror mirror = start(false)) {
            awaitListed(mirror, OLD);
            put(NEW);
            awaitListed(mirror, NEW);
            Path deeper = Files.createDirectories(wheels.resolve("a/b"));
            TinyWheel third = TinyWheel.of("firn", "3.0");
            Files.write(deeper.resolve(third.filename()), third.bytes());
            awaitListed(mirror, third);
        }
        Files.delete(wheels.resolve(OLD.filename()));
        Files.move(wheels.resolve("a"), dir.resolve("elsewhere"));
        try (CapturedLog log = CapturedLog.open();
                RunningMirror mirror = start(false)) {
            Eventually.is(SOON, "that is said", () -> text(log).contains("2 of the files"));
            TinyWheel fourth = TinyWheel.of("firn", "4.0");
            put(fourth);
            awaitListed(mirror, fourth);
            assertThat(page(mirror)).contains(OLD.filename(), NEW.filename(), "firn-3.0");
        }
    }

    @Test
    void aLinkOutOfTheFolderIsNotPublished() throws Exception {
        Path secret = Files.writeString(dir.resolve("secret"), "not for everybody");
        Files.createSymbolicLink(wheels.resolve("firn-7.0.exe"), secret);
        Files.createSymbolicLink(wheels.resolve(NEW.filename() + ".asc"), secret);
        try (RunningMirror mirror = start(false)) {
            put(NEW);
            awaitListed(mirror, NEW);
            Files.createSymbolicLink(wheels.resolve("firn-8.0.exe"), secret);
            TinyWheel last = TinyWheel.of("firn", "9.0");
            put(last);
            awaitListed(mirror, last);
            assertThat(page(mirror)).doesNotContain("firn-7.0", "firn-8.0", "gpg-sig");
        }
    }

    @Test
    void aFolderMayBeReachedByALink() throws Exception {
        Path real = Files.move(wheels, dir.resolve("real"));
        Files.createSymbolicLink(wheels, real);
        try (RunningMirror mirror = start(false)) {
            awaitListed(mirror, OLD);
            put(NEW);
            awaitListed(mirror, NEW);
        }
    }

    @Test
    void aFileThatIsBeingWrittenIsPublishedOnceItIsComplete() throws Exception {
        MirrorConfig config =
                ConfigLoader.load(null, List.of("repositories.ours.publish=" + wheels), dir.resolve("data"), false);
        // a machine that is busy must not seem to be a copy that has ended
        FolderFollower.Pace pace =
                new FolderFollower.Pace(Duration.ofSeconds(6), Duration.ofMinutes(5), Duration.ofMinutes(5));
        try (CapturedLog log = CapturedLog.open();
                MirrorStore store = MirrorStore.open(MirrorStore.Options.of(config.data()))) {
            Hosting ours = Objects.requireNonNull(
                    StoreRepositories.hosting(config, store).get("ours"));
            try (FolderFollower follower = new FolderFollower("ours", wheels, false, ours, pace)) {
                follower.begin();
                Path file = wheels.resolve(NEW.filename());
                byte[] bytes = NEW.bytes();
                try (OutputStream out = Files.newOutputStream(file)) {
                    for (int from = 0; from < bytes.length; from += bytes.length / 8) {
                        out.write(bytes, from, Math.min(bytes.length / 8, bytes.length - from));
                        Eventually.after(Duration.ofSeconds(1));
                        assertThat(ours.published(wheels)).doesNotContain(file);
                    }
                }
                Eventually.is(
                        SOON, "it is published", () -> ours.published(wheels).contains(file));
            }
            assertThat(text(log)).doesNotContain("is not published");
        }
    }

    /** As rsync and browsers do it. */
    @Test
    void aFileUnderAnotherNameIsPublishedOnceItHasItsOwn() throws Exception {
        try (RunningMirror mirror = start(false)) {
            TinyWheel third = TinyWheel.of("firn", "3.0");
            Path temporary = Files.write(wheels.resolve("." + third.filename() + ".Xy1z"), third.bytes());
            Path partial = Files.write(wheels.resolve(third.filename() + ".part"), third.bytes());
            put(NEW);
            awaitListed(mirror, NEW);
            assertThat(page(mirror)).doesNotContain(third.filename());
            Files.delete(partial);
            Files.move(temporary, wheels.resolve(third.filename()), StandardCopyOption.ATOMIC_MOVE);
            awaitListed(mirror, third);
        }
    }

    @Test
    void anSdistOfWhichOnlyAPartHasComeIsPublishedWhenTheRestCame() throws Exception {
        Path sdist = wheels.resolve("firn-4.0.tar.gz");
        byte[] whole;
        try (var bytes = new ByteArrayOutputStream();
                var gzip = new GZIPOutputStream(bytes)) {
            for (int i = 0; i < 5_000; i++) {
                gzip.write(("line " + i + "\n").getBytes(UTF_8));
            }
            gzip.finish();
            whole = bytes.toByteArray();
        }
        Files.write(sdist, Arrays.copyOf(whole, whole.length / 2));
        try (CapturedLog log = CapturedLog.open();
                RunningMirror mirror = start(false)) {
            Eventually.is(SOON, "the half is refused", () -> text(log).contains("not all of it is there"));
            assertThat(page(mirror)).doesNotContain("firn-4.0");
            Files.write(sdist, Arrays.copyOfRange(whole, whole.length / 2, whole.length), StandardOpenOption.APPEND);
            Eventually.is(SOON, "the whole is listed", () -> page(mirror).contains(Form.digest("SHA-256", whole)));
        }
    }

    @Test
    void whatIsBrokenIsSaidOnceEvenIfTheServerStartsAgain() throws Exception {
        Files.writeString(wheels.resolve("ice-1.0-py3-none-any.whl"), "no wheel");
        Files.writeString(wheels.resolve("README.txt"), "nothing to publish");
        try (CapturedLog log = CapturedLog.open()) {
            try (RunningMirror mirror = start(false)) {
                awaitListed(mirror, OLD);
                Eventually.is(
                        SOON, "it is said", () -> text(log).contains("ice-1.0-py3-none-any.whl is not published"));
                put(NEW);
                awaitListed(mirror, NEW);
            }
            try (RunningMirror mirror = start(false)) {
                TinyWheel third = TinyWheel.of("firn", "3.0");
                put(third);
                awaitListed(mirror, third);
            }
            assertThat(text(log).split("ice-1.0-py3-none-any.whl is not published", -1))
                    .hasSize(2);
            assertThat(text(log)).doesNotContain("README");
        }
    }

    @Test
    void whatIsDeletedFromTheRepositoryStaysDeletedThoughItsFileStays() throws Exception {
        try (RunningMirror mirror = start(false)) {
            awaitListed(mirror, OLD);
            put(NEW);
            awaitListed(mirror, NEW);
            var unused = ControlClient.call(
                            ControlServer.socketOf(dir.resolve("data")),
                            Verbs.DELETE,
                            Map.of("repository", "pypi", "project", "firn", "version", "1.0"),
                            ProgressSink.NONE)
                    .orElseThrow();
        }
        try (RunningMirror mirror = start(false)) {
            TinyWheel third = TinyWheel.of("firn", "3.0");
            put(third);
            awaitListed(mirror, third);
            assertThat(page(mirror)).doesNotContain(OLD.filename());
        }
    }

    @Test
    void aFolderThatIsAwayTakesNothingBack() throws Exception {
        try (RunningMirror mirror = start(false)) {
            awaitListed(mirror, OLD);
        }
        Path away = Files.move(wheels, dir.resolve("away"));
        try (CapturedLog log = CapturedLog.open();
                RunningMirror mirror = start(false)) {
            Eventually.is(SOON, "that is said", () -> text(log).contains("can't be looked through"));
            assertThat(page(mirror)).contains(OLD.filename());
        }
        Files.createDirectory(wheels);
        try (CapturedLog log = CapturedLog.open();
                RunningMirror mirror = start(false)) {
            Eventually.is(
                    SOON, "that is said", () -> text(log).contains("are not there any more; they stay published"));
            assertThat(page(mirror)).contains(OLD.filename());
        }
        assertThat(away.resolve(OLD.filename())).exists();
    }

    @Test
    void linkedFilesAreHeldOnceAndOneThatIsWrittenToIsNoLongerServed() throws Exception {
        Path file = put(NEW);
        try (CapturedLog log = CapturedLog.open();
                RunningMirror mirror = start(true)) {
            awaitListed(mirror, NEW);
            String sha256 = Form.digest("SHA-256", NEW.bytes());
            Path blob = dir.resolve(
                    "data/blobs/sha256/" + sha256.substring(0, 2) + "/" + sha256.substring(2, 4) + "/" + sha256);
            assertThat(Files.isSameFile(blob, file)).isTrue();
            byte[] other = NEW.bytes();
            other[1_000_000] ^= 1;
            // root, and whoever gives himself the right back, can
            file.toFile().setWritable(true);
            Files.write(file, other);
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3_600)));
            Eventually.is(SOON, "it is seen", () -> text(log).contains("was written to after it had been linked"));
            Eventually.is(SOON, "it is gone", () -> !page(mirror).contains(sha256));
            assertThat(blob).doesNotExist();
            log.await(SOON, NEW.filename() + " is not published", "touch it");
            assertThat(page(mirror)).contains(OLD.filename()).doesNotContain(NEW.filename());
        }
    }

    @Test
    void everyPipInstallsWhatWasPutThere() throws Exception {
        assumeFalse(Pips.all().isEmpty(), "no pip here");
        try (RunningMirror mirror = start(false)) {
            awaitListed(mirror, OLD);
            TinyWheel above = TinyWheel.of("moraine", "1.0").requires("firn>=2");
            put(above);
            put(NEW);
            awaitListed(mirror, NEW);
            Eventually.is(
                    SOON, "all is listed", () -> mirror.get("/simple/moraine/").status() == 200);
            int target = 0;
            for (Pips.Pip pip : Pips.all()) {
                // into a folder of the test's own, and not into the machine's Python
                Subprocess.Result installed = pip.target(dir.resolve("target" + target++))
                        .install("http://127.0.0.1:" + mirror.port() + "/simple/", Duration.ofMinutes(2), "moraine");
                assertThat(installed.orFail().out()).as("%s", pip).contains("firn-2.0", "moraine-1.0");
            }
        }
    }

    @Test
    void aFolderOfManyIsReadOnce() throws Exception {
        for (int i = 0; i < 50; i++) {
            put(TinyWheel.of("ice" + i, "1.0"));
        }
        List<Path> hidden = List.of(Files.createDirectories(wheels.resolve(".cache")));
        Files.write(hidden.get(0).resolve(NEW.filename()), NEW.bytes());
        try (RunningMirror mirror = start(false)) {
            Eventually.is(
                    SOON,
                    "all are listed",
                    () -> mirror.get("/simple/").body().text().split("ice", -1).length > 50 * 2);
        }
        try (CapturedLog log = CapturedLog.open();
                RunningMirror mirror = start(false)) {
            put(NEW);
            awaitListed(mirror, NEW);
            assertThat(text(log).split("was added to", -1))
                    .as("only what is new")
                    .hasSize(2);
        }
    }
}
