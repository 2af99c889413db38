package dev.permafrost.proxy.format.yum;

import static dev.permafrost.proxy.format.yum.OwnRepository.SOON;
import static dev.permafrost.proxy.format.yum.OwnRepository.listing;
import static dev.permafrost.proxy.format.yum.OwnRepository.rpm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RawHttp2;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.WriteLogin;
import dev.permafrost.proxy.testing.YumRepositories;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packages that are put by HTTP/2, by clients that wait to be told to send, that say a wrong length, and by two at once. */
final class OwnPackagesComeByEveryWayTest {
    private static final String PATH = "el9/firn-1-1.noarch.rpm";
    private static final String URL_PATH = "/ours/" + PATH;
    private static final int BYTES_MAX = 1_000_000;
    private static final byte[] FIRN = rpm("firn", 10_000);

    @TempDir
    Path dir;

    private WriteLogin writer;
    private RunningMirror mirror;
    private OwnRepository ours;

    @BeforeEach
    void start() {
        writer = WriteLogin.in(dir);
        start(false);
    }

    private void start(boolean overwrite) {
        mirror = RunningMirror.in(dir.resolve("data"))
                .withTls()
                .beside(YumRepositories.own(new UploadConfig(overwrite, BYTES_MAX, null, false), writer.auth()))
                .start();
        ours = OwnRepository.of(mirror, writer);
    }

    @AfterEach
    void stop() {
        mirror.close();
    }

    private String curl(String... more) {
        List<String> command = Stream.concat(
                        Stream.of(
                                "curl",
                                "-sS",
                                "-k",
                                "--http2",
                                "-u",
                                writer.userAndPassword(),
                                "-w",
                                " %{http_version} %{http_code}",
                                "https://127.0.0.1:" + mirror.tlsPort() + URL_PATH),
                        Stream.of(more))
                .toList();
        return Subprocess.command(command).run(SOON).orFail().out();
    }

    @Test
    void curlPutsAndDeletesByHttp2AndTls() throws Exception {
        assumeTrue(Subprocess.onPath("curl").isPresent(), "no curl here");
        String file = Files.write(dir.resolve("file.rpm"), FIRN).toString();
        assertThat(curl("--upload-file", file)).startsWith(PATH + " is here").endsWith(" 2 201");
        assertThat(curl("--upload-file", file)).endsWith(" 2 200");
        ours.awaitListed(listing(PATH, FIRN));
        String other =
                Files.write(dir.resolve("other.rpm"), rpm("firn", 20_000)).toString();
        assertThat(curl("--upload-file", other)).contains("File already exists").endsWith(" 2 409");
        assertThat(curl("--request", "DELETE")).endsWith(" 2 200");
        ours.awaitListed();
        assertThat(curl("--request", "DELETE")).endsWith(" 2 404");
    }

    @Test
    void overHttp2ABodyThatIsNotAsLongAsItSaysLeavesNothing() {
        for (int wrong : new int[] {FIRN.length + 10, FIRN.length - 10}) {
            try (RawHttp2 http = RawHttp2.connect(mirror.tlsPort())) {
                http.request(
                                1,
                                "PUT",
                                URL_PATH,
                                false,
                                "authorization",
                                writer.headerValue(),
                                "content-length",
                                String.valueOf(wrong))
                        .frame(RawHttp2.DATA, RawHttp2.END_STREAM, 1, FIRN)
                        .flush();
                assertThat(http.await(RawHttp2.RST_STREAM))
                        .as("length " + wrong)
                        .isNotNull();
            }
            Eventually.is(SOON, "nothing of it stays", () -> mirror.staged() == 0);
        }
        assertThat(ours.put(PATH, FIRN).status()).as("it was not there").isEqualTo(201);
    }

    private RawHttp begin(RawHttp http, long length, String... more) {
        String[] lines = Stream.concat(Stream.of(writer.headerLine(), "Content-Length: " + length), Stream.of(more))
                .toArray(String[]::new);
        return http.request("PUT", URL_PATH, lines);
    }

