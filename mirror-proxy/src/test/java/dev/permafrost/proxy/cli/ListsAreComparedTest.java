package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.SnapshotId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code permafrost repository} says what has changed between two lists of packages, and what of one nobody needs. */
class ListsAreComparedTest extends SyncedUpstream {
    private static final String AT_OTHER = "/el/8/";

    private static byte[] modules(String... packages) {
        StringBuilder yaml = new StringBuilder("document: modulemd\ndata:\n  artifacts:\n    rpms:\n");
        for (String one : packages) {
            yaml.append("    - ").append(one).append('\n');
        }
        return RpmTree.bytes(yaml.toString());
    }

    private static RpmTree before() {
        return new RpmTree()
                .revision("1")
                .with(0, "same-1-1.noarch")
                .with(0, "gone-1-1.noarch")
                .with(0, "up-4.9-1.x86_64")
                .with(0, "up-4.9-1.i686")
                .with(0, "down-4.10-1.x86_64")
                .with(1, "epoch-1-1.x86_64")
                .with(0, "built-1-1.x86_64")
                .with(0, "kept-1-1.x86_64")
                .with(0, "kept-2-1.x86_64")
                .with(0, "perl-5.26-1.module.x86_64")
                .naming("modules", "yaml", modules("perl-0:5.26-1.module.x86_64"));
    }

    private static RpmTree after() {
        return new RpmTree()
                .revision("2")
                .with(0, "same-1-1.noarch")
                .with(0, "new-1-1.noarch")
                .with(0, "up-4.10-1.x86_64")
                .with(0, "up-4.9-1.i686")
                .with(0, "down-4.9-1.x86_64")
                .with(0, "epoch-2-1.x86_64")
                .with("p/built-1-1.x86_64.rpm", 0, RpmTree.bytes("built again"))
                .with(0, "kept-2-1.x86_64")
                .with(0, "kept-1.5-1.x86_64")
                .with(0, "perl-5.26-1.module.x86_64")
                .with(0, "perl-5.30-1.module.x86_64")
                .naming("modules", "yaml", modules("perl-0:5.26-1.module.x86_64", "perl-0:5.30-1.module.x86_64"));
    }

    private void fill(String... words) {
        before().at(upstream, AT);
        assertThat(sync(words)).as(told()).isZero();
        after().at(upstream, AT);
        assertThat(sync(words)).as(told()).isZero();
    }

    private int repository(String... words) {
        List<String> all = new ArrayList<>(List.of("repository"));
        all.addAll(List.of(words));
        return command(config(), all);
    }

    private String told(String... words) {
        assertThat(repository(words)).as(told()).isZero();
        return out.toString();
    }

    private String refused(String... words) {
        assertThat(repository(words)).as(told()).isNotZero();
        return err.toString();
    }

    @Test
    void theLastGenerationIsComparedWithTheOneBefore() {
        fill("--plan-only");
        assertThat(told("diff", "yum")).isEqualTo("""
                        from yum: /, revision 1 of 2023-11-14T22:13:20Z, 10 packages
                        to   yum: /, revision 2 of 2023-11-14T22:13:20Z, 11 packages
                        added       new-1-1.noarch
                        added       perl-5.30-1.module.x86_64
                        removed     gone-1-1.noarch
                        upgraded    up-4.9-1.x86_64 -> up-4.10-1.x86_64
                        downgraded  down-4.10-1.x86_64 -> down-4.9-1.x86_64
                        downgraded  epoch-1:1-1.x86_64 -> epoch-2-1.x86_64
                        rebuilt     built-1-1.x86_64
                        old-added   kept-1.5-1.x86_64
                        old-removed kept-1-1.x86_64
                        2 added, 1 removed, 1 upgraded, 2 downgraded, 1 rebuilt, 1 old-added, 1 old-removed
                        """);
        String forwards = out.toString();
        for (String spelled : List.of("yum@1", "yum/@1")) {
            assertThat(told("diff", spelled)).isEqualTo(forwards);
        }
        assertThat(told("diff", "yum@1", "yum@0")).isEqualTo(forwards);
        assertThat(told("diff", "yum", "yum@1"))
                .contains("upgraded    down-4.9-1.x86_64 -> down-4.10-1.x86_64", "added       gone-1-1.noarch");
        assertThat(told("diff", "yum@1", "yum@1"))
                .contains("0 added, 0 removed, 0 upgraded, 0 downgraded, 0 rebuilt, 0 old-added, 0 old-removed");
    }

    @Test
    void programsReadItAsJson() {
        fill("--plan-only");
        assertThat(told("diff", "yum", "--json"))
                .contains(
                        "\"upgraded-count\" : 1",
                        "\"package\" : \"up.x86_64\",\n    \"from\" : \"up-4.9-1.x86_64\",\n    \"to\" : \"up-4.10-1.x86_64\"",
                        "\"generation\" : 1",
                        "\"packages\" : 11");
        assertThat(told("duplicates", "yum", "--json"))
                .contains("\"superseded-count\" : 1", "\"by\" : \"kept-2-1.x86_64\"", "\"held\" : false");
    }

    @Test
    void aRunningServerTellsItToo() {
        fill();
        try (RunningMirror mirror = offline()) {
            assertThat(mirror.get("/yum/repodata/repomd.xml").status()).isEqualTo(200);
            assertThat(told("duplicates", "yum")).contains("superseded kept-1.5-1.x86_64 by kept-2-1.x86_64");
        }
    }

