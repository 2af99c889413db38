package dev.permafrost.proxy.clients;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.access.Tokens;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import org.bouncycastle.crypto.digests.Blake2bDigest;

/** A mirror whose repository {@code ours} takes uploads of whoever has its token, and is not at its root. */
final class PublishedTo implements AutoCloseable {
    final RunningMirror mirror;
    private final String login;

    PublishedTo(Path folder) throws IOException {
        Path tokens = Files.createDirectories(folder).resolve("tokens");
        login = "Authorization: Basic "
                + Base64.getEncoder().encodeToString(("__token__:" + Tokens.issue(tokens, "ci")).getBytes(UTF_8));
        mirror = RunningMirror.in(folder.resolve("data"))
                .withTls()
                .beside(Records.with(
                        RepositoryConfig.defaults("ours"),
                        "auth",
                        new RepositoryAuth(null, tokens, Audience.ANYONE, Audience.of(Set.of("ci")))))
                .start();
    }

    /** Sends a form with the token, and what {@code uv publish} accepts for an answer. */
    RawHttp.Response publish(Wire wire, String path, Form form) {
        try (RawHttp client = wire.connect(mirror)) {
            return form.post(client, path, login, "Accept: application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7");
        }
    }

    /** PyPI's BLAKE2 digest in hexadecimal digits. */
    static String blake2b(byte[] bytes) {
        Blake2bDigest blake2b = new Blake2bDigest(256);
        blake2b.update(bytes, 0, bytes.length);
        byte[] digest = new byte[32];
        blake2b.doFinal(digest, 0);
        return HexFormat.of().formatHex(digest);
    }

    @Override
    public void close() {
        mirror.close();
    }
}
