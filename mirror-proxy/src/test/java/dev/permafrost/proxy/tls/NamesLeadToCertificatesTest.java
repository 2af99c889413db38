package dev.permafrost.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which certificate is shown to whom, by the name that is asked for (SNI): a star stands for one label (RFC 6125 §6.4.3). */
class NamesLeadToCertificatesTest {
    private static final Duration YEAR = Duration.ofDays(365);

    @TempDir
    Path folder;

    @Test
    void itsOwnElseItsStarsElseTheFirst() {
        CertificateAuthority authority = CertificateAuthority.init(folder, Set.of("pypi.local", "first.local"), null);
        Path first = authority.issue(folder, List.of("first.local"), YEAR);
        Path star = authority.issue(folder, List.of("*.pypi.local"), YEAR);
        Path one = authority.issue(folder, List.of("one.pypi.local"), YEAR);
        List<CertificateFiles> files = List.of(first, star, one).stream()
                .map(file -> new CertificateFiles(file, file, null))
                .toList();
        try (TlsContexts shown = TlsContexts.of(
                new TlsConfig(files, TlsConfig.ClientAuthentication.NONE, null, Duration.ofHours(1)), null)) {
            SslContext firsts = shown.map("first.local");
            SslContext stars = shown.map("two.pypi.local");
            SslContext ones = shown.map("one.pypi.local");
            assertThat(Set.of(firsts, stars, ones)).hasSize(3);
            assertThat(shown.map("THREE.PyPI.local")).isSameAs(stars);
            for (String other : List.of("pypi.local", "a.two.pypi.local", ".pypi.local", "local", "", "10.0.0.7")) {
                assertThat(shown.map(other)).as(other).isSameAs(firsts);
            }
            assertThat(shown.map(null)).isSameAs(firsts);
        }
    }
}
