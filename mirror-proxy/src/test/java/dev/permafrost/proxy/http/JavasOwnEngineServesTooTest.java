package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where BoringSSL does not load, pip's requests are answered all the same, over HTTP/1.1 and HTTP/2. */
class JavasOwnEngineServesTooTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final IndexFile FILE = IndexFile.sized("demo", 1_000_003);

    @TempDir
    Path folder;

    @Test
    void overBothVersionsOfHttp() throws Exception {
        Path data = folder.resolve("data");
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(FILE).serve(upstream);
            try (RunningMirror filled = RunningMirror.in(data).from(upstream).start()) {
                assertThat(filled.get("/simple/demo/").status()).isEqualTo(200);
                assertThat(filled.get(FILE.path()).status()).isEqualTo(200);
            }
        }
        try (Subprocess server = Subprocess.command(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dio.netty.handler.ssl.noOpenSsl=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.permafrost.proxy.cli.Main",
                        "serve",
                        "--data",
                        data.toString(),
                        "--set",
                        "offline=true",
                        "--set",
                        "listen={address: \"127.0.0.1:0\", tls: auto}")
                .start()) {
            String url = server.awaitLine(Pattern.compile("\\s*(https://[^/ ]+)/"), SOON)
                    .group(1)
                    .replaceFirst("//[^:]+:", "//localhost:");
            for (String version : new String[] {"1.1", "2"}) {
                assertThat(curl(data, url, version, "/simple/demo/").out())
                        .contains(FILE.filename())
                        .endsWith(version + " 200");
                Path got = folder.resolve("got");
                curl(data, url, version, FILE.path(), "-o", got.toString());
                assertThat(Files.readAllBytes(got)).isEqualTo(FILE.bytes());
                curl(data, url, version, FILE.path(), "-o", got.toString(), "-r", "1000-500000");
                assertThat(Files.readAllBytes(got)).isEqualTo(Arrays.copyOfRange(FILE.bytes(), 1000, 500_001));
            }
            assertThat(server.out() + server.err()).contains("TLS by Java's own engine");
        }
    }

    private static Subprocess.Result curl(Path data, String url, String version, String path, String... options) {
        String[] command = {
            "curl",
            "-sS",
            "--http" + version,
            "--cacert",
            data.resolve("tls/root.pem").toString(),
            "-w",
            "%{http_version} %{http_code}",
            url + path
        };
        String[] all = Arrays.copyOf(command, command.length + options.length);
        System.arraycopy(options, 0, all, command.length, options.length);
        return Subprocess.command(all).run(SOON).orFail();
    }
}
