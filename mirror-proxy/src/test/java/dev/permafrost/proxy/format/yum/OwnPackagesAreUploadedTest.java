package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.access.Tokens;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.WriteLogin;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.model.SnapshotId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packages that are put to a repository, by whoever may write to it: they are listed a moment later, and taken out again by DELETE. */
final class OwnPackagesAreUploadedTest {
    private static final String AT = "/ours/el9/firn-1-1.noarch.rpm";
    private static final int BYTES_MAX = 100_000;
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final byte[] FIRN = rpm(1);

    @TempDir
    Path dir;

    private WriteLogin writer;
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        writer = WriteLogin.in(dir);
        mirror = builder(false, writer.auth()).start();
    }

    @AfterEach
    void stop() {
        mirror.close();
    }

    private RunningMirror.Builder builder(boolean overwrite, RepositoryAuth auth) {
        return RunningMirror.in(dir.resolve("data"))
                .beside(YumRepositories.own(new UploadConfig(overwrite, BYTES_MAX, null, false), auth));
    }

    private static byte[] rpm(int payload) {
        return new RpmBuilder("firn", "1", "1", "noarch")
                .payload(new byte[payload])
                .bytes();
    }

    private RawHttp.Response put(String path, byte[] bytes, String... lines) {
        List<String> head = new ArrayList<>(List.of(lines));
        head.add("Content-Length: " + bytes.length);
        try (RawHttp http = mirror.connect()) {
            return http.request("PUT", path, head.toArray(String[]::new))
                    .send(bytes)
                    .read();
        }
    }

    private RawHttp.Response put(String path, byte[] bytes) {
        return put(path, bytes, writer.headerLine());
    }

    private RawHttp.Response delete(String path, String... lines) {
        try (RawHttp http = mirror.connect()) {
            return http.request("DELETE", path, lines).read();
        }
    }

    private List<String> listed() {
        return OwnRepository.of(mirror, writer).listed();
    }

    private void awaitListed(List<String> packages) {
        OwnRepository.of(mirror, writer).awaitListed(packages.toArray(String[]::new));
    }

    private static String listing(byte[] bytes) {
        return "el9/firn-1-1.noarch.rpm " + RpmTree.sha256(bytes);
    }

    @Test
    void aPackageThatIsPutIsListedAndServedAndGoesByDelete() {
        RawHttp.Response created = put(AT, FIRN);
        assertThat(created.status()).as(created.body().text()).isEqualTo(201);
        assertThat(created.body().text()).startsWith("el9/firn-1-1.noarch.rpm is here; clients see it");
        awaitListed(List.of(listing(FIRN)));
        assertThat(mirror.get(AT).body().bytes()).isEqualTo(FIRN);
        RawHttp.Response again = put(AT, FIRN);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.body().text()).contains("is here already, with the same bytes");

        RawHttp.Response deleted = delete(AT, writer.headerLine());
        assertThat(deleted.status()).as(deleted.body().text()).isEqualTo(200);
        awaitListed(List.of());
        assertThat(delete(AT, writer.headerLine()).status()).isEqualTo(404);
        // and may come back
        assertThat(put(AT, FIRN).status()).isEqualTo(201);
        awaitListed(List.of(listing(FIRN)));
    }

    @Test
    void otherBytesAtAPathThatIsTakenAreRefusedUnlessTheyMayReplaceIt() {
        put(AT, FIRN);
        awaitListed(List.of(listing(FIRN)));
        RawHttp.Response taken = put(AT, rpm(2));
        assertThat(taken.status()).isEqualTo(409);
        assertThat(taken.body().text()).contains("File already exists", RpmTree.sha256(FIRN));
        mirror.close();
        mirror = builder(true, writer.auth()).start();
        assertThat(put(AT, rpm(2)).status()).isEqualTo(201);
        awaitListed(List.of(listing(rpm(2))));
        assertThat(mirror.get(AT).body().bytes()).isEqualTo(rpm(2));
    }

    @Test
    void whoMayNotWriteIsRefused() {
        String other = "__token__:" + Tokens.issue(dir.resolve("tokens"), "other");
        String wrong = "__token__:" + writer.token() + "x";
        assertThat(put(AT, FIRN, new String[0]).status()).isEqualTo(401);
        assertThat(put(AT, FIRN, basic(wrong)).status()).isEqualTo(401);
        assertThat(delete(AT).status()).isEqualTo(401);
        Eventually.is(
                SOON,
                "the new token is known",
                () -> put(AT, FIRN, basic(other)).status() == 403);
        assertThat(delete(AT, basic(other)).status()).isEqualTo(403);
        assertThat(mirror.get(AT).status()).isEqualTo(404);
    }

    private static String basic(String login) {
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatIsNoPackageIsRefusedAndNothingOfItKept() {
        assertThat(put(AT, "no RPM".getBytes(US_ASCII)).body().text()).contains("it does not begin with ed ab ee db");
        assertThat(put(AT, new byte[0]).status()).isEqualTo(400);
        byte[] cut =
                new RpmBuilder("firn", "1", "1", "noarch").signed(1000, 9_000).bytes();
        assertThat(put(AT, cut).body().text()).contains("is cut off");
        for (String path : List.of("README", "repodata/a.rpm", ".hidden/a.rpm", "a//b.rpm", ".rpm")) {
            RawHttp.Response refused = put("/ours/" + path, FIRN);
            assertThat(refused.status()).as(path + ": " + refused.body().text()).isEqualTo(400);
        }
        assertThat(put("/ours/", FIRN).status()).isEqualTo(405);
        RawHttp.Response large = put(AT, rpm(BYTES_MAX));
        assertThat(large.status()).isEqualTo(413);
        assertThat(large.body().text()).contains("longer than 100000 bytes", "uploads.bytes-max");
        assertThat(mirror.staged()).isZero();
        assertThat(listed()).isEmpty();
    }

    @Test
    void aBodyWithoutALengthIsTakenAndEndsWhereItIsTooLong() {
        try (RawHttp http = mirror.connect()) {
            http.request("PUT", AT, "Transfer-Encoding: chunked", writer.headerLine())
                    .send(Integer.toHexString(FIRN.length) + "\r\n")
                    .send(FIRN)
                    .send("\r\n0\r\n\r\n");
            assertThat(http.read().status()).isEqualTo(201);
        }
        try (RawHttp http = mirror.connect()) {
            byte[] long_ = rpm(BYTES_MAX);
            http.request("PUT", AT, "Transfer-Encoding: chunked", writer.headerLine())
                    .send(Integer.toHexString(long_.length) + "\r\n")
                    .send(long_)
                    .send("\r\n");
            assertThat(http.read().status()).isEqualTo(413);
        }
        Eventually.is(SOON, "nothing of it stays", () -> mirror.staged() == 0);
    }

    @Test
    void whoBreaksOffLeavesNothing() {
        try (RawHttp http = mirror.connect()) {
            http.request("PUT", AT, "Content-Length: " + FIRN.length, writer.headerLine())
                    .send(new byte[10]);
        }
        Eventually.is(SOON, "nothing of it stays", () -> mirror.staged() == 0);
        assertThat(mirror.get(AT).status()).isEqualTo(404);
    }

    @Test
    void whereNobodyWritesAndWhereItIsFrozenNothingIsTaken() {
        put(AT, FIRN);
        awaitListed(List.of(listing(FIRN)));
        mirror.store().freeze(new SnapshotId("then"));
        mirror.close();
        mirror = builder(false, RepositoryAuth.defaults()).start();
        RawHttp.Response closed = put(AT, FIRN);
        assertThat(closed.status()).isEqualTo(405);
        assertThat(closed.header("Allow")).isEqualTo("GET, HEAD");
        mirror.close();
        mirror = builder(false, writer.auth()).frozen().start();
        RawHttp.Response frozen = put(AT, FIRN);
        assertThat(frozen.status()).isEqualTo(403);
        assertThat(frozen.body().text()).contains("frozen");
        assertThat(delete(AT, writer.headerLine()).status()).isEqualTo(403);
        assertThat(listed()).containsExactly(listing(FIRN));
    }
}
