package dev.permafrost.store;

import static dev.permafrost.store.BundleSites.ONE;
import static dev.permafrost.store.BundleSites.TWO;
import static dev.permafrost.store.BundleSites.answers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.blob.FaultyFileOps;
import dev.permafrost.store.blob.FaultyFileOps.Fault;
import dev.permafrost.store.blob.FaultyFileOps.Kind;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.transfer.BundleImport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A full disk, a failing one, or a kill at any step of an export or an import: it is told, what was there is there, and the same command
 * finishes what was begun. Every eighth step is made to fail, beginning with a drawn one: an import opens an index or two.
 */
class CarryingIsCutShortTest {
    private static final int STEP = 8;
    private static final int KILLS = 2;
    private static final int KILL_MILLIS_MAX = 1200;

    @TempDir
    static Path outside;

    @TempDir
    Path dir;

    private BundleSites sites;

    @BeforeAll
    static void fill(@TempDir Path nowhere) {
        BundleSites sites = BundleSites.in(outside, nowhere).filled();
        sites.export(ONE, outside.resolve("full"));
        sites.export(TWO, ONE, outside.resolve("delta"));
    }

    @BeforeEach
    void choose() {
        sites = BundleSites.in(outside, dir);
    }

    private static @Nullable StoreException told(Runnable deed) {
        try {
            deed.run();
            return null;
        } catch (StoreException e) {
            return e;
        }
    }

    private static void assertTold(@Nullable StoreException told, Fault fault, FaultyFileOps ops) {
        if (told == null) {
            // a failure to clean up is only logged
            assertThat(Objects.requireNonNull(ops.failed()).kind()).isIn(Kind.DELETE, Kind.CLOSE);
            return;
        }
        assertThat(told.kind())
                .as(told.getMessage())
                .isEqualTo(fault == Fault.IO_ERROR ? FailureKind.DISK_FAILED : FailureKind.DISK_FULL);
    }

    @Test
    void anExportOnAFullDiskIsNoBundleAndTheNextOneIs() {
        Random random = new Random(Seeds.next("export"));
        int failed = 0;
        for (Fault fault : Fault.values()) {
            for (int n = random.nextInt(STEP); ; n += STEP) {
                Path to = sites.bundle(fault + "-" + n);
                FaultyFileOps ops = new FaultyFileOps();
                ops.failAt(n, (Kind) null, fault);
                StoreException told =
                        told(() -> sites.exporting(TWO, ONE, 0, ops).to(to));
                if (ops.failures() == 0) {
                    break;
                }
                failed++;
                assertTold(told, fault, ops);
                if (told != null) {
                    ops.heal();
                    sites.exporting(TWO, ONE, 0, ops).to(to);
                }
                assertThat(to.resolve("bundle.json.sig")).exists();
            }
        }
        assertThat(failed).isGreaterThan(5);
    }

    @Test
    void anImportOnAFullDiskChangesNothingAndTheNextOneDoes() throws IOException {
        Random random = new Random(Seeds.next("import"));
        int failed = 0;
        for (Fault fault : new Fault[] {Fault.NO_SPACE, Fault.SHORT}) {
            for (int n = random.nextInt(STEP); ; n += STEP) {
                if (Files.exists(sites.receiver())) {
                    FaultsTest.deleteTree(sites.receiver());
                }
                sites.receive(outside.resolve("full"));
                FaultyFileOps ops = new FaultyFileOps();
                ops.failAt(n, (Kind) null, fault);
                StoreException told = told(() -> sites.receive(ops, BundleImport.Wanted.ALL, outside.resolve("delta")));
                if (ops.failures() == 0) {
                    break;
                }
                failed++;
                assertTold(told, fault, ops);
                StoreInvariants.check(sites.receiver());
                assertThat(answers(sites.receiver(), ONE)).isEqualTo(answers(sites.sender(), ONE));
                sites.receive(outside.resolve("delta"));
                StoreInvariants.check(sites.receiver());
                assertThat(answers(sites.receiver(), TWO)).isEqualTo(answers(sites.sender(), TWO));
            }
        }
        assertThat(failed).isGreaterThan(5);
    }

    @Test
    void anImportThatIsKilledIsGoneOnWith() throws Exception {
        Random random = new Random(Seeds.next("kills"));
        for (int kill = 0; kill < KILLS; kill++) {
            if (Files.exists(sites.receiver())) {
                FaultsTest.deleteTree(sites.receiver());
            }
            Process child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-Xshare:auto",
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Child.class.getName(),
                            outside.toString(),
                            dir.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(dir.resolve("child.txt").toFile())
                    .start();
            if (!child.waitFor(100 + random.nextInt(KILL_MILLIS_MAX), TimeUnit.MILLISECONDS)) {
                child.toHandle().destroyForcibly();
                assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
            } else {
                assertThat(child.exitValue())
                        .as(Files.readString(dir.resolve("child.txt")))
                        .isZero();
            }
            sites.receive(outside.resolve("full"));
            sites.receive(outside.resolve("delta"));
            StoreInvariants.check(sites.receiver());
            assertThat(answers(sites.receiver(), TWO)).isEqualTo(answers(sites.sender(), TWO));
            assertThat(sites.receiver().resolve("snapshots/.building-.import")).doesNotExist();
        }
    }

    /** A process that imports one bundle and then the other. */
    static final class Child {
        private Child() {}

        /** Arguments: the sender's folder, the receiver's. */
        public static void main(String[] args) {
            BundleSites sites = BundleSites.in(Path.of(args[0]), Path.of(args[1]));
            sites.receive(Path.of(args[0]).resolve("full"));
            sites.receive(Path.of(args[0]).resolve("delta"));
        }
    }
}
