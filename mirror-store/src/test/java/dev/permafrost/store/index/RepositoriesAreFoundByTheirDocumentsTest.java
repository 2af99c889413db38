package dev.permafrost.store.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What repositories there are is told by their documents, and not by a configuration. */
final class RepositoriesAreFoundByTheirDocumentsTest {
    @Test
    void eachIsNamedOnceAndOnlyForDocumentsOfTheKind() {
        try (Index index = new MemoryIndex()) {
            Batch batch = new Batch();
            for (String repository : List.of("a", "a-b", "b", "c")) {
                for (String key : List.of("/x", "/y")) {
                    batch.putDoc(new DocKey(repository, "kind-of-before", key), List.of(new byte[1]));
                    batch.putDoc(new DocKey(repository, "kind-z", key), List.of(new byte[1], new byte[1]));
                    if (!repository.equals("b")) {
                        batch.putDoc(new DocKey(repository, "kind", key), List.of(new byte[1], new byte[1]));
                    }
                }
            }
            index.write(batch, false);
            assertThat(new Catalog(index).docRepositories("kind")).containsExactly("a", "a-b", "c");
            assertThat(new Catalog(index).docRepositories("kin")).isEmpty();
        }
    }
}
