package dev.permafrost.proxy.config;

import dev.permafrost.proxy.repo.Secret;
import dev.permafrost.proxy.repo.SecretSource;
import dev.permafrost.proxy.repo.UpstreamAuth;
import dev.permafrost.proxy.repo.UpstreamProxy;
import dev.permafrost.proxy.repo.UpstreamTls;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads how a repository reaches its upstream: login, certificates, proxy. */
final class UpstreamBinder {
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private final FilePaths paths;

    UpstreamBinder(FilePaths paths) {
        this.paths = paths;
    }

    /**
     * How to log in at upstream.
     *
     * @param inUrl the login that stood in its URL
     */
    UpstreamAuth auth(Section repository, UpstreamAuth inUrl) {
        Section section = repository.sectionWithSecrets("upstream-auth");
        Optional<String> user = section.value("user", UpstreamBinder::userName);
        Optional<Path> netrc = paths.value(section, "netrc");
        Optional<Boolean> bearer = section.value("scheme", UpstreamBinder::isBearer);
        List<SecretSource> passwords = secrets(section, "password");
        List<SecretSource> tokens = secrets(section, "token");
        section.end();
        int ways = passwords.size() + tokens.size() + (netrc.isPresent() ? 1 : 0);
        boolean isGiven = bearer.orElse(false)
                || section.keys().stream().anyMatch(key -> !key.equals("scheme") && section.has(key));
        if (isGiven && !(inUrl instanceof UpstreamAuth.None)) {
            section.report("is a second login beside the one in upstream's URL; take that one out");
        } else if (ways > 1) {
            section.report("has more than one of password, token and netrc; keep one of them");
        } else if (isGiven && ways == 0) {
            section.report(
                    "has no password and no token; write password-file beside user, or token-file, or netrc, each the"
                            + " name of a file");
        } else if (user.isPresent() != !passwords.isEmpty()) {
            section.report(
                    user.isPresent()
                            ? "has a user, who has a password, and none is given; write password-file, or for a token remove"
                                    + " user"
                            : "has a password, and nobody whose it is; write user");
        } else if (bearer.orElse(false) && tokens.isEmpty()) {
            section.report("scheme", "is for tokens; remove it, or write token-file");
        } else if (netrc.isPresent()) {
            return new UpstreamAuth.Netrc(netrc.get());
        } else if (!tokens.isEmpty()) {
            return bearer.orElse(false)
                    ? new UpstreamAuth.Bearer(tokens.get(0))
                    : new UpstreamAuth.Basic(UpstreamAuth.Basic.TOKEN_USER, tokens.get(0));
        } else if (user.isPresent()) {
            return new UpstreamAuth.Basic(user.get(), passwords.get(0));
        }
        return inUrl;
    }

    /** The places that are named for a secret, of which there should be one. */
    private List<SecretSource> secrets(Section section, String key) {
        List<SecretSource> sources = new ArrayList<>();
        section.secret(key).map(SecretSource.Inline::new).ifPresent(sources::add);
        paths.value(section, key + "-file").map(SecretSource.File::new).ifPresent(sources::add);
        section.secret(key + "-env").map(Secret::reveal).ifPresent(variable -> {
            // who wrote the secret itself here is not shown it
            if (!VARIABLE.matcher(variable).matches()) {
                section.report(
                        key + "-env", "is not the name of an environment variable; write one such as INDEX_TOKEN");
            }
            sources.add(new SecretSource.Environment(variable));
        });
        return sources;
    }

    private static String userName(String text) {
        if (text.isEmpty() || text.indexOf(':') >= 0 || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "is no user that can log in; write the name alone, without a ':' (RFC 7617)");
        }
        return text;
    }

    private static boolean isBearer(String text) {
        return switch (text) {
            case "basic" -> false;
            case "bearer" -> true;
            default ->
                throw new IllegalArgumentException(
                        "is neither basic, by which a token is the password of __token__, nor bearer");
        };
    }

    /** Certificates towards upstream. */
    UpstreamTls tls(Section section) {
        UpstreamTls defaults = UpstreamTls.defaults();
        Optional<Path> certificate = paths.value(section, "certificate");
        Optional<Path> key = paths.value(section, "key");
        Optional<Path> passphrase = paths.value(section, "passphrase-file");
        UpstreamTls tls = new UpstreamTls(
                certificate.orElse(defaults.certificate()),
                key.or(() -> certificate).orElse(defaults.key()),
                passphrase.orElse(defaults.passphraseFile()),
                paths.value(section, "ca").orElse(defaults.ca()),
                section.value("system-ca", Values::truth).orElse(defaults.systemCa()));
        if (certificate.isEmpty() && (key.isPresent() || passphrase.isPresent())) {
            section.report("needs a certificate, the PEM file that belongs to the key");
        }
        if (!tls.systemCa() && tls.ca() == null) {
            section.report("system-ca", "is false, so that nothing is trusted; name a PEM file with roots in ca");
        }
        section.end();
        return tls;
    }

    /** The proxy that a text names. */
    static UpstreamProxy proxy(String text) {
        return text.equals("none") ? new UpstreamProxy.Direct() : UpstreamProxy.parse(text);
    }
}
