package dev.permafrost.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When certificates end is known, and that no client takes any of them any more. */
class CertificatesThatEndedAreToldTest {
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    Path folder;

    @Test
    void onlyWhereAllOfThemHaveEnded() {
        Instant now = Instant.now();
        Path old = issued("old", now.minus(DAY.multipliedBy(20)), DAY.multipliedBy(10));
        Path good = issued("good", now, DAY.multipliedBy(90));
        try (TlsContexts ended = shown(old)) {
            assertThat(ended.firstEnds()).isBetween(now.minus(DAY.multipliedBy(11)), now.minus(DAY.multipliedBy(9)));
            assertThat(ended.unacceptable(now).orElseThrow())
                    .startsWith("the TLS certificate ended on ")
                    .endsWith("put a new one in its place");
            assertThat(ended.unacceptable(now.minus(DAY.multipliedBy(15)))).isEmpty();
        }
        try (TlsContexts both = shown(old, good)) {
            assertThat(both.firstEnds()).isBefore(now);
            assertThat(both.unacceptable(now)).isEmpty();
            assertThat(both.unacceptable(now.plus(DAY.multipliedBy(100)))).isPresent();
        }
    }

    private Path issued(String name, Instant at, Duration life) {
        Path place = folder.resolve(name);
        Clock clock = Clock.fixed(at, ZoneOffset.UTC);
        return CertificateAuthority.init(place, Set.of("pypi.local"), null, clock)
                .issue(place, List.of("pypi.local"), life);
    }

    private static TlsContexts shown(Path... files) {
        List<CertificateFiles> certificates = List.of(files).stream()
                .map(file -> new CertificateFiles(file, file, null))
                .toList();
        return TlsContexts.of(
                new TlsConfig(certificates, TlsConfig.ClientAuthentication.NONE, null, Duration.ofHours(1)), null);
    }
}
