package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.address.Network;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of the addresses in Forwarded and X-Forwarded-* is believed, and what of the rest. */
@SuppressWarnings("deprecation") // what goes wrong here is a failed test
class ForwardedFieldsTellTheClientTest {
    private static final TrustedProxies TRUST =
            TrustedProxies.of(List.of(TrustedProxies.parse("10.0.0.0/8"), TrustedProxies.parse("fd00::/8")));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "203.0.113.5                        | 203.0.113.5",
                // the right-most that is not a proxy's, whatever the client has written before it
                "1.1.1.1, 203.0.113.5, 10.0.0.7     | 203.0.113.5",
                "1.1.1.1, 203.0.113.5,10.0.0.7,fd00::1 | 203.0.113.5",
                // all are proxies: the left-most
                "10.0.0.9, 10.0.0.7                 | 10.0.0.9",
                "203.0.113.5:4711                   | 203.0.113.5",
                "[2001:db8::1]:4711                 | 2001:db8::1",
                "2001:db8::1                        | 2001:db8::1",
                // what can't be read ends the reading
                "203.0.113.5, unknown, 10.0.0.7     | 10.0.0.7",
                "unknown                            | -",
                "'203.0.113.5, '                    | -",
                "203.0.113.5<script>                | -",
                "localhost                          | -",
                "1.1.1.1 2.2.2.2                    | -",
                "fe80::1%eth0                       | -",
            })
    void byXForwardedFor(String value, String client) {
        assertThat(of("X-Forwarded-For", value).client()).isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            nullValues = "-",
            value = {
                "for=203.0.113.5                                        | 203.0.113.5 | - | -",
                "For=\"[2001:db8::1]:4711\";proto=https;host=pypi.local | 2001:db8::1 | true | pypi.local",
                "for=1.1.1.1;host=evil, for=203.0.113.5;proto=https;host=\"a.b:8443\", for=10.0.0.7;proto=http | 203.0.113.5"
                        + " | true | a.b:8443",
                "for=10.0.0.9;proto=https, for=10.0.0.7                 | 10.0.0.9 | true | -",
                "proto=https;host=a.b                                   | - | true | a.b",
                "for=unknown;proto=https                                | - | true | -",
                "for=_hidden, for=10.0.0.7;proto=https                  | 10.0.0.7 | true | -",
                "for=203.0.113.5 ; proto=http                           | 203.0.113.5 | false | -",
                "for=203.0.113.5:80                                     | 203.0.113.5 | - | -",
                "for=\"203\\.0.113.5\"                                  | 203.0.113.5 | - | -",
                // malformed: the whole line
                "for=\", for=203.0.113.5                                | - | - | -",
                "for=203.0.113.5;for=1.1.1.1                            | - | - | -",
                "for=203.0.113.5;;;proto                                | - | - | -",
                "for 203.0.113.5                                        | - | - | -",
                "for=203.0.113.5 proto=https                            | - | - | -",
                // nothing that could become part of a URL, or end a line
                "for=203.0.113.5;host=\"a.b/c\"                         | 203.0.113.5 | - | -",
                "for=203.0.113.5;host=\"u@a.b\"                         | 203.0.113.5 | - | -",
                "for=203.0.113.5;host=\"a.b:99999999\"                  | 203.0.113.5 | - | -",
                "for=203.0.113.5;host=\"[::1\"                          | 203.0.113.5 | - | -",
                "for=203.0.113.5;proto=javascript                       | 203.0.113.5 | - | -",
            })
    void byForwarded(String value, String client, Boolean https, String host) {
        assertThat(of("Forwarded", value)).isEqualTo(new Forwarded(client, https, host, ""));
    }

    @Test
    void aLineThatTheClientHasSpoiledSpoilsNoOther() {
        assertThat(of("Forwarded", "for=\"", "Forwarded", "for=203.0.113.5").client())
                .isEqualTo("203.0.113.5");
        assertThat(of("Forwarded", "for=203.0.113.5", "Forwarded", "for=\"").client())
                .isNull();
        assertThat(of("X-Forwarded-For", "1.1.1.1", "X-Forwarded-For", "203.0.113.5, 10.0.0.1")
                        .client())
                .isEqualTo("203.0.113.5");
    }

    @Test
    void eachProxyHasItsSay() {
        // the first proxy met the client over TLS, and the second the first without
        Forwarded said = of(
                "X-Forwarded-For", "203.0.113.5, 10.0.0.7",
                "X-Forwarded-Proto", "https, http",
                "X-Forwarded-Host", "pypi.local, inner:8080");
        assertThat(said).isEqualTo(new Forwarded("203.0.113.5", true, "pypi.local", ""));
        // a value too many has come from the client, and the nearest proxy's word holds
        assertThat(of("X-Forwarded-For", "203.0.113.5", "X-Forwarded-Proto", "https, http")
                        .https())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "a.b,, 8443, http, a.b:8443",
        "a.b:1, , 8443, http, a.b:1",
        "a.b, , 443, https, a.b",
        "a.b, , 80, http, a.b",
        ", inner:9, 8443, https, inner:8443",
        ", [::1]:9, 8443, https, [::1]:8443",
        "a.b, , 99999, http, a.b",
        "a.b, , x, http, a.b",
    })
    void thePortComesToTheHost(String host, String asked, String port, String proto, String expected) {
        HttpHeaders fields = new DefaultHttpHeaders();
        if (host != null) {
            fields.add("X-Forwarded-Host", host);
        }
        if (asked != null) {
            fields.add("Host", asked);
        }
        fields.add("X-Forwarded-Port", port).add("X-Forwarded-Proto", proto);
        assertThat(Forwarded.of(fields, TRUST).host()).isEqualTo(expected);
    }

    @Test
    void aPrefixIsAPlainPath() {
        assertThat(of("X-Forwarded-Prefix", "/mirror").prefix()).isEqualTo("/mirror");
        assertThat(of("X-Forwarded-Prefix", "/a/b-c/").prefix()).isEqualTo("/a/b-c");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mirror",
                "//evil.example",
                "/a//b",
                "/../x",
                "/a/./b",
                "/a?b",
                "/a#b",
                "/a%2f",
                "/a b",
                "/\"><script>",
                "https://evil.example/",
                "/",
                ""
            })
    void andNothingElse(String value) {
        assertThat(of("X-Forwarded-Prefix", value)).isEqualTo(Forwarded.NOTHING);
    }

    @Test
    void twoFamiliesThatContradictEachOtherAreBothDoubted() {
        assertThat(of("Forwarded", "for=1.1.1.1", "X-Forwarded-For", "203.0.113.5"))
                .isEqualTo(Forwarded.NOTHING);
        assertThat(of(
                        "Forwarded",
                        "for=203.0.113.5;host=evil",
                        "X-Forwarded-For",
                        "203.0.113.5",
                        "X-Forwarded-Host",
                        "a"))
                .isEqualTo(Forwarded.NOTHING);
        assertThat(of("Forwarded", "for=203.0.113.5;proto=https", "X-Forwarded-For", "203.0.113.5"))
                .isEqualTo(new Forwarded("203.0.113.5", true, null, ""));
    }

    @Test
    void randomBytesAreReadWithoutAFault() {
        Random random = new Random(7);
        String alphabet = "for=\"[]:;,. \\\tproto=https1270::aF%_";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder value = new StringBuilder();
            for (int j = random.nextInt(40); j > 0; j--) {
                value.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            for (String name : List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Prefix")) {
                Forwarded said = of(name, value.toString());
                if (said.client() != null) {
                    assertThat(Network.address(said.client())).isNotNull();
                }
                if (said.host() != null) {
                    assertThat(said.host()).matches("[A-Za-z0-9._:\\[\\]-]+");
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.1.2, true",
        "10.0.0.0/8, 11.0.0.1, false",
        "10.0.0.0/8, ::ffff:10.1.2.3, true",
        "192.0.2.7, 192.0.2.7, true",
        "192.0.2.7, 192.0.2.8, false",
        "0.0.0.0/0, 203.0.113.5, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "::/0, 2001:db8::1, true",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "2001:db8::/65, 2001:db8::7fff:0:0:1, true",
        "2001:db8::/65, 2001:db8::8000:0:0:1, false",
        "::1, ::1, true",
    })
    void networksHoldTheirAddresses(String network, String address, boolean holds) {
        assertThat(TrustedProxies.parse(network).include(Network.address(address)))
                .isEqualTo(holds);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "proxy.local",
                "10.0.0.0/33",
                "10.0.0.1/8",
                "::/129",
                "10.0.0.0/",
                "10.0.0/8/8",
                "fe80::%1/64"
            })
    void otherThingsAreNoNetworks(String text) {
        assertThatThrownBy(() -> TrustedProxies.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Forwarded of(String... namesAndValues) {
        HttpHeaders fields = new DefaultHttpHeaders(false);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return Forwarded.of(fields, TRUST);
    }
}
