package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code permafrost client} prints, from the configuration alone. */
class ClientsAreToldWhatToWriteTest {
    @TempDir
    Path folder;

    @Test
    void forEachHostAtTheEncryptedListener() {
        String out = run(
                "pip",
                "--set",
                "listen=[\"0.0.0.0:80\", {address: \"0.0.0.0:8443\", tls: auto}, \"unix:/run/x\"]",
                "--set",
                "hosts={pypi.local: pypi, other.local: pypi}");
        assertThat(out)
                .contains("index-url = https://pypi.local:8443/simple/\ncert = /etc/permafrost/root.pem\n")
                .contains("index-url = https://other.local:8443/simple/\n")
                .contains("curl -sSk -o /etc/permafrost/root.pem https://pypi.local:8443/-/ca.pem")
                .doesNotContain("trusted-host");
    }

    @Test
    void forEachListenerWithoutHosts() {
        String out = run(
                "pip",
                "--set",
                "listen=[\"192.0.2.7:80\", \"[2001:db8::7]:8080\", {address: \"192.0.2.7:443\", tls: auto}]",
                "--set",
                "http.path-prefix=/mirror");
        assertThat(out)
                .contains("index-url = http://192.0.2.7/mirror/simple/\ntrusted-host = 192.0.2.7\n")
                .contains("index-url = http://[2001:db8::7]:8080/mirror/simple/\ntrusted-host = [2001:db8::7]\n")
                .contains("index-url = https://192.0.2.7/mirror/simple/\ncert = ");
    }

    @Test
    void forAUrlThatIsGiven() {
        assertThat(run("uv", "--url", "https://mirror.example/a"))
                .contains("url = \"https://mirror.example/a/simple/\"")
                .doesNotContain("SSL_CERT_FILE");
        assertThat(run("POETRY", "--url", "http://mirror.example:8080/"))
                .contains("url = \"http://mirror.example:8080/simple/\"");
        assertThat(run("pip", "--url", "https://mirror.example/\"\nx=")).startsWith("2: ");
        assertThat(run("pip", "--set", "listen=127.0.0.1:0"))
                .isEqualTo(
                        "2: the configuration does not tell by which URL clients know the server; say it with --url URL");
    }

    private String run(String... arguments) {
        StringWriter out = new StringWriter();
        CommandLine line = new CommandLine(new ClientCommand());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setOut(new PrintWriter(out));
        line.setExecutionExceptionHandler((error, command, result) -> {
            out.write("2: " + error.getMessage());
            return 2;
        });
        List<String> all = new ArrayList<>(List.of("--data", folder.toString()));
        all.addAll(List.of(arguments));
        line.execute(all.toArray(String[]::new));
        return out.toString();
    }
}
