package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a file is served. */
class FilePathKeptFromUpstreamTest {
    private static final ProjectName PROJECT = new ProjectName("demo");
    private static final String REST = "0123456789abcdef".repeat(4).substring(4);
    private static final Digest SHA256 = Digest.sha256("ab".repeat(32));

    private static FileRecord file(String filename, String url, Map<Algorithm, Digest> digests) {
        return new FileRecord(filename, url, digests, null, null, -1, null, null, null, null);
    }

    @Test
    void pypisShapeIsKept() {
        String url = "https://files.pythonhosted.org/packages/d9/5a/" + REST + "/demo-1.0.tar.gz";
        assertThat(file("demo-1.0.tar.gz", url, Map.of(Algorithm.SHA256, SHA256))
                        .path(PROJECT))
                .isEqualTo("d9/5a/" + REST + "/demo-1.0.tar.gz");
    }

    @Test
    void shapeIsKeptBelowAnyPrefixAndTheNameDecoded() {
        String url = "http://127.0.0.1:81/root/pypi/packages/d9/5a/beef/demo-1.0%2Bcpu%21~.tar.gz?token=1/2";
        assertThat(file("demo-1.0+cpu!~.tar.gz", url, Map.of()).path(PROJECT))
                .isEqualTo("d9/5a/beef/demo-1.0+cpu!~.tar.gz");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://h/packages/D9/5a/beef/demo-1.0.tar.gz",
                "https://h/packages/d9/5/beef/demo-1.0.tar.gz",
                "https://h/packages/d9/5ab/beef/demo-1.0.tar.gz",
                "https://h/packages/d9/5a/beet/demo-1.0.tar.gz",
                "https://h/packages/d9/5a//demo-1.0.tar.gz",
                "https://h/mypackages/d9/5a/beef/demo-1.0.tar.gz",
                "https://h/packages/d9/5a/beef/other-1.0.tar.gz",
                "https://h/packages/d9/5a/beef/x/demo-1.0.tar.gz",
                "https://h/packages/d9/5a/..%2f/demo-1.0.tar.gz",
                "https://h/demo-1.0.tar.gz",
                "https://h"
            })
    void otherwiseTheDigestOrTheProject(String url) {
        assertThat(file("demo-1.0.tar.gz", url, Map.of(Algorithm.SHA256, SHA256))
                        .path(PROJECT))
                .isEqualTo("ab/ab/" + "ab".repeat(30) + "/demo-1.0.tar.gz");
        assertThat(file("demo-1.0.tar.gz", url, Map.of()).path(PROJECT)).isEqualTo("demo/demo-1.0.tar.gz");
    }

    @Test
    void digestsAreSortedAndImmutable() {
        Digest md5 = Digest.parse(Algorithm.MD5, "00".repeat(16));
        FileRecord file = file("a.whl", "https://h/a.whl", Map.of(Algorithm.MD5, md5, Algorithm.SHA256, SHA256));
        assertThat(file.digests().keySet())
                .containsExactly(Algorithm.SHA256, Algorithm.MD5)
                .isUnmodifiable();
    }

    @Test
    void unsafeNameOrSizeIsNoRecord() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> file("../a", "https://h/a", Map.of()))
                .withMessageContaining("'../a'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FileRecord("a", "https://h/a", Map.of(), null, null, -2, null, null, null, null));
    }
}
