package dev.permafrost.bench.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class NginxIsSetUpForSpeedTest {
    private static final Path ROOT = Path.of("/root");
    private static final Path HOME = Path.of("/home");

    @Test
    void plainAndSilent() {
        assertThat(NginxConfig.forFiles(new Server.Nginx(ROOT, HOME, "", null, false), 80, -1))
                .contains("sendfile on;", "tcp_nopush on;", "gzip_static on;", "open_file_cache max")
                .contains("access_log off;", "listen 127.0.0.1:80 ")
                .doesNotContain("ssl");
    }

    @Test
    void withTlsAndALog() {
        Path certificate = Path.of("/certificate.pem");
        assertThat(NginxConfig.forFiles(new Server.Nginx(ROOT, HOME, "", certificate, true), 80, 443))
                .contains("access_log \"/home/access.log\";", "listen 127.0.0.1:443 ssl http2 ")
                .contains("ssl_certificate \"/certificate.pem\";", "ssl_session_tickets on;");
    }
}
