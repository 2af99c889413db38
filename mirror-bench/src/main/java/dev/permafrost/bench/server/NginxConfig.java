package dev.permafrost.bench.server;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The configuration that nginx is measured with. */
final class NginxConfig {
    private NginxConfig() {}

    /**
     * Static files as fast as nginx knows how; run by root, its worker stays root, to read what the bench wrote.
     *
     * @param tlsPort the port for TLS, with HTTP/2 for those who ask for it; not used without a certificate
     */
    static String forFiles(Server.Nginx settings, int port, int tlsPort) {
        return """
                %1$s
                daemon off;
                worker_processes 1;
                worker_rlimit_nofile 16384;
                pid "%2$s/nginx.pid";
                events { worker_connections 15000; multi_accept on; }
                http {
                  access_log %5$s;
                  client_body_temp_path "%2$s/body";
                  proxy_temp_path "%2$s/proxy";
                  fastcgi_temp_path "%2$s/fastcgi";
                  uwsgi_temp_path "%2$s/uwsgi";
                  scgi_temp_path "%2$s/scgi";
                  types { text/html html; }
                  default_type application/octet-stream;
                  sendfile on;
                  tcp_nopush on;
                  gzip_static on;
                  open_file_cache max=1000 inactive=10m;
                  open_file_cache_valid 10m;
                  keepalive_timeout 10m;
                  keepalive_requests 1000000000;
                  server {
                    listen 127.0.0.1:%3$d backlog=1024;
                %6$s
                    root "%4$s";
                    index index.html;
                  }
                }
                """.formatted(
                        "root".equals(System.getProperty("user.name")) ? "user root;" : "",
                        settings.home(),
                        port,
                        settings.root(),
                        settings.accessLog() ? "\"" + settings.home() + "/access.log\"" : "off",
                        tls(settings.certificate(), tlsPort));
    }

    private static String tls(@Nullable Path certificate, int tlsPort) {
        return certificate == null ? "" : """
                    listen 127.0.0.1:%1$d ssl http2 backlog=1024;
                    ssl_certificate "%2$s";
                    ssl_certificate_key "%2$s";
                    ssl_protocols TLSv1.2 TLSv1.3;
                    ssl_session_tickets on;
                    ssl_session_timeout 1h;
                """.formatted(tlsPort, certificate);
    }
}
