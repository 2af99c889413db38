package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * testssl.sh, which trusts our root, finds nothing worse than low; what it does not like otherwise, docs/TLS.md explains.
 */
class TlsByTheBookTest {
    private static final Duration SOON = Duration.ofMinutes(10);
    private static final Path EXPLANATIONS = Path.of("..", "docs", "TLS.md");
    /** WARN is what the program says of itself, such as that its openssl can't try a cipher. */
    private static final Set<String> FINE = Set.of("OK", "INFO", "LOW", "WARN");
    /** Findings that are of no use to a private mirror: no list of revoked certificates, no secrets in what is compressed. */
    private static final Set<String> EXPLAINED =
            Set.of("cert_revocation", "cert_crlDistributionPoints", "cert_ocspURL", "BREACH");

    @TempDir
    Path folder;

    @Test
    void nothingIsWorseThanLow() throws Exception {
        assumeTrue(Subprocess.onPath("testssl").isPresent(), "there is no testssl.sh here");
        Path report = folder.resolve("report.json");
        try (RunningMirror mirror =
                RunningMirror.in(folder.resolve("data")).offline().withTls().start()) {
            Subprocess.Result result = Subprocess.command(
                            "testssl",
                            "--quiet",
                            "--color",
                            "0",
                            "--warnings",
                            "batch",
                            "--fast",
                            "--ip",
                            "127.0.0.1",
                            "--nodns",
                            "min",
                            "--add-ca",
                            folder.resolve("data/tls/root.pem").toString(),
                            "--jsonfile",
                            report.toString(),
                            "-p",
                            "-s",
                            "-S",
                            "-U",
                            "https://localhost:" + mirror.tlsPort())
                    .withoutEnv(name -> name.toLowerCase(java.util.Locale.ROOT).endsWith("_proxy"))
                    .run(SOON);
            assertThat(report).as(result.toString()).exists();
            Map<String, String> worse = new TreeMap<>();
            Map<String, String> all = new TreeMap<>();
            for (JsonNode finding : new ObjectMapper().readTree(Files.readString(report))) {
                String id = finding.path("id").asText().replaceAll(" <.*", "");
                String severity = finding.path("severity").asText();
                all.put(id, severity + ": " + finding.path("finding").asText());
                if (!FINE.contains(severity)) {
                    worse.put(id, severity + ": " + finding.path("finding").asText());
                }
            }
            String explanations = Files.readString(EXPLANATIONS);
            assertThat(EXPLAINED).as("%s", worse).containsAll(worse.keySet());
            assertThat(worse.keySet()).allSatisfy(id -> assertThat(explanations).contains("`" + id + "`"));
            // it has looked, and at the right thing
            assertThat(all).containsKeys("TLS1_2", "TLS1_3", "cert_chain_of_trust", "heartbleed", "ROBOT");
            assertThat(all.get("cert_chain_of_trust")).startsWith("OK");
            for (String old : List.of("SSLv2", "SSLv3", "TLS1", "TLS1_1")) {
                assertThat(all.get(old)).as(old).endsWith("not offered");
            }
        }
    }
}
