package dev.permafrost.proxy.tls;

/** How hosts and programs come to trust a root: what to paste, for each. */
public final class TrustGuide {
    private TrustGuide() {}

    /**
     * The guide, for a root that lies in a file of the host it is read on.
     *
     * @param file the root's certificate in PEM form, absolute, of a kind that needs no quoting in a shell
     */
    public static String of(String file) {
        return """
                The root is %1$s (its certificate alone: nothing in it is secret). Copy it to the hosts that are to trust it; a server
                that made it gives it out at /-/ca.pem. Compare its fingerprint ('permafrost ca show') over another way first.

                RHEL, CentOS, Fedora (dnf, curl and all that use the system's store):
                  sudo cp %1$s /etc/pki/ca-trust/source/anchors/permafrost.pem
                  sudo update-ca-trust

                Debian, Ubuntu:
                  sudo cp %1$s /usr/local/share/ca-certificates/permafrost.crt
                  sudo update-ca-certificates

                pip (which has a store of its own):
                  pip config set global.cert %1$s

                dnf, for one repository, in its .repo file:
                  sslcacert=%1$s

                uv:
                  export SSL_CERT_FILE=%1$s

                Python requests, and poetry:
                  export REQUESTS_CA_BUNDLE=%1$s
                  poetry config certificates.permafrost.cert %1$s

                A Docker build (Debian's images; RHEL's as above):
                  COPY permafrost.pem /usr/local/share/ca-certificates/permafrost.crt
                  RUN update-ca-certificates
                  ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt

                Java:
                  keytool -importcert -cacerts -noprompt -storepass changeit -alias permafrost -file %1$s
                """.formatted(file);
    }
}