    @Test
    void whoWaitsToBeToldToSendIsToldUnlessItIsInVain() {
        try (RawHttp http = mirror.connect()) {
            begin(http, FIRN.length, "Expect: 100-continue");
            assertThat(http.readHead().status()).isEqualTo(100);
            assertThat(http.send(FIRN).read().status()).isEqualTo(201);
        }
        try (RawHttp http = mirror.connect()) {
            begin(http, BYTES_MAX + 1L, "Expect: 100-continue");
            assertThat(http.read().status()).as("too long").isEqualTo(413);
        }
        try (RawHttp http = mirror.connect()) {
            http.request("PUT", URL_PATH, "Content-Length: " + FIRN.length, "Expect: 100-continue");
            assertThat(http.read().status()).as("may not write").isEqualTo(401);
        }
        try (RawHttp http = mirror.connect()) {
            http.request(
                    "PUT",
                    "/ours/README",
                    writer.headerLine(),
                    "Content-Length: " + FIRN.length,
                    "Expect: 100-continue");
            assertThat(http.read().status()).as("no path for a package").isEqualTo(400);
        }
    }

    @Test
    void aBodyThatIsShorterOrLongerThanItSaysLeavesNothing() {
        try (RawHttp http = mirror.connect()) {
            begin(http, FIRN.length + 10L).send(FIRN).shutdownOutput();
            assertThat(http.read().status()).isEqualTo(400);
        }
        Eventually.is(SOON, "nothing of it stays", () -> mirror.staged() == 0);
        try (RawHttp http = mirror.connect()) {
            // of what is there by the length it says, no header is whole; the rest is no request, and refused as one
            begin(http, 150).send(FIRN);
            assertThat(http.read().status()).isEqualTo(400);
        }
        assertThat(mirror.staged()).isZero();
        assertThat(ours.put(PATH, FIRN).status()).as("it was not there").isEqualTo(201);
    }

    /** The statuses of two that were put to one path, both under way at the same time. */
    private List<Integer> both(byte[] one, byte[] other) {
        try (RawHttp first = mirror.connect();
                RawHttp second = mirror.connect()) {
            begin(first, one.length).send(Arrays.copyOf(one, one.length - 1));
            begin(second, other.length).send(Arrays.copyOf(other, other.length - 1));
            Eventually.is(SOON, "both are under way", () -> mirror.staged() == 2);
            first.send(new byte[] {one[one.length - 1]});
            second.send(new byte[] {other[other.length - 1]});
            return List.of(first.read().status(), second.read().status());
        }
    }

    @Test
    void ofTwoAtOnceOneIsThereAndTheOtherIsToldSo() {
        byte[] other = rpm("firn", 20_000);
        List<Integer> statuses = both(FIRN, other);
        assertThat(statuses).containsExactlyInAnyOrder(201, 409);
        byte[] taken = statuses.get(0) == 201 ? FIRN : other;
        ours.awaitListed(listing(PATH, taken));
        assertThat(ours.get(PATH).body().bytes()).isEqualTo(taken);
        assertThat(both(taken, taken)).containsExactly(200, 200);
        assertThat(mirror.staged()).isZero();
    }

    @Test
    void ofTwoAtOnceThatMayReplaceEachOtherTheLastCounts() {
        mirror.close();
        start(true);
        byte[] other = rpm("firn", 20_000);
        assertThat(both(FIRN, other)).containsExactly(201, 201);
        Eventually.is(SOON, "one is listed", () -> ours.listed().size() == 1);
        byte[] served = ours.get(PATH).body().bytes();
        ours.awaitListed(listing(PATH, served));
        assertThat(served).isIn(FIRN, other);
        mirror.store().view().catalog().entries("ours", ".", (key, entry) -> {
            throw new AssertionError(key + " waits still");
        });
    }
}
