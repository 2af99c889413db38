package dev.permafrost.proxy.format.pypi;

import static dev.permafrost.proxy.format.pypi.IndexPages.generated;
import static dev.permafrost.proxy.format.pypi.IndexPages.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pages of any length: 100,000 files work, beyond 200,000 files or 256 MiB is refused without holding it. */
class HugeIndexPageTest {
    private static InputStream page(IndexFormat format, int files) {
        return format == IndexFormat.HTML
                ? generated("<html><body>\n", files, HugeIndexPageTest::anchor, "</body></html>")
                : generated("{\"files\":[", files, HugeIndexPageTest::object, "]}");
    }

    private static String hex(int i, int digits) {
        return "0".repeat(digits - 8) + HexFormat.of().toHexDigits(i);
    }

    private static String path(int i) {
        String digits = hex(i, 64);
        return "https://files.pythonhosted.org/packages/" + digits.substring(62) + "/" + digits.substring(60, 62) + "/"
                + digits.substring(0, 60) + "/demo-1." + i + "-py3-none-any.whl";
    }

    private static String anchor(int i) {
        return "<a href=\"" + path(i) + "#sha256=" + hex(i, 64) + "\" data-requires-python=\"&gt;=3." + i % 14
                + "\">demo-1." + i + "-py3-none-any.whl</a><br />\n";
    }

    private static String object(int i) {
        return (i == 0 ? "" : ",") + "{\"filename\":\"demo-1." + i + "-py3-none-any.whl\",\"url\":\"" + path(i)
                + "\",\"hashes\":{\"sha256\":\"" + hex(i, 64) + "\"},\"requires-python\":\">=3." + i % 14
                + "\",\"size\":" + i + ",\"upload-time\":\"2026-01-01T00:00:00.000001Z\"}";
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
        assertThatThrownBy(() -> read(format, "demo", page(format, 200_001)))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_TOO_LARGE))
                .hasMessageContaining("project demo")
                .hasMessageContaining("files-max of 200000");
    }

    @ParameterizedTest
    @EnumSource(IndexFormat.class)
    void limitsAreTheLastThatWorks(IndexFormat format) throws IOException {
        byte[] bytes = page(format, 10).readAllBytes();
        IndexSource source = IndexPages.source("demo");
        InputStream page = new ByteArrayInputStream(bytes);
        assertThat(format.reader()
                        .read(page, source, new IndexLimits(10, bytes.length, 10_000))
                        .page()
                        .files())
                .hasSize(10);
        assertThatThrownBy(() -> format.reader()
                        .read(new ByteArrayInputStream(bytes), source, new IndexLimits(9, bytes.length, 10_000)))
                .hasMessageContaining("files-max of 9");
        assertThatThrownBy(() -> format.reader()
                        .read(new ByteArrayInputStream(bytes), source, new IndexLimits(10, bytes.length - 1, 10_000)))
                .hasMessageContaining("decompressed-bytes-max of " + (bytes.length - 1));
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
