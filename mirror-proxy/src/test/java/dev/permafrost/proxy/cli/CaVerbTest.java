package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Subprocess;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code ca init}, {@code issue}, {@code renew}, {@code show} and {@code trust}, as an operator uses them one after the other. */
class CaVerbTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();
    private String dir = "";

    @BeforeEach
    void folder() {
        dir = folder.resolve("ca").toString();
    }

    @Test
    void fromARootToARenewedCertificate() throws Exception {
        assertThat(run("init", "--dir", dir, "--permit", "pypi.example")).isZero();
        assertThat(out.toString())
                .contains("Made a root in " + dir, "pypi.example", "10.0.0.0/8", "permafrost ca issue --dir " + dir);
        assertThat(run("issue", "--dir", dir, "--days", "20", "pypi.example", "10.0.0.7"))
                .isZero();
        Path issued = folder.resolve("ca/pypi.example.pem");
        assertThat(out.toString()).contains("Issued " + issued, "pypi.example, 10.0.0.7", "tls.certificates=" + issued);
        verify(issued);
        String first = Files.readString(issued);
        assertThat(run("renew", "--dir", dir, "--within", "10")).isZero();
        assertThat(out.toString()).contains("Nothing ends within 10 days.");
        assertThat(run("renew", "--dir", dir)).isZero();
        assertThat(out.toString()).contains("Renewed " + issued);
        assertThat(Files.readString(issued)).isNotEqualTo(first);
        verify(issued);
        assertThat(run("show", "--dir", dir)).isZero();
        String fingerprint = Subprocess.command(
                        "openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", dir + "/root.pem")
                .run(SOON)
                .orFail()
                .out();
        assertThat(out.toString())
                .contains(
                        "vouches for ",
                        "pypi.example",
                        "Issued to    pypi.example, 10.0.0.7",
                        fingerprint.substring(fingerprint.indexOf('=') + 1).strip());
        assertThat(run("trust", "--dir", dir)).isZero();
        assertThat(out.toString()).contains(dir + "/root.pem", "pip", "dnf");
    }

    @Test
    void whatCannotBeIsSaidWithTheRemedy() throws Exception {
        assertThat(run("issue", "--dir", dir, "localhost")).isNotZero();
        assertThat(err.toString()).contains("there is no root in " + dir, "permafrost ca init");
        Path passphrase = Files.writeString(folder.resolve("passphrase"), "correct horse\n");
        assertThat(run("init", "--dir", dir, "--passphrase-file", passphrase.toString()))
                .isZero();
        assertThat(run("init", "--dir", dir)).isNotZero();
        assertThat(err.toString()).contains("there is a root in " + dir);
        assertThat(run("issue", "--dir", dir, "localhost")).isNotZero();
        assertThat(err.toString()).contains("is encrypted");
        assertThat(run("issue", "--dir", dir, "--passphrase-file", passphrase.toString(), "pypi.org"))
                .isNotZero();
        assertThat(err.toString()).contains("--permit pypi.org");
        assertThat(run("issue", "--dir", dir, "--passphrase-file", passphrase.toString(), "localhost"))
                .isZero();
        verify(folder.resolve("ca/localhost.pem"));
        assertThat(run("issue", "--dir", dir)).isEqualTo(2);
    }

    private void verify(Path issued) {
        Subprocess.command("openssl", "verify", "-x509_strict", "-CAfile", dir + "/root.pem", issued.toString())
                .run(SOON)
                .orFail();
    }

    private int run(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        String[] all = new String[arguments.length + 1];
        all[0] = "ca";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        CommandLine line = Main.line();
        return line.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all);
    }
}
