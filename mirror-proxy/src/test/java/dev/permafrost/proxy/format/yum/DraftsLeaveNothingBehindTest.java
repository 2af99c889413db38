package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RpmTree;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A generation that never became whole takes no room for longer than it is of use. */
final class DraftsLeaveNothingBehindTest extends MirroredRpms {
    private static RpmTree tree(String revision) {
        return new RpmTree().revision(revision).with("a-" + revision + ".rpm", RpmTree.bytes("package " + revision));
    }

    /** Has upstream publish what lacks its list of files, and the mirror try to take it. */
    private RpmTree broken(String revision) {
        RpmTree tree = tree(revision).at(upstream, AT);
        tree.metadata().keySet().stream()
                .filter(path -> path.contains("filelists"))
                .forEach(path -> upstream.on(AT + path).reply(Answer.status(404)));
        ok(REPOMD);
        Eventually.is(PATIENCE, "the primary of " + revision, () -> primaries().contains(primary(tree)));
        return tree;
    }

    private void whole(String revision) {
        tree(revision).at(upstream, AT);
        Eventually.is(
                PATIENCE,
                "revision " + revision,
                () -> ok(REPOMD).body().text().contains("<revision>" + revision + "<")
                        && String.valueOf(get(REPOMD).header("Cache-Status")).contains("304"));
    }

    private static String primary(RpmTree tree) {
        return tree.metadata().keySet().stream()
                .filter(path -> path.contains("primary"))
                .map(path -> path.replaceAll(".*/|-primary.*", ""))
                .findFirst()
                .orElseThrow();
    }

    private Set<String> primaries() {
        Set<String> all = new TreeSet<>();
        mirror.store().view().catalog().entries("yum", "repodata/@", (key, entry) -> {
            if (key.key().contains("primary")) {
                all.add(entry.digest().hex());
            }
        });
        return all;
    }

    private Set<String> tables() {
        Set<String> all = new TreeSet<>();
        mirror.store().view().catalog().docs("yum", PackageTable.KIND, (key, head) -> all.add(key.substring(2)));
        return all;
    }

    @Test
    void theNextWholeOneEndsThem() {
        whole("1");
        String first = primary(tree("1"));
        broken("2");
        whole("3");
        Set<String> named = new TreeSet<>(Set.of(first, primary(tree("3"))));
        Eventually.is(PATIENCE, "what is named alone", () -> primaries().equals(named) && tables().equals(named));
    }

    @Test
    void anotherOneThatFailsEndsThem() {
        whole("1");
        String first = primary(tree("1"));
        String draft = primary(broken("2"));
        assertThat(primaries()).as("kept for the next try").contains(draft);
        String next = primary(broken("3"));
        Set<String> named = new TreeSet<>(Set.of(first, next));
        Eventually.is(PATIENCE, "what is of use alone", () -> primaries().equals(named) && tables().equals(named));
    }

    @Test
    void whatIsSealedStays() throws Exception {
        whole("1");
        new YumSealing("yum", mirror.store(), data.resolve("key.asc")).seal();
        Set<String> before = primaries();
        assertThat(before).hasSize(2);
        broken("2");
        whole("3");
        assertThat(primaries()).containsAll(before);
    }
}
