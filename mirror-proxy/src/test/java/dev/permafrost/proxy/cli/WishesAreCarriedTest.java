package dev.permafrost.proxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.permafrost.proxy.admin.ControlClient;
import dev.permafrost.proxy.admin.ControlServer;
import dev.permafrost.proxy.admin.ProgressSink;
import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients of a site without a line asked for in vain is noted, carried to one that has a line, and fetched there. */
class WishesAreCarriedTest extends SyncedUpstream {
    private static final IndexFile ICE = IndexFile.of(TinyWheel.of("ice", "1.0"));
    private static final IndexFile OLD = IndexFile.of("snow", "snow-1.0.tar.gz", "1.0", "old snow".getBytes(UTF_8));
    private static final IndexFile NEW = IndexFile.of("snow", "snow-2.0.tar.gz", "2.0", "new snow".getBytes(UTF_8));
    private static final IndexFile PRE = IndexFile.of("snow", "snow-3.0a1.tar.gz", "3.0a1", "pre".getBytes(UTF_8));

    private Path inside;
    private Path carried;

    @BeforeEach
    void makeSites() {
        inside = folder.resolve("inside");
        carried = folder.resolve("stick/wishes");
        new SimpleIndexTree().add(ICE).add(OLD).add(NEW).add(PRE).serve(upstream);
        tree("1").at(upstream, AT);
        assertThat(command("key", "new", "--data", inside.toString()))
                .as(told())
                .isZero();
        assertThat(command(
                        "key", "trust", "inside", inside.resolve("keys/own.pub").toString()))
                .as(told())
                .isZero();
        MirrorStore.open(MirrorStore.Options.of(inside)).close();
    }

    @Override
    Path config() {
        return config("{data: data, repositories: {pypi: {default: true, upstream: '" + upstream.url("/simple/")
                + "'}, yum: {format: yum, upstream: '" + upstream.url(AT) + "'}}}");
    }

    private int command(String... words) {
        return command(config(), new ArrayList<>(List.of(words)));
    }

    private int wishes(String... words) {
        List<String> all = new ArrayList<>(List.of("wishes"));
        all.addAll(List.of(words));
        return command(all.toArray(String[]::new));
    }

    private RunningMirror.Builder site() {
        return RunningMirror.in(inside).from(upstream).beside(YumRepositories.from(upstream, AT));
    }

    private void export() {
        assertThat(wishes("export", "--to", carried.toString(), "--data", inside.toString()))
                .as(told())
                .isZero();
    }

    @Test
    void whatAnOfflineServerLacksIsFetchedWhereThereIsALine() {
        try (RunningMirror offline = site().offline().start()) {
            assertThat(offline.get("/simple/ice/").status()).isEqualTo(404);
            assertThat(offline.get("/simple/ice/").status()).isEqualTo(404);
            assertThat(offline.get("/pypi/snow/1.0/json").status()).isEqualTo(404);
            assertThat(offline.get(NEW.path()).status()).isEqualTo(404);
            assertThat(offline.get("/yum/p/a-1-1.noarch.rpm").status()).isEqualTo(404);
            // nobody can have these
            assertThat(offline.get("/favicon.ico").status()).isEqualTo(404);
            assertThat(offline.get("/yum/p/").status()).isEqualTo(404);
            // the server that runs is asked
            assertThat(wishes("list", "--data", inside.toString())).as(told()).isZero();
            assertThat(out.toString())
                    .contains("      1      2  20", "pypi:ice", "pypi:snow==1.0", "pypi:snow-2.0.tar.gz")
                    .contains("yum:p/a-1-1.noarch.rpm")
                    .doesNotContain("favicon")
                    .hasLineCount(5);
        }
        assertThat(upstream.requests()).isEmpty();
        export();
        assertThat(wishes("fetch", carried.toString())).as(told()).isZero();
        assertThat(out.toString()).contains("4 wishes, signed by inside (", "pypi: ice: 1 files", "Held now: 4 files");
        upstream.close();
        try (RunningMirror mirror = RunningMirror.in(data())
                .from(upstream)
                .beside(YumRepositories.from(upstream, AT))
                .offline()
                .start()) {
            for (IndexFile file : List.of(ICE, OLD, NEW)) {
                assertThat(mirror.get(file.path()).body().bytes())
                        .as(file.filename())
                        .isEqualTo(file.bytes());
            }
            assertThat(mirror.get(PRE.path()).status()).isEqualTo(404);
            assertThat(mirror.get("/yum/p/a-1-1.noarch.rpm").body().text()).isEqualTo("package a");
        }
    }

    @Test
    void aServerThatRunsFetchesThem() {
        assertThat(wishes("add", "pypi", "snow", "snow==1.0", "--data", inside.toString()))
                .as(told())
                .isZero();
        assertThat(wishes("add", "yum", "c++*", "b-2-1.noarch", "--data", inside.toString()))
                .as(told())
                .isZero();
        export();
        // its directories are known
        assertThat(command("sync", "yum", "--plan-only")).as(told()).isZero();
        try (RunningMirror outside = RunningMirror.in(data())
                .from(upstream)
                .beside(YumRepositories.from(upstream, AT))
                .start()) {
            assertThat(wishes("fetch", carried.toString(), "--plan-only"))
                    .as(told())
                    .isZero();
            assertThat(outside.blobs()).as("metadata alone").isLessThan(6);
            assertThat(wishes("fetch", carried.toString())).as(told()).isZero();
            assertThat(out.toString()).contains("Held now: 4 files");
            upstream.close();
            assertThat(outside.get(NEW.path()).status()).isEqualTo(200);
            assertThat(outside.get(OLD.path()).status()).isEqualTo(200);
        }
        assertThat(held()).containsExactly("p/b-2-1.noarch.rpm", "q/c++-3-1.noarch.rpm");
    }

