package dev.permafrost.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.repo.UpstreamProxy;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The variables of the environment mean what they mean to curl. */
class EnvironmentNamesProxiesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "example.org           | http://example.org/         | false",
                "example.org           | http://a.example.org/       | false",
                ".example.org          | http://a.example.org/       | false",
                "*.example.org         | http://a.example.org/       | false",
                "example.org           | http://badexample.org/      | true",
                "x, EXAMPLE.org        | http://example.ORG/         | false",
                "example.org:8080      | http://example.org/         | true",
                "example.org:8080      | http://example.org:8080/    | false",
                "10.0.0.0/8            | http://10.1.2.3/            | false",
                "10.0.0.0/8            | http://11.1.2.3/            | true",
                "10.0.0.0/8            | http://ten.example.org/     | true",
                "fd00::/8              | http://[fd12::1]/           | false",
                "192.0.2.7             | http://192.0.2.7/           | false",
                "192.0.2.7             | http://192.0.2.77/          | true",
                "::1/nonsense          | http://192.0.2.7/           | true",
                "*                     | https://example.org/        | false",
                "''                    | https://example.org/        | true",
                "''                    | http://localhost:8080/      | false",
                "''                    | http://127.0.0.2/           | false",
                "''                    | http://[::1]/               | false",
            })
    void exceptionsGoStraight(String noProxy, String url, boolean proxied) {
        Map<String, String> environment =
                Map.of("http_proxy", "plain:1", "https_proxy", "http://secure:2/", "no_proxy", noProxy);
        UpstreamProxy.Through proxy = Proxies.of("pypi", new UpstreamProxy.FromEnvironment(), environment)
                .of(URI.create(url));
        assertThat(String.valueOf(proxy))
                .isEqualTo(!proxied ? "null" : url.startsWith("https") ? "secure:2" : "plain:1");
    }

    @Test
    void capitalsCountButForHttp() {
        Proxies proxies = Proxies.of(
                "pypi",
                new UpstreamProxy.FromEnvironment(),
                Map.of("HTTP_PROXY", "plain:1", "HTTPS_PROXY", "secure:2"));
        assertThat(proxies.of(URI.create("http://example.org/"))).isNull();
        assertThat(proxies.of(URI.create("https://example.org/"))).hasToString("secure:2");
    }

    @Test
    void whatIsConfiguredGoesOverIt() {
        Map<String, String> environment = Map.of("http_proxy", "plain:1", "no_proxy", "*");
        assertThat(Proxies.of("pypi", new UpstreamProxy.Direct(), environment).of(URI.create("http://example.org/")))
                .isNull();
        assertThat(Proxies.of("pypi", UpstreamProxy.parse("[2001:db8::1]:8080"), environment)
                        .of(URI.create("http://localhost/")))
                .hasToString("[2001:db8::1]:8080");
    }

    @Test
    void aVariableThatCantBeUsedIsNamedWithoutItsPassword() {
        assertThatThrownBy(() -> Proxies.of(
                        "pypi",
                        new UpstreamProxy.FromEnvironment(),
                        Map.of("https_proxy", "socks5://me:hunter2@p:1080")))
                .hasMessageStartingWith(
                        "repositories.pypi.proxy: is not written, and https_proxy in the environment is a kind")
                .hasMessageContaining("proxy: none")
                .hasMessageNotContaining("hunter2");
    }
}
