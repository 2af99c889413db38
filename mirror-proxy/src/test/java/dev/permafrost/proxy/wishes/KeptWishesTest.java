package dev.permafrost.proxy.wishes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wishes outlive the server that noted them. */
class KeptWishesTest {
    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadAndNothingOfItIsLost() {
        List<Wish> before;
        try (KeptWishes kept = open()) {
            kept.list().missing("pypi", "numpy", "10.0.0.1");
            kept.list().missing("pypi", "numpy", "10.0.0.2");
            kept.list().missing("yum", "os/Packages/b\u00e4sh \"1\".rpm", "10.0.0.2");
            before = kept.list().all();
        }
        try (KeptWishes kept = open()) {
            assertThat(kept.list().all()).isEqualTo(before);
            // whoever asked before is known again
            kept.list().missing("pypi", "numpy", "10.0.0.2");
            assertThat(kept.list().all().get(0).clients()).isEqualTo(2);
            assertThat(kept.list().all().get(0).times()).isEqualTo(3);
        }
    }

    @Test
    void aCrashFindsWhatWasWrittenBefore() throws Exception {
        Path copy = Files.createDirectory(folder.resolve("copy"));
        try (KeptWishes kept = open()) {
            kept.list().missing("pypi", "numpy", "10.0.0.1");
            kept.write();
            kept.list().missing("pypi", "scipy", "10.0.0.1");
            Files.copy(folder.resolve("state/wishes.json"), copy.resolve("wishes.json"));
        }
        try (KeptWishes kept = KeptWishes.open(copy, Clock.systemUTC())) {
            assertThat(kept.list().all()).extracting(Wish::what).containsExactly("numpy");
        }
    }

    @Test
    void nothingIsWrittenWhereNothingHasChanged() {
        open().close();
        assertThat(folder.resolve("state/wishes.json")).doesNotExist();
    }

    @Test
    void whatIsClearedStaysSo() {
        try (KeptWishes kept = open()) {
            kept.list().missing("pypi", "numpy", "10.0.0.1");
        }
        try (KeptWishes kept = open()) {
            kept.list().clear();
        }
        try (KeptWishes kept = open()) {
            assertThat(kept.list().all()).isEmpty();
        }
    }

    @Test
    void oneProcessHasIt() {
        try (KeptWishes kept = open()) {
            assertThat(kept.list().size()).isZero();
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(this::open)
                    .withMessageContaining("another server keeps its wishes in")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_LOCKED));
        }
        open().close();
    }

    @Test
    void aFileThatCannotBeReadIsPutAsideAndStopsNobody() throws Exception {
        Path state = Files.createDirectory(folder.resolve("state"));
        Path file = state.resolve("wishes.json");
        String sound = "{\"kind\":\"permafrost-wishes\",\"format\":1,\"wishes\":[%s]}";
        for (String damaged : new String[] {
            "",
            "[]",
            "{",
            "{\"kind\":\"other\",\"format\":1,\"wishes\":[]}",
            String.format(sound, "{}"),
            String.format(sound, "{\"repository\":\"pypi\",\"wish\":\"a\",\"times\":1,\"clients\":1}"),
            "{\"kind\":\"permafrost-wishes\",\"format\":2,\"wishes\":[]}",
            "[".repeat(10_000)
        }) {
            Files.writeString(file, damaged);
            try (KeptWishes kept = open()) {
                assertThat(kept.list().size()).as(damaged).isZero();
            }
            assertThat(state.resolve("wishes.json.unreadable")).hasContent(damaged);
        }
    }

    private KeptWishes open() {
        return KeptWishes.open(folder.resolve("state"), Clock.systemUTC());
    }
}