    @Test
    void whatSomethingNewerTakesThePlaceOfIsSpare() {
        new RpmTree()
                .with(0, "a-1-1.noarch")
                .with(0, "a-2-1.noarch")
                .with(1, "a-0-1.noarch")
                .with(0, "a-9-1.x86_64")
                .with(0, "perl-5.26-1.x86_64")
                .with(0, "perl-5.30-1.x86_64")
                .naming("modules", "yaml", modules("perl-0:5.26-1.x86_64", "perl-0:5.30-1.x86_64"))
                .at(upstream, AT);
        assertThat(sync("--include", "a-1-1")).as(told()).isZero();
        assertThat(told("duplicates", "yum/")).isEqualTo("""
                        yum: /, revision 1 of 2023-11-14T22:13:20Z, 6 packages
                          superseded a-1-1.noarch by a-1:0-1.noarch: p/a-1-1.noarch.rpm, 20 bytes, held
                          superseded a-2-1.noarch by a-1:0-1.noarch: p/a-2-1.noarch.rpm, 20 bytes
                          2 superseded: 40 bytes to save, 20 bytes of that held; 0 listed more than once: 0 bytes to save, 0 bytes of that held
                        """);
    }

    @Test
    void whatIsListedMoreThanOnceIsToldWithItsCopies() {
        new RpmTree()
                .with("p/a-2-1.noarch.rpm", 0, RpmTree.bytes("one"))
                .with("q/a-2-1.noarch.rpm", 0, RpmTree.bytes("other one"))
                .with("r/a-2-1.noarch.rpm", 0, RpmTree.bytes("one"))
                // superseded, so that their bytes are counted there
                .with("p/a-1-1.noarch.rpm", 0, RpmTree.bytes("old"))
                .with("q/a-1-1.noarch.rpm", 0, RpmTree.bytes("old"))
                .at(upstream, AT);
        assertThat(sync()).as(told()).isZero();
        assertThat(told("duplicates", "yum"))
                .contains(
                        "superseded a-1-1.noarch by a-2-1.noarch: p/a-1-1.noarch.rpm, 3 bytes, held",
                        "superseded a-1-1.noarch by a-2-1.noarch: q/a-1-1.noarch.rpm",
                        "  listed 3 times a-2-1.noarch\n    p/a-2-1.noarch.rpm, 3 bytes, held, sha256:"
                                + RpmTree.sha256(RpmTree.bytes("one")),
                        "  listed 2 times a-1-1.noarch\n",
                        // of the second and third, the third's bytes are held anyway
                        "2 listed more than once: 12 bytes to save, 9 bytes of that held");
    }

    @Test
    void twoRepositoriesAreComparedByTheirNewestLists() {
        before().at(upstream, AT);
        after().at(upstream, AT_OTHER);
        String both = "{data: data, repositories: {old: {default: true, format: yum, upstream: '" + upstream.url(AT)
                + "'}, new: {format: yum, upstream: '" + upstream.url(AT_OTHER) + "'}}}";
        assertThat(run(config(both), "yum", "--plan-only")).as(told()).isZero();
        assertThat(command(config(both), List.of("repository", "diff", "old", "new")))
                .as(told())
                .isZero();
        assertThat(out.toString()).contains("from old: /", "to   new: /", "2 added, 1 removed, 1 upgraded");
    }

    @Test
    void aFrozenStoreIsComparedWithThisOne() {
        before().at(upstream, AT);
        assertThat(sync()).as(told()).isZero();
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data()))) {
            SnapshotId then = new SnapshotId("then");
            store.freeze(then);
            store.copySnapshot(then, folder.resolve("frozen"), done -> {});
        }
        after().at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        String frozen = folder.resolve("frozen").toString();
        for (List<String> words : List.of(
                List.of("yum", "--from-data", frozen),
                List.of("yum", "--from-snapshot", "then"),
                List.of("yum", "yum", "--from-data", frozen, "--from-snapshot", "then"))) {
            List<String> all = new ArrayList<>(List.of("diff"));
            all.addAll(words);
            assertThat(told(all.toArray(String[]::new)))
                    .as(words.toString())
                    .contains("revision 1 of", "1 upgraded, 2 downgraded");
        }
        assertThat(told("diff", "yum", "yum", "--to-snapshot", "then")).contains("2 upgraded, 1 downgraded");
        assertThat(refused("diff", "yum", "--from-snapshot", "never")).contains("never");
        assertThat(refused(
                        "diff", "yum", "--from-data", folder.resolve("nowhere").toString()))
                .contains("nowhere");
    }

    @Test
    void whatIsNoListIsRefusedWithThoseThatThereAre() {
        before().at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        assertThat(refused("diff", "yum"))
                .contains("of yum/ there is 1 generation in ", "none that is 1 before the newest");
        assertThat(refused("diff", "other")).contains("no metadata is held of 'other'", "[yum]");
        assertThat(refused("duplicates", "yum/os"))
                .contains("no metadata is held of 'yum/os/'", "of these it is: yum/");
        assertThat(refused("duplicates", "/os")).contains("'/os' is no repository");
        assertThat(refused("diff", "yum", "yum", "yum")).contains("Unmatched argument at index 4: 'yum'");
        assertThat(repository()).isEqualTo(2);
    }
}
