package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.proxy.repo.UpstreamProxy.Through;
import dev.permafrost.store.model.FailureKind;
import java.net.ConnectException;
import java.net.URI;
import java.security.cert.CertPathBuilderException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Tells an operator what to do where upstream, or a proxy, does not let us in.
 *
 * @param repository whose upstream it is
 * @param host who was asked
 * @param isHome whether that is the upstream itself, where alone the login is sent
 * @param hasLogin whether there is one
 * @param proxy by whom it was asked; null for nobody
 */
record Refusals(
        String repository,
        String host,
        boolean isHome,
        boolean hasLogin,
        @Nullable Through proxy) {

    /** What is to be said behind an answer's status; empty for nothing. */
    String ofStatus(int status) {
        if (status == 407) {
            return proxyRemedy();
        }
        if (status != 401 && status != 403) {
            return "";
        }
        if (!isHome) {
            return "; " + host + " is not the origin in repositories." + repository
                    + ".upstream, so no login is sent there; name an upstream that serves its files itself";
        }
        if (!hasLogin) {
            return (status == 401 ? "; it asks for a login" : "; it may want a login")
                    + ": write one into repositories." + repository
                    + ".upstream-auth, such as {user: NAME, password-file: FILE} or {token-file: FILE}";
        }
        return status == 401
                ? "; it does not accept the login in repositories." + repository
                        + ".upstream-auth: check it, and whether it has run out"
                : "; the login in repositories." + repository
                        + ".upstream-auth may not read this: have it allowed there, or use another";
    }

    /** That no way leads through the proxy. */
    FetchException ofProxy(URI url, Throwable error) {
        String said = String.valueOf(error.getMessage());
        // Netty names the status of the proxy's answer in its message alone
        boolean wantsLogin = said.contains("status: 407");
        return new FetchException(
                wantsLogin ? FailureKind.UPSTREAM_STATUS : FailureKind.UPSTREAM_UNREACHABLE,
                ShownUrl.of(url) + ": the proxy " + proxy + " makes no connection"
                        + (wantsLogin
                                ? proxyRemedy()
                                : " (" + said + "); check repositories." + repository
                                        + ".proxy, or https_proxy in the environment"),
                error);
    }

    /** What is to be said behind what went wrong with TLS; empty for nothing. */
    String ofTls(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathBuilderException) {
                return "; if upstream's certificate is from a private root, name its PEM file in repositories."
                        + repository + ".upstream-tls.ca";
            }
        }
        String said = String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT);
        // what servers say that have asked for a certificate in vain (RFC 8446 §6.2, RFC 5246 §7.4.6)
        boolean wantsCertificate = said.contains("certificate_required")
                || said.contains("bad_certificate")
                || said.contains("handshake_failure");
        return wantsCertificate && isHome
                ? "; if upstream asks for a certificate, name the PEM files of one that it accepts in repositories."
                        + repository + ".upstream-tls.certificate and key"
                : "";
    }

    /** What is to be said behind a connection that could not be made; empty for nothing. */
    String ofConnection(Throwable error) {
        return proxy == null || !(error instanceof ConnectException)
                ? ""
                : "; that is the proxy, from repositories." + repository
                        + ".proxy or http_proxy and https_proxy in the environment: check it";
    }

    private String proxyRemedy() {
        return "; the proxy " + proxy + " asks for a login: write it as http://USER:PASSWORD@" + proxy
                + " into repositories." + repository + ".proxy, or into http_proxy and https_proxy in the environment";
    }
}
