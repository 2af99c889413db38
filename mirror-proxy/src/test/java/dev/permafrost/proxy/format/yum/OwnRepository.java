package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.WriteLogin;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * The repository called ours of a server, as a client sees it, and as whoever may write changes it.
 *
 * @param port of the server, on loopback
 */
record OwnRepository(int port, WriteLogin writer) {
    static final Duration SOON = Duration.ofSeconds(60);

    static OwnRepository of(RunningMirror mirror, WriteLogin writer) {
        return new OwnRepository(mirror.port(), writer);
    }

    /** A package called so whose bytes are others for each number. */
    static byte[] rpm(String name, int payload) {
        return new RpmBuilder(name, "1", "1", "noarch")
                .payload(new byte[payload])
                .bytes();
    }

    RawHttp.Response put(String path, byte[] bytes) {
        try (RawHttp http = RawHttp.connect(port)) {
            return http.request("PUT", "/ours/" + path, writer.headerLine(), "Content-Length: " + bytes.length)
                    .send(bytes)
                    .read();
        }
    }

    RawHttp.Response delete(String path) {
        try (RawHttp http = RawHttp.connect(port)) {
            return http.request("DELETE", "/ours/" + path, writer.headerLine()).read();
        }
    }

    RawHttp.Response get(String path) {
        return RawHttp.get(port, "/ours/" + path);
    }

    /** What metadata lists: paths and SHA-256, in its order; nothing where there is no metadata yet. */
    List<String> listed() {
        RawHttp.Response repomd = get(Repodata.REPOMD);
        List<String> all = new ArrayList<>();
        if (repomd.status() == 200) {
            String primary = Repomd.read(repomd.body().bytes(), "what is served")
                    .primary()
                    .location()
                    .path();
            try (GZIPInputStream in = new GZIPInputStream(
                    new ByteArrayInputStream(get(primary).body().bytes()))) {
                PrimaryReader.read(
                        in,
                        "what is served",
                        one -> all.add(
                                one.location().path() + " " + one.checksum().hex()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return all;
    }

    /** As {@link #listed} has a package. */
    static String listing(String path, byte[] bytes) {
        return path + " " + RpmTree.sha256(bytes);
    }

    void awaitListed(String... packages) {
        Eventually.is(SOON, List.of(packages) + " are listed", () -> listed().equals(List.of(packages)));
    }
}
