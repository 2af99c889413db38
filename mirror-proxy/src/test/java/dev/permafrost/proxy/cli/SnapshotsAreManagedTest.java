package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code permafrost snapshot}, {@code rollback} and {@code freeze}, over the control socket of a server and without one. */
class SnapshotsAreManagedTest extends SyncedUpstream {
    private static final IndexFile ONE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", new byte[10_000]);
    private static final IndexFile TWO = IndexFile.of("demo", "demo-2.0.tar.gz", "2.0", new byte[20_000]);

    private RunningMirror mirror;

    @BeforeEach
    void start() {
        tree("1").at(upstream, AT);
        mirror = RunningMirror.in(data())
                .from(upstream)
                .beside(YumRepositories.from(upstream, AT))
                .pageTtl(Duration.ZERO)
                .start();
    }

    @AfterEach
    void stop() {
        mirror.close();
    }

    private int command(String... words) {
        return command(
                config("{data: data, repositories: {pypi: {upstream: '" + upstream.url("/simple/")
                        + "', default: true}, yum: {format: yum, upstream: '" + upstream.url(AT) + "'}}}"),
                new ArrayList<>(List.of(words)));
    }

    private String told(String... words) {
        assertThat(command(words)).as(told()).isZero();
        return out.toString();
    }

    private void hold(IndexFile... files) {
        SimpleIndexTree tree = new SimpleIndexTree();
        for (IndexFile file : files) {
            tree.add(file);
        }
        tree.serve(upstream);
        assertThat(mirror.get("/simple/demo/").status()).isEqualTo(200);
        for (IndexFile file : files) {
            assertThat(mirror.get("/packages/" + file.filename()).status()).isEqualTo(200);
        }
    }

    private void freezeTwice() {
        hold(ONE);
        told("freeze", "--name", "one");
        hold(ONE, TWO);
        told("freeze", "--name", "two");
    }

    private Entry held(String key) {
        return mirror.store().view().lookup(new ArtifactKey("pypi", key)).orElseThrow();
    }

    @Test
    void theyAreListedShownKeptAndDroppedWhileAServerRuns() {
        assertThat(told("snapshot", "list")).contains("No snapshots");
        freezeTwice();
        assertThat(told("snapshot", "list"))
                .containsSubsequence("  one  ", "* two  ")
                .contains("index: own ");
        assertThat(told("snapshot", "show", "two")).contains("pypi: 2 files", "nothing else has 0 of its blobs");
        assertThat(told("snapshot", "show", "two", "--json")).contains("\"sole-blobs\" : 0");
        assertThat(mirror.get("/-/snapshots/one/pypi/simple/demo/").status()).isEqualTo(200);
        told("snapshot", "pin", "one");
        assertThat(told("snapshot", "list")).contains("pinned");
        assertThat(command("snapshot", "drop", "one")).isEqualTo(2);
        assertThat(err.toString()).contains("is pinned");
        told("snapshot", "unpin", "one");
        assertThat(told("snapshot", "drop", "one")).contains("Dropped: snapshot 'one'");
        assertThat(mirror.get("/-/snapshots/one/pypi/simple/demo/").status()).isEqualTo(404);
        assertThat(command("snapshot", "drop", "one")).isEqualTo(1);
        assertThat(err.toString()).contains("there is no snapshot 'one'");
        assertThat(command("snapshot", "drop", "../x")).isEqualTo(2);
        told("freeze", "--name", "one");
        assertThat(mirror.get("/-/snapshots/one/pypi/simple/demo/").body().text())
                .contains(TWO.filename());
    }

    @Test
    void whatHasChangedBetweenTwoIsToldByNameWithBytes() {
        freezeTwice();
        assertThat(told("snapshot", "diff", "one", "two"))
                .contains("added     pypi: demo/demo-2.0.tar.gz", "1 added (19.5 KiB), 0 removed, 0 changed, 0 yanked");
        assertThat(told("snapshot", "diff", "two", "one")).contains("removed   pypi: demo/demo-2.0.tar.gz");
        assertThat(told("snapshot", "diff", "two")).contains("0 added, 0 removed, 0 changed");
        assertThat(told("snapshot", "diff", "one", "--json")).contains("\"key\" : \"demo/demo-2.0.tar.gz\"");
        hold(Records.with(ONE, "yanked", "broken"), TWO);
        assertThat(mirror.get("/simple/demo/").body().text()).contains("data-yanked");
        assertThat(told("snapshot", "diff", "two")).contains("yanked    pypi: demo/", "1 yanked");
    }

