package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.index.BlobRecord;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is held without a digest is read when its page promises that digest: what was never computed does not agree. */
class DigestsThatWereNeverComputedTest {
    private static final String PAGE = "/simple/demo/";
    private static final IndexFile BEFORE =
            IndexFile.of(TinyWheel.of("demo", "1.0").padded(300_000, 1));
    /** As long as that, so that its length tells nothing. */
    private static final IndexFile NOW =
            IndexFile.of(TinyWheel.of("demo", "1.0").padded(300_000, 2));

    private static final String PATH = "/packages/11/22/" + "3".repeat(60) + "/" + BEFORE.filename();

    @TempDir
    Path folder;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void oneThatAgreesIsComputedOnceAndTheFileServed() {
        heldWithoutDigest().close();
        for (String algorithm : new String[] {"md5", "sha512", "sha1"}) {
            list("#" + algorithm + "=" + hex(BEFORE, algorithm));
            try (RunningMirror mirror = mirror()) {
                assertThat(mirror.get(PAGE).body().text()).contains(hex(BEFORE, algorithm));
                assertThat(mirror.get(PATH).body().sha256()).isEqualTo(BEFORE.sha256());
            }
        }
        assertThat(upstream.count(PATH)).isEqualTo(1);
        try (RunningMirror mirror = mirror()) {
            Optional<BlobRecord> known =
                    mirror.store().view().catalog().blob(Digest.parse(Algorithm.SHA256, BEFORE.sha256()));
            assertThat(known.orElseThrow().digests())
                    .containsOnlyKeys(Algorithm.MD5, Algorithm.SHA512, Algorithm.SHA1)
                    .containsEntry(Algorithm.MD5, Digest.parse(Algorithm.MD5, hex(BEFORE, "md5")));
        }
    }

    @Test
    void oneThatDoesNotAgreeHasTheFileFetchedAgain() {
        try (RunningMirror mirror = heldWithoutDigest()) {
            list("#md5=" + hex(NOW, "md5"));
            upstream.on(PATH).file(NOW.bytes(), NOW.etag());
            assertThat(mirror.get(PAGE).body().text()).contains(hex(NOW, "md5"));
            assertThat(mirror.get(PATH).body().sha256()).isEqualTo(NOW.sha256());
            assertThat(mirror.get(PATH).body().sha256()).isEqualTo(NOW.sha256());
            assertThat(upstream.count(PATH)).isEqualTo(2);
        }
    }

    @Test
    void frozenOneThatDoesNotAgreeIsNotServed() {
        try (RunningMirror mirror = heldWithoutDigest()) {
            list("#md5=" + hex(NOW, "md5"));
            assertThat(mirror.get(PAGE).status()).isEqualTo(200);
            mirror.store().freeze(new SnapshotId("wrong"));
        }
        try (RunningMirror frozen = RunningMirror.in(data()).frozen().start()) {
            assertThat(frozen.get(PATH).status()).isEqualTo(404);
        }
        try (RunningMirror mirror = mirror()) {
            list("#md5=" + hex(BEFORE, "md5"));
            assertThat(mirror.get(PAGE).status()).isEqualTo(200);
            mirror.store().freeze(new SnapshotId("right"));
        }
        try (RunningMirror frozen = RunningMirror.in(data()).frozen().start()) {
            assertThat(frozen.get(PAGE).body().text()).contains(BEFORE.filename());
            assertThat(frozen.get(PATH).body().sha256()).isEqualTo(BEFORE.sha256());
        }
    }

    @Test
    void aFileThatIsGoneFromTheDiskIsFetchedAgain() throws IOException {
        try (RunningMirror mirror = heldWithoutDigest()) {
            assertThat(mirror.blobs()).isPositive();
        }
        String sha256 = BEFORE.sha256();
        Files.delete(data().resolve("blobs/sha256")
                .resolve(sha256.substring(0, 2))
                .resolve(sha256.substring(2, 4))
                .resolve(sha256));
        list("#md5=" + hex(BEFORE, "md5"));
        try (RunningMirror mirror = mirror()) {
            assertThat(mirror.get(PAGE).status()).isEqualTo(200);
            assertThat(mirror.get(PATH).body().sha256()).isEqualTo(sha256);
            assertThat(upstream.count(PATH)).isEqualTo(2);
        }
    }

    /** Lists the file without a digest, and fetches it. */
    private RunningMirror heldWithoutDigest() {
        upstream.on(PATH).file(BEFORE.bytes(), BEFORE.etag());
        list("");
        RunningMirror mirror = mirror();
        assertThat(mirror.get(PATH).body().sha256()).isEqualTo(BEFORE.sha256());
        return mirror;
    }

    private Path data() {
        return folder.resolve("data");
    }

    private RunningMirror mirror() {
        return RunningMirror.in(data()).from(upstream).pageTtl(Duration.ZERO).start();
    }

    private void list(String fragment) {
        upstream.on(PAGE).reply("text/html", "<a href=\"../.." + PATH + fragment + "\">" + BEFORE.filename() + "</a>");
    }

    private static String hex(IndexFile file, String algorithm) {
        try {
            String name = algorithm.replace("sha", "SHA-");
            return HexFormat.of().formatHex(MessageDigest.getInstance(name).digest(file.bytes()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
