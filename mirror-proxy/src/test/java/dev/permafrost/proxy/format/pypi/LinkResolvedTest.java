package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 3986 §5, as browsers and pip apply it to the links of a page. */
class LinkResolvedTest {
    @ParameterizedTest
    @CsvSource({
        "https://h/simple/demo/,a.zip,https://h/simple/demo/a.zip",
        "https://h/simple/demo,a.zip,https://h/simple/a.zip",
        "https://h,a.zip,https://h/a.zip",
        "https://h/simple/demo/,../../packages/a.zip,https://h/packages/a.zip",
        "https://h/simple/demo/,../../../../a.zip,https://h/a.zip",
        "https://h/simple/demo/,/a.zip,https://h/a.zip",
        "https://h/simple/demo/,//g/a.zip,https://g/a.zip",
        "https://h/simple/demo/,http://g/x/./y/../a.zip,http://g/x/a.zip",
        "https://h/simple/demo/,http://g/../../a.zip,http://g/a.zip",
        "https://h/simple/demo/,http://g:81/a.zip?x=1#sha256=0,http://g:81/a.zip?x=1",
        "https://h/simple/demo/,http://g,http://g",
        "https://h/simple/demo/,http://[::1]:81/a.zip,http://[::1]:81/a.zip",
        "https://h_1/simple/demo/,a.zip,https://h_1/simple/demo/a.zip",
        "https://h/simple/demo/,a b|c.zip,https://h/simple/demo/a%20b%7Cc.zip",
        "https://h/simple/demo/,100%.zip,https://h/simple/demo/100%25.zip"
    })
    void resolved(String base, String href, String url) {
        LinkResolver.Link link = new LinkResolver(URI.create(base)).resolve(href);
        assertThat(link.refusal()).isNull();
        assertThat(link.url()).isEqualTo(url);
    }

    @Test
    void longUrlsAreRefused() {
        LinkResolver links = new LinkResolver(URI.create("https://h/"));
        assertThat(links.resolve("x".repeat(4097)).refusal()).contains("4096");
        assertThat(links.resolve("ü".repeat(1000)).refusal()).contains("4096");
        assertThat(links.resolve("../".repeat(1000) + "a.zip").url()).isEqualTo("https://h/a.zip");
    }
}
