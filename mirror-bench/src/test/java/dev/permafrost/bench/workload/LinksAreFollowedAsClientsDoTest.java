package dev.permafrost.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.Test;

final class LinksAreFollowedAsClientsDoTest {
    private static final URI PAGE = URI.create("http://127.0.0.1:8080/simple/p/");

    @Test
    void relativeRootedAndAbsolute() throws Exception {
        for (String href : new String[] {
            "../../packages/aa/bb/cc/p-1.0-py3-none-any.whl#sha256=00",
            "/packages/aa/bb/cc/p-1.0-py3-none-any.whl",
            "http://127.0.0.1:8080/packages/aa/bb/cc/p-1.0-py3-none-any.whl#sha256=00"
        }) {
            assertThat(Links.path(PAGE, "<a href=\"x\">x</a> <a href=\"" + href + "\">", "p-1.0-py3-none-any.whl"))
                    .isEqualTo("/packages/aa/bb/cc/p-1.0-py3-none-any.whl");
        }
    }

    @Test
    void aFileWithoutALinkIsNamed() {
        assertThatThrownBy(() -> Links.path(PAGE, "<a href=\"x\">x</a>", "p-2.0.whl"))
                .isInstanceOf(IOException.class)
                .hasMessage("http://127.0.0.1:8080/simple/p/ has no link to p-2.0.whl");
    }
}
