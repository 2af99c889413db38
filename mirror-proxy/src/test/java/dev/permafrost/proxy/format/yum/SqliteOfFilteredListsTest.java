package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.Amendment;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQLite is a help: it is made when it has to be, and what keeps it from being made keeps nothing else from clients. */
final class SqliteOfFilteredListsTest {
    private static final String AT = "/el/7/";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final List<DatabaseKind> written = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private RunningMirror mirror;
    private GenerationDocs docs;

    @BeforeEach
    void start() {
        mirror = RunningMirror.in(folder.resolve("data"))
                .beside(YumRepositories.from(upstream, AT))
                .start();
        docs = new GenerationDocs("yum", mirror.store());
        new RpmTree()
                .naming("primary_db", "sqlite.bz2", RpmTree.bytes("upstream's"))
                .naming("filelists_db", "sqlite.bz2", RpmTree.bytes("upstream's"))
                .with("a.rpm", RpmTree.bytes("a"))
                .with("b.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        Eventually.is(
                PATIENCE,
                "a whole generation",
                () -> String.valueOf(mirror.get("/yum/repodata/repomd.xml").header("Cache-Status"))
                        .contains("304"));
        RawHttp.Response held = mirror.get("/yum/b.rpm");
        assertThat(held.status()).isEqualTo(200);
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    private void seal() {
        assertThat(new YumSealing("yum", mirror.store(), folder.resolve("keys/own.asc")).seal())
                .singleElement()
                .asString()
                .contains("lists the 1 of upstream's 2 packages");
    }

    private Repomd upstreams() {
        return Repomd.read(
                docs.kept(mirror.store().view(), "", false)
                        .orElseThrow()
                        .newest()
                        .repomd(),
                "upstream's");
    }

    private List<Repomd.Data> sealed() {
        return Repomd.read(docs.sealed("").get(0).repomd(), "ours").records();
    }

    private List<Repomd.Data> made(List<Repomd.Data> lists, SealedDatabases.Writer writer) {
        return new SealedDatabases(mirror.store(), docs, (dir, kind, list, item) -> {
                    written.add(kind);
                    return writer.write(dir, kind, list, item);
                })
                .of("", upstreams(), lists, faults);
    }

    @Test
    void thatOfTheLastTimeIsTakenWhereTheListIsTheSame() {
        seal();
        List<Repomd.Data> before = sealed();
        seal();
        assertThat(sealed()).isEqualTo(before);
        List<Repomd.Data> databases =
                before.stream().filter(one -> one.type().endsWith("_db")).toList();
        assertThat(databases).hasSize(2);
        assertThat(made(before, new RecordWriter(mirror.store(), docs)::database))
                .isEqualTo(databases);
        assertThat(written).isEmpty();
        assertThat(faults).isEmpty();
    }

    @Test
    void itIsMadeWhereTheListIsAnother() {
        seal();
        Repomd.Data primary = upstreams().primary();
        List<Repomd.Data> lists = new ArrayList<>(sealed());
        lists.replaceAll(one -> one.type().equals("primary") ? primary : one);
        made(lists, (dir, kind, list, item) -> list);
        assertThat(written).containsExactly(DatabaseKind.PRIMARY);
    }

    @Test
    void itIsMadeWhereThatOfTheLastTimeIsNotHeldAnyMore() {
        seal();
        List<Repomd.Data> lists = sealed();
        Repomd.Data gone = lists.stream()
                .filter(one -> one.type().equals("filelists_db"))
                .findFirst()
                .orElseThrow();
        Set<ArtifactKey> dropped = Set.of(docs.recordKey("", RecordWriter.item(gone)));
        mirror.store().amend(() -> new Amendment(Map.of(), Map.of(), dropped));
        made(lists, (dir, kind, list, item) -> list);
        assertThat(written).containsExactly(DatabaseKind.FILELISTS);
    }

    private List<Repomd.Data> lists() {
        return upstreams().records();
    }

    @Test
    void aDiskThatFailsLeavesOutWhatItFailedFor() {
        List<Repomd.Data> databases = made(lists(), (dir, kind, list, item) -> {
            if (kind == DatabaseKind.PRIMARY) {
                throw new NoSuchFileException("a scratch file");
            }
            return list;
        });
        assertThat(databases).extracting(Repomd.Data::type).containsExactly("filelists");
        assertThat(faults)
                .singleElement()
                .asString()
                .startsWith("; primary has no SQLite: ")
                .contains("a scratch file");
    }

    @Test
    void aListThatIsTooLongLeavesOutItsOwn() {
        List<Repomd.Data> databases = made(lists(), (dir, kind, list, item) -> {
            if (kind == DatabaseKind.PRIMARY) {
                throw new StoreException(FailureKind.UPSTREAM_TOO_LARGE, "it is too long");
            }
            return list;
        });
        assertThat(databases).hasSize(1);
        assertThat(faults).containsExactly("; primary has no SQLite: it is too long");
    }

    @Test
    void aLibraryThatIsMissingIsToldOnce() {
        for (Throwable fault : List.of(
                new UnsatisfiedLinkError("no sqlitejdbc in java.library.path"),
                new IllegalStateException("no sqlitejdbc"),
                new StoreException(FailureKind.INTERNAL, "no sqlitejdbc"))) {
            faults.clear();
            written.clear();
            assertThat(made(lists(), (dir, kind, list, item) -> {
                        throw thrown(fault);
                    }))
                    .isEmpty();
            assertThat(faults)
                    .singleElement()
                    .asString()
                    .startsWith("; lists have no SQLite: ")
                    .contains("no sqlitejdbc");
            assertThat(written).hasSize(1);
        }
    }

    private static RuntimeException thrown(Throwable fault) throws IOException {
        if (fault instanceof Error error) {
            throw error;
        }
        return (RuntimeException) fault;
    }
}
