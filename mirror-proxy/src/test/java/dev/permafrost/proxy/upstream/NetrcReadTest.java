package dev.permafrost.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A netrc file means what it means to curl and Python. */
class NetrcReadTest {
    private static final String FILE = """
            # one's own
            machine one.example.org login me password p#1 # mine
            machine two.example.org
              login "a b"
              password "q\\"\\\\x"
              account none
            machine One.Example.Org login second password second
            macdef init
              cd /pub
              machine macro.example.org login no password no

            default login anonymous password me@example.org
            """;

    @Test
    void theFirstEntryOfAHostCountsInAnyCase() {
        assertThat(Netrc.parse(FILE).account("ONE.example.org")).contains(new Netrc.Account("me", "p#1"));
    }

    @Test
    void valuesMayBeQuotedAndOnLinesOfTheirOwn() {
        assertThat(Netrc.parse(FILE).account("two.example.org")).contains(new Netrc.Account("a b", "q\"\\x"));
        assertThat(Netrc.parse(FILE.replace("\n", "\r\n")).account("two.example.org"))
                .contains(new Netrc.Account("a b", "q\"\\x"));
    }

    @Test
    void otherHostsHaveTheDefaultAndMacrosAreNoEntries() {
        Netrc.Account anonymous = new Netrc.Account("anonymous", "me@example.org");
        assertThat(Netrc.parse(FILE).account("macro.example.org")).contains(anonymous);
        assertThat(Netrc.parse(FILE.replace("\n", "\r\n")).account("macro.example.org"))
                .contains(anonymous);
        assertThat(Netrc.parse("machine a login b password c").account("x")).isEmpty();
        assertThat(Netrc.parse("").account("x")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hunter2",
                "machine",
                "machine a login",
                "machine a login b password \"hunter2",
                "machine a\nx hunter2"
            })
    void whatIsWrongIsSaidWithoutWhatIsThere(String text) {
        assertThatThrownBy(() -> Netrc.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hunter2");
    }
}