    @Test
    void theNameThatMovesGoesBackAndForwardAtOnce() {
        freezeTwice();
        String current = "/-/snapshots/current/pypi/simple/demo/";
        assertThat(mirror.get(current).body().text()).contains(TWO.filename());
        assertThat(told("rollback", "one"))
                .contains("Current: snapshot 'one', before it was 'two'", "dnf clean metadata");
        assertThat(mirror.get(current).body().text()).doesNotContain(TWO.filename());
        assertThat(told("rollback", "two")).doesNotContain("dnf");
        mirror.close();
        assertThat(told("rollback", "one")).contains("'one'");
    }

    @Test
    void aFreezeProvesWhatItListsAndRefusesWhatIsNotAsRequired() throws Exception {
        hold(ONE, TWO);
        assertThat(told("freeze", "--name", "whole", "--verify", "--require-complete", "--require-verified"))
                .contains("all are there, and every one was read", "It is complete.");
        assertThat(data().resolve("snapshots/whole/proof.json"))
                .content()
                .contains("\"complete\" : true", "\"verified\" : true");
        Files.delete(data().resolve(
                        FileBlobStore.relativePath(held("demo/demo-1.0.tar.gz").digest())));
        assertThat(command("freeze", "--name", "holes", "--require-complete")).isEqualTo(4);
        assertThat(out.toString()).contains("Not frozen", "it is not there; it is [pypi:demo/demo-1.0.tar.gz]");
        assertThat(err.toString()).contains("--require-complete");
        assertThat(command("freeze", "--name", "holes", "--require-verified", "--json"))
                .isEqualTo(4);
        assertThat(out.toString()).contains("\"refused\"", "\"missing\" : 1", "\"phase\" : \"checkpoint\"");
        assertThat(data().resolve("snapshots/holes")).doesNotExist();
        assertThat(told("freeze", "--name", "holes")).contains("It is not complete.");
    }

    @Test
    void whatUpstreamNamesAndNobodyAskedForIsLeftOutAndSaidSo() {
        new SimpleIndexTree().add(ONE).add(TWO).serve(upstream);
        assertThat(mirror.get("/simple/demo/").status()).isEqualTo(200);
        assertThat(mirror.get("/packages/" + ONE.filename()).status()).isEqualTo(200);
        assertThat(told("freeze", "--name", "part", "--require-complete"))
                .contains("pypi: 1 files are listed", "upstream names 2, left out are 1 (nobody has asked for it)");
    }

    @Test
    void aRepositoryAloneIsFrozen() {
        hold(ONE);
        assertThat(mirror.get("/yum/repodata/repomd.xml").status()).isEqualTo(200);
        assertThat(mirror.get("/yum/p/a-1-1.noarch.rpm").body().text()).isEqualTo("package a");
        told("freeze", "--name", "python", "--repository", "pypi");
        assertThat(mirror.get("/-/snapshots/python/pypi/simple/demo/").status()).isEqualTo(200);
        assertThat(mirror.get("/-/snapshots/python/yum/p/a-1-1.noarch.rpm").status())
                .isEqualTo(404);
        assertThat(mirror.get("/-/snapshots/python/yum/repodata/repomd.xml").status())
                .isEqualTo(404);
        assertThat(command("freeze", "--repository", "none")).isEqualTo(2);
        assertThat(err.toString()).contains("it has something of: pypi, yum");
    }

    @Test
    void packagesOfASnapshotAreProvedByTheListsOfTheirMoment() {
        assertThat(mirror.get("/yum/p/a-1-1.noarch.rpm").body().text()).isEqualTo("package a");
        mirror.close();
        assertThat(sync()).as(told()).isZero();
        assertThat(command("freeze", "--name", "rpms", "--require-complete", "--verify"))
                .as(told())
                .isZero();
        assertThat(out.toString()).contains("yum: ", "It is complete.");
        start();
        String repomd = "/-/snapshots/rpms/yum/repodata/repomd.xml";
        byte[] then = mirror.get(repomd).body().bytes();
        new RpmTree()
                .revision("2")
                .with("p/new-1-1.noarch.rpm", RpmTree.bytes("new"))
                .at(upstream, AT);
        assertThat(mirror.get(repomd).body().bytes()).isEqualTo(then);
        assertThat(mirror.get("/-/snapshots/rpms/yum/p/b-2-1.noarch.rpm").body().text())
                .isEqualTo("package b");
    }
}
