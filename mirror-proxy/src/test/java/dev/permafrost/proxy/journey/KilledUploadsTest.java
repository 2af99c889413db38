package dev.permafrost.proxy.journey;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.WriteLogin;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is killed (SIGKILL) while packages are put to it: nothing half is listed, and nothing that was acknowledged is lost. */
@Tag("journey")
final class KilledUploadsTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final int KILLS = 2;
    /** One path of so many is put to again and again. */
    private static final int PATHS = 5;

    private static final Pattern LIST = Pattern.compile("href=\"(repodata/[^\"]*primary\\.xml\\.gz)\"");
    private static final Pattern CHECKSUM = Pattern.compile("<checksum type=\"sha256\" pkgid=\"YES\">([0-9a-f]+)<");
    private static final Pattern LOCATION = Pattern.compile("<location href=\"([^\"]+)\"");

    @TempDir
    Path folder = Path.of("");

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Random random = new Random(11);
    /** SHA-256 of what was acknowledged last, by paths. */
    private final Map<String, String> acknowledged = new HashMap<>();
    /** SHA-256 of what was sent when the server was killed, by paths: it may be there, or not. */
    private final Map<String, Set<String>> open = new HashMap<>();

    private int made;

    @Test
    void nothingHalfIsListedAndNothingAcknowledgedIsLost() throws Exception {
        Product product = Product.in(folder);
        WriteLogin writer = WriteLogin.in(folder);
        Path data = folder.resolve("data");
        Path config = Files.writeString(folder.resolve("permafrost.yaml"), """
                repositories:
                  ours: {format: yum, uploads: {overwrite: true}, auth: {tokens: tokens, write: [ci]}}
                """);
        String[] options = {"--data", data.toString(), "--config", config.toString()};
        for (int kill = 0; kill < KILLS; kill++) {
            try (Product.Served server = product.serve(List.of(), options);
                    Socket half = half(server.port(), writer)) {
                Eventually.is(SOON, "half of one is here", () -> isStaged(data));
                long end = System.nanoTime()
                        + Duration.ofMillis(500 + random.nextInt(4000)).toNanos();
                Thread killer = new Thread(() -> {
                    Eventually.after(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
                    server.kill();
                });
                killer.start();
                while (put(server.port(), writer)) {
                    consistent(server.port(), true);
                }
                killer.join();
                assertThat(half.isClosed()).isFalse();
            }
        }
        assertThat(acknowledged).isNotEmpty();
        try (Product.Served server = product.serve(List.of(), options)) {
            Eventually.is(SOON, "all that was acknowledged is listed", () -> isComplete(server.port()));
            consistent(server.port(), false);
            assertThat(isStaged(data)).as("halves are left").isFalse();
            assertThat(server.stop().exit()).isEqualTo(143);
        }
    }

    private static boolean isStaged(Path data) {
        try {
            return !Folders.staged(data).isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Half of an upload, whose other half never comes. */
    private static Socket half(int port, WriteLogin writer) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        OutputStream out = socket.getOutputStream();
        out.write(("PUT /ours/half-1-1.noarch.rpm HTTP/1.1\r\nHost: x\r\n" + writer.headerLine()
                        + "\r\nContent-Length: 2000000\r\n\r\n")
                .getBytes(US_ASCII));
        out.write(new RpmBuilder("half", "1", "1", "noarch")
                .payload(new byte[1_000_000])
                .bytes());
        out.flush();
        return socket;
    }

    /** Puts the next one; false once the server is gone. */
    private boolean put(int port, WriteLogin writer) throws InterruptedException {
        String path = "p" + random.nextInt(PATHS) + "-1-1.noarch.rpm";
        byte[] rpm = new RpmBuilder(path.substring(0, 2), "1", "1", "noarch")
                .payload(new byte[1 + made++])
                .bytes();
        String sha256 = RpmTree.sha256(rpm);
        try {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/ours/" + path))
                            .header("Authorization", writer.headerValue())
                            .PUT(HttpRequest.BodyPublishers.ofByteArray(rpm))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
            acknowledged.put(path, sha256);
            open.remove(path);
            return true;
        } catch (IOException e) {
            open.computeIfAbsent(path, key -> new HashSet<>()).add(sha256);
            return false;
        }
    }

    /** Every package that is listed can be had as it is listed, unless metadata was replaced while we looked, or the server is gone. */
    private void consistent(int port, boolean mayEnd) throws InterruptedException {
        try {
            Map<String, String> listed = listed(port);
            for (Map.Entry<String, String> one : listed.entrySet()) {
                HttpResponse<byte[]> got = get(port, one.getKey());
                if (!listed(port).equals(listed)) {
                    return;
                }
                assertThat(got.statusCode()).as(one.getKey()).isEqualTo(200);
                assertThat(RpmTree.sha256(got.body())).as(one.getKey()).isEqualTo(one.getValue());
            }
        } catch (IOException e) {
            assertThat(mayEnd).as(e.toString()).isTrue();
        }
    }

    private boolean isComplete(int port) {
        try {
            Map<String, String> listed = listed(port);
            Set<String> paths = new HashSet<>(acknowledged.keySet());
            paths.addAll(open.keySet());
            return paths.containsAll(listed.keySet())
                    && paths.stream().allMatch(path -> isAsSaid(path, listed.get(path)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean isAsSaid(String path, @Nullable String sha256) {
        String known = acknowledged.get(path);
        return sha256 == null
                ? known == null
                : sha256.equals(known) || open.getOrDefault(path, Set.of()).contains(sha256);
    }

    /** SHA-256 of what is listed, by paths; none where there is no metadata yet. */
    private Map<String, String> listed(int port) throws IOException, InterruptedException {
        Map<String, String> all = new HashMap<>();
        HttpResponse<byte[]> repomd = get(port, "repodata/repomd.xml");
        Matcher list = LIST.matcher(new String(repomd.body(), US_ASCII));
        if (repomd.statusCode() != 200 || !list.find()) {
            return all;
        }
        String primary;
        try (GZIPInputStream in = new GZIPInputStream(
                new ByteArrayInputStream(get(port, list.group(1)).body()))) {
            primary = new String(in.readAllBytes(), ISO_8859_1);
        }
        Matcher checksum = CHECKSUM.matcher(primary);
        Matcher location = LOCATION.matcher(primary);
        while (checksum.find() && location.find()) {
            all.put(location.group(1), checksum.group(1));
        }
        return all;
    }

    private HttpResponse<byte[]> get(int port, String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/ours/" + path))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }
}
