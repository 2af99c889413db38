package dev.permafrost.proxy.format.yum;

import static dev.permafrost.proxy.format.yum.OwnRepository.SOON;
import static dev.permafrost.proxy.format.yum.OwnRepository.listing;
import static dev.permafrost.proxy.format.yum.OwnRepository.rpm;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.Standstill;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.SettableClock;
import dev.permafrost.proxy.testing.WriteLogin;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.SnapshotId;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packages that take the place of others, and packages that are taken out: what is listed can be had, at each moment. */
final class OwnPackagesAreReplacedTest {
    private static final String FIRN = "el9/firn-1-1.noarch.rpm";
    private static final String SERAC = "el9/serac-1-1.noarch.rpm";

    @TempDir
    Path dir;

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-27T08:00:00Z"));
    private WriteLogin writer;
    private RunningMirror mirror;
    private OwnRepository ours;

    @BeforeEach
    void start() {
        writer = WriteLogin.in(dir);
        mirror = builder().start();
        ours = OwnRepository.of(mirror, writer);
        add(FIRN, rpm("firn", 1));
        ours.awaitListed(listing(FIRN, rpm("firn", 1)));
    }

    @AfterEach
    void stop() {
        mirror.close();
    }

    private RunningMirror.Builder builder() {
        return RunningMirror.in(dir.resolve("data"))
                .clock(clock)
                .beside(YumRepositories.own(new UploadConfig(true, 100_000, null, false), writer.auth()));
    }

    private void restart(RunningMirror.Builder how) {
        mirror.close();
        mirror = how.start();
        ours = OwnRepository.of(mirror, writer);
    }

    private void add(String path, byte[] bytes) {
        RawHttp.Response response = ours.put(path, bytes);
        assertThat(response.status()).as(response.body().text()).isEqualTo(201);
    }

    private List<String> waiting() {
        List<String> waiting = new ArrayList<>();
        mirror.store().view().catalog().entries("ours", ".", (key, entry) -> waiting.add(key.key()));
        return waiting;
    }

    @Test
    void whatIsReplacedIsServedUntilMetadataListsTheNewOne() {
        byte[] before = rpm("firn", 1);
        for (int payload = 2; payload <= 3; payload++) {
            byte[] now = rpm("firn", payload);
            add(FIRN, now);
            while (true) {
                List<String> listed = ours.listed();
                RawHttp.Response served = ours.get(FIRN);
                assertThat(served.status()).as(served.body().text()).isEqualTo(200);
                assertThat(served.body().bytes()).isIn(before, now);
                if (listed.contains(listing(FIRN, now))) {
                    assertThat(served.body().bytes()).isEqualTo(now);
                    break;
                }
                assertThat(listed).containsExactly(listing(FIRN, before));
            }
            before = now;
        }
        assertThat(waiting()).isEmpty();
    }

    @Test
    void aSnapshotBetweenTheTwoHasWhatItsMetadataLists() {
        add(FIRN, rpm("firn", 2));
        mirror.store().freeze(new SnapshotId("then"));
        restart(builder().frozen());
        List<String> listed = ours.listed();
        byte[] served = ours.get(FIRN).body().bytes();
        assertThat(listed).containsExactly(FIRN + " " + RpmTree.sha256(served));
    }

    @Test
    void whatWaitsIsFoundAgainAtTheNextStart() {
        add(FIRN, rpm("firn", 2));
        restart(builder());
        ours.awaitListed(listing(FIRN, rpm("firn", 2)));
        assertThat(ours.get(FIRN).body().bytes()).isEqualTo(rpm("firn", 2));
        assertThat(ours.put(FIRN, rpm("firn", 2)).status()).isEqualTo(200);
    }

    @Test
    void ofSeveralThatComeBeforeMetadataDoesTheLastCounts() {
        add(FIRN, rpm("firn", 2));
        assertThat(ours.put(FIRN, rpm("firn", 2)).status())
                .as("it waits, and is here already")
                .isEqualTo(200);
        add(FIRN, rpm("firn", 3));
        ours.awaitListed(listing(FIRN, rpm("firn", 3)));
        assertThat(ours.get(FIRN).body().bytes()).isEqualTo(rpm("firn", 3));
        Eventually.is(SOON, "the other one is gone", () -> waiting().isEmpty());
        // and back to what is there
        add(FIRN, rpm("firn", 4));
        add(FIRN, rpm("firn", 3));
        add(SERAC, rpm("serac", 1));
        ours.awaitListed(listing(FIRN, rpm("firn", 3)), listing(SERAC, rpm("serac", 1)));
        assertThat(ours.get(FIRN).body().bytes()).isEqualTo(rpm("firn", 3));
        Eventually.is(SOON, "the other one is gone", () -> waiting().isEmpty());
    }

    @Test
    void whatWaitsAndIsDeletedIsNeverListed() {
        add(FIRN, rpm("firn", 2));
        assertThat(ours.delete(FIRN).status()).isEqualTo(200);
        assertThat(ours.get(FIRN).body().bytes()).isEqualTo(rpm("firn", 1));
        ours.awaitListed();
        Eventually.is(SOON, "it is gone", () -> waiting().isEmpty());
    }

    @Test
    void whatIsDeletedIsServedUntilNobodyReadsTheOldLists() {
        add(SERAC, rpm("serac", 1));
        ours.awaitListed(listing(FIRN, rpm("firn", 1)), listing(SERAC, rpm("serac", 1)));
        assertThat(ours.delete(FIRN).status()).isEqualTo(200);
        assertThat(ours.delete(SERAC).status()).isEqualTo(200);
        ours.awaitListed();
        assertThat(ours.get(FIRN).body().bytes())
                .as("whoever read the list a moment ago")
                .isEqualTo(rpm("firn", 1));
        clock.advance(Duration.ofMinutes(11));
        assertThat(ours.get(SERAC).status()).isEqualTo(404);
        add("new-1-1.noarch.rpm", rpm("new", 1));
        ArtifactKey key = new ArtifactKey("ours", FIRN);
        Eventually.is(
                SOON,
                "its bytes are let go of",
                () -> mirror.store().view().lookup(key).isEmpty());
    }

    @Test
    void whatComesBackWhileItsBytesAreLetGoOfStays() throws Exception {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(dir.resolve("other")))) {
            GenerationDocs docs = new GenerationDocs("ours", store);
            HostedPackages packages = new HostedPackages("ours", store, docs, Clock.systemUTC());
            Directories directories = new Directories(store, docs, new Standstill());
            add(packages, rpm("firn", 1));
            assertThat(packages.delete(packages.find(store.view(), FIRN).orElseThrow()))
                    .isTrue();
            List<ArtifactKey> gone = packages.unlisted(store.view());
            assertThat(gone).containsExactly(docs.fileKey(FIRN));
            add(packages, rpm("firn", 1));
            directories.delete(gone, packages::isUnwanted);
            assertThat(packages.all(store.view())).hasSize(1);
        }
    }

    private static void add(HostedPackages packages, byte[] bytes) throws Exception {
        Incoming incoming = packages.begin(FIRN);
        try {
            incoming.staged().write(ByteBuffer.wrap(bytes));
            assertThat(packages.add(incoming, there -> true, "a test").isNew()).isTrue();
        } finally {
            incoming.discard();
        }
    }
}
