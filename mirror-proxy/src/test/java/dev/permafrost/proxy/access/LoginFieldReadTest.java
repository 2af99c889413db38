package dev.permafrost.proxy.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Authorization field of RFC 7617, and what only looks like it. */
class LoginFieldReadTest {
    @Test
    void theFirstColonEndsTheName() {
        Credentials login = read("Basic " + base64("alice:a:b:".getBytes(UTF_8)));
        assertThat(login.user()).isEqualTo("alice");
        assertThat(login.password()).asString(UTF_8).isEqualTo("a:b:");
        assertThat(login.isToken()).isFalse();
        assertThat(read("Basic " + base64("__token__:pfr-x".getBytes(UTF_8))).isToken())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic ", "basic ", "BASIC ", "bAsIc    "})
    void theSchemeIsInAnyCase(String scheme) {
        assertThat(read(scheme + base64("alice:pw".getBytes(UTF_8))).password())
                .asString(UTF_8)
                .isEqualTo("pw");
    }

    @Test
    void utf8AndLatin1AreTheSameLogin() {
        String text = "j\u00f6rg:p\u00e4ss\u00e9";
        Credentials utf8 = read("Basic " + base64(text.getBytes(UTF_8)));
        Credentials latin1 = read("Basic " + base64(text.getBytes(ISO_8859_1)));
        assertThat(utf8.user()).isEqualTo("j\u00f6rg").isEqualTo(latin1.user());
        assertThat(utf8.password()).asString(UTF_8).isEqualTo("p\u00e4ss\u00e9");
        assertThat(latin1.both()).isEqualTo(utf8.both());
    }

    @Test
    void paddingMayBeLeftOut() {
        assertThat(read("Basic YTpi").user()).isEqualTo("a");
        assertThat(read("Basic YWE6Yg==").password()).asString(UTF_8).isEqualTo("b");
        assertThat(read("Basic YWE6Yg").password()).asString(UTF_8).isEqualTo("b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Basic",
                "Basic ",
                "Basic :",
                "YWxpY2U6cHc=",
                "Bearer YWxpY2U6cHc=",
                "Basic YWxpY2U6cHc=, Basic YWxpY2U6cHc=",
                "Basic YWxpY2U6cHc=x",
                "Basic YWxp Y2U6cHc=",
                "Basic alice:pw",
                "Basic YWxpY2U=",
                "Basic YQBiOmM=",
                "Basic YTpiCg=="
            })
    void anythingElseIsNoLogin(String field) {
        assertThat(Credentials.parse(field)).isNull();
    }

    @Test
    void whatIsBeyondOneKibibyteIsNoLogin() {
        assertThat(read("Basic " + base64(("a:" + "b".repeat(1000)).getBytes(UTF_8)))
                        .user())
                .isEqualTo("a");
        assertThat(Credentials.parse("Basic " + base64(("a:" + "b".repeat(6000)).getBytes(UTF_8))))
                .isNull();
    }

    @Test
    void thePasswordIsNotShown() {
        assertThat(read("Basic " + base64("alice:secret7".getBytes(UTF_8))).toString())
                .contains("alice")
                .doesNotContain("secret7");
    }

    private static Credentials read(String field) {
        return Objects.requireNonNull(Credentials.parse(field));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
