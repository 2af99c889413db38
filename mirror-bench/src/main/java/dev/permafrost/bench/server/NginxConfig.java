package dev.permafrost.bench.server;

import java.nio.file.Path;

/** The configuration that nginx is measured with. */
final class NginxConfig {
    private NginxConfig() {}

    /** Static files as fast as nginx knows how; run by root, its worker stays root, to read what the bench wrote. */
    static String forFiles(Path root, Path home, int port) {
        return """
                %1$s
                daemon off;
                worker_processes 1;
                pid "%2$s/nginx.pid";
                events { worker_connections 1024; multi_accept on; }
                http {
                  access_log off;
                  client_body_temp_path "%2$s/body";
                  proxy_temp_path "%2$s/proxy";
                  fastcgi_temp_path "%2$s/fastcgi";
                  uwsgi_temp_path "%2$s/uwsgi";
                  scgi_temp_path "%2$s/scgi";
                  types { text/html html; }
                  default_type application/octet-stream;
                  sendfile on;
                  tcp_nopush on;
                  open_file_cache max=1000 inactive=10m;
                  open_file_cache_valid 10m;
                  keepalive_timeout 10m;
                  keepalive_requests 1000000000;
                  server {
                    listen 127.0.0.1:%3$d backlog=1024;
                    root "%4$s";
                    index index.html;
                  }
                }
                """.formatted("root".equals(System.getProperty("user.name")) ? "user root;" : "", home, port, root);
    }
}
