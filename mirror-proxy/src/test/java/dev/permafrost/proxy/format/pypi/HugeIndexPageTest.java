package dev.permafrost.proxy.format.pypi;

import static dev.permafrost.proxy.format.pypi.IndexPages.generated;
import static dev.permafrost.proxy.format.pypi.IndexPages.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.InputStream;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pages of any length: 100,000 files work, beyond 200,000 files or 256 MiB is refused without holding it. */
class HugeIndexPageTest {
    private static InputStream page(IndexFormat format, int files) {
        return format == IndexFormat.HTML
                ? generated("<html><body>\n", files, HugeIndexPageTest::anchor, "</body></html>")
                : generated("{\"files\":[", files, HugeIndexPageTest::object, "]}");
    }

    private static String path(int i) {
        return String.format(
                "https://files.pythonhosted.org/packages/%02x/%02x/%060x/demo-1.%d-py3-none-any.whl",
                i & 0xff, i >> 8 & 0xff, i, i);
    }

    private static String anchor(int i) {
        return String.format(
                "<a href=\"%s#sha256=%064x\" data-requires-python=\"&gt;=3.%d\">demo-1.%d-py3-none-any.whl</a><br />%n",
                path(i), i, i % 14, i);
    }

    private static String object(int i) {
        return String.format(
                "%s{\"filename\":\"demo-1.%d-py3-none-any.whl\",\"url\":\"%s\",\"hashes\":{\"sha256\":\"%064x\"},"
                        + "\"requires-python\":\">=3.%d\",\"size\":%d,\"upload-time\":\"2026-01-01T00:00:00.%06dZ\"}",
                i == 0 ? "" : ",", i, path(i), i, i % 14, i, i);
    }

    @ParameterizedTest
    @EnumSource(IndexFormat.class)
    void hundredThousandFilesWork(IndexFormat format) {
        ProjectPage page = read(format, "demo", page(format, 100_000)).page();
        assertThat(page.files()).hasSize(100_000);
        assertThat(page.files().stream().map(FileRecord::requiresPython).distinct())
                .hasSize(14);
        assertThat(ProjectPageCodec.encoded(page)).hasSize(1 + ProjectPageCodec.chunksOf(100_000));
    }

    @ParameterizedTest
    @EnumSource(IndexFormat.class)
    void twoHundredThousandAndOneAreRefused(IndexFormat format) {
        assertThat(read(format, "demo", page(format, 200_000)).page().files()).hasSize(200_000);
        assertThatThrownBy(() -> read(format, "demo", page(format, 200_001)))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_TOO_LARGE))
                .hasMessageContaining("project demo")
                .hasMessageContaining("files-max of 200000");
    }

    @ParameterizedTest
    @EnumSource(IndexFormat.class)
    void beyond256MebibytesIsRefused(IndexFormat format) {
        char[] blanks = new char[1 << 20];
        Arrays.fill(blanks, ' ');
        String mebibyte = new String(blanks);
        String head = format == IndexFormat.HTML ? "<html>" : "{\"files\":[],\"x\":";
        assertThatThrownBy(() -> read(format, "demo", generated(head, Integer.MAX_VALUE - 1, i -> mebibyte, "")))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_TOO_LARGE))
                .hasMessageContaining("project demo")
                .hasMessageContaining("decompressed-bytes-max of 268435456");
    }
}