    @Test
    void whatCannotBeHadIsNamedAndTheRestIsFetched() {
        assertThat(wishes(
                        "add",
                        "pypi",
                        "nobodys",
                        "ice==9",
                        "ice",
                        "gone-1.0.tar.gz",
                        "packages/x",
                        "--data",
                        inside.toString()))
                .as(told())
                .isZero();
        assertThat(wishes("add", "yum", "nothing", "p/z-1-1.noarch.rpm", "--data", inside.toString()))
                .isZero();
        assertThat(wishes("add", "elsewhere", "thing", "--data", inside.toString()))
                .isZero();
        export();
        assertThat(wishes("fetch", carried.toString())).as(told()).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(out.toString())
                .contains("8 wishes", "Held now: 1 files", "Not to be had: 7")
                .contains(
                        "pypi: nobodys: ",
                        "pypi: ice==9: upstream lists no file for 'ice==9'",
                        "pypi: gone-1.0.tar.gz: ",
                        "pypi/packages/x: ",
                        "yum: nothing: none of the lists has a package of that name",
                        "yum/p/z-1-1.noarch.rpm: the repository at / lists no such package",
                        "elsewhere: thing: there is no repository 'elsewhere' with an upstream here; there are: pypi, yum");
        assertThat(wishes("fetch", carried.toString(), "--json")).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(out.toString()).startsWith("{").contains("\"signer\" : \"inside\"", "\"failed\" : 7");
    }

    @Test
    void aListOfSomebodyElseIsNotTaken() throws Exception {
        assertThat(wishes("add", "pypi", "ice", "--data", inside.toString())).isZero();
        export();
        assertThat(command("key", "revoke", "inside")).isZero();
        assertThat(wishes("fetch", carried.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("is not taken: the signature is by a key that is revoked: inside");
        String changed = Files.readString(carried).replace("\"ice\"", "\"snow\"");
        Files.writeString(carried, changed);
        assertThat(wishes("fetch", carried.toString(), "--untrusted"))
                .as(told())
                .isZero();
        assertThat(out.toString()).contains("1 wishes, whoever signed them", "pypi: snow: 1 files");
    }

    @Test
    void aFrozenServerKeepsThemInItsStateAndTellsOfThem() throws Exception {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(inside))) {
            store.freeze(new SnapshotId("first"));
        }
        Path state = folder.resolve("s");
        String[] there = {"--data", inside.toString(), "--set", "state=" + state};
        try (RunningMirror frozen = site().frozen().state(state).start()) {
            assertThat(frozen.get("/simple/ice/").status()).isEqualTo(404);
            assertThat(wishes(with(there, "list"))).as(told()).isZero();
            assertThat(out.toString()).contains("pypi:ice").doesNotContain("lost");
            assertThat(command(with(there, "status"))).as(told()).isZero();
            assertThat(out.toString()).contains("Asked for in vain:", "pypi:ice", "(first)");
            // what changes a store is not to be had
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> ControlClient.call(
                            ControlServer.socketOf(state), Verbs.FREEZE, Map.of(), ProgressSink.NONE))
                    .withMessageContaining("does not know 'freeze'");
            assertThat(inside.resolve("wishes.json")).doesNotExist();
        }
        assertThat(command(with(there, "key", "new"))).as(told()).isZero();
        assertThat(wishes(with(there, "export", "--to", carried.toString())))
                .as(told())
                .isZero();
        assertThat(Files.readString(carried)).contains("\"wish\":\"ice\"");
        assertThat(wishes(with(there, "clear"))).isZero();
        assertThat(out.toString()).contains("Forgot 1 wishes");
        assertThat(wishes(with(there, "list", "--json"))).isZero();
        assertThat(out.toString()).contains("\"count\" : 0");
    }

    @Test
    void aFrozenServerWithoutStateSaysThatTheyAreLost() throws Exception {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(inside))) {
            store.freeze(new SnapshotId("first"));
        }
        try (RunningMirror frozen = site().frozen().start()) {
            RawHttp.Response none = frozen.get("/simple/ice/");
            assertThat(none.status()).isEqualTo(404);
        }
        assertThat(inside.resolve("wishes.json")).doesNotExist();
        assertThat(wishes("list", "--data", folder.resolve("nowhere").toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("--set state=DIR");
        assertThat(folder.resolve("nowhere")).doesNotExist();
    }

    @Test
    void anExportReplacesAListAndNothingElse() throws Exception {
        Files.createDirectories(carried.getParent());
        Files.writeString(carried, "somebody's");
        assertThat(wishes("export", "--to", carried.toString(), "--data", inside.toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("is no list of wishes");
        assertThat(carried).hasContent("somebody's");
        Files.delete(carried);
        export();
        export();
        assertThat(wishes(
                        "export",
                        "--to",
                        carried.toString(),
                        "--data",
                        folder.resolve("data").toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("permafrost key new");
    }

    @Test
    void aSiteWithoutALineFetchesNothing() {
        export();
        assertThat(wishes("fetch", carried.toString(), "--set", "offline=true")).isEqualTo(2);
        assertThat(err.toString()).contains("nothing is fetched here");
    }

    private static String[] with(String[] last, String... first) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(last));
        return all.toArray(String[]::new);
    }
}
