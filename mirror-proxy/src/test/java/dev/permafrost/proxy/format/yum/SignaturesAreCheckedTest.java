package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.pgp.OwnKey;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the operator has named keys, no metadata is taken but what one of them has signed. */
final class SignaturesAreCheckedTest {
    private static final String AT = "/el/7/";
    private static final String REPOMD = "repodata/repomd.xml";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    static Path keys;

    @SuppressWarnings("NullAway.Init") // made once, since that takes seconds
    private static OwnKey trusted;

    @SuppressWarnings("NullAway.Init")
    private static OwnKey other;

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final ScriptedUpstream second = ScriptedUpstream.start();

    @SuppressWarnings("NullAway.Init") // each test starts its own
    private RunningMirror mirror;

    @BeforeAll
    static void make() throws IOException {
        trusted = OwnKey.of(keys.resolve("trusted"));
        other = OwnKey.of(keys.resolve("other"));
        Files.write(keys.resolve("trusted.asc"), trusted.publicKey());
        Files.write(keys.resolve("other.asc"), other.publicKey());
        Files.writeString(keys.resolve("none.asc"), "hello");
    }

    @AfterEach
    void stop() {
        if (mirror != null) {
            mirror.close();
        }
        upstream.close();
        second.close();
    }

    private void start(Path key, URI... places) {
        RepositoryConfig repository = YumRepositories.of("yum", Duration.ZERO, Map.of("", List.of(places)));
        mirror = RunningMirror.in(data.resolve(key.getFileName().toString()))
                .beside(Records.with(repository, "yum", Records.with(repository.yum(), "signers", List.of(key))))
                .failureTtl(Duration.ZERO)
                .absentTtl(Duration.ZERO)
                .withAdmin()
                .start();
    }

    private void start() {
        start(keys.resolve("trusted.asc"), upstream.uri(AT));
    }

    private static RpmTree tree(String revision) {
        return new RpmTree().revision(revision).with("a-" + revision + ".rpm", RpmTree.bytes("package " + revision));
    }

    private static byte[] repomd(RpmTree tree) {
        return Objects.requireNonNull(tree.metadata().get(REPOMD));
    }

    private void publish(RpmTree tree, OwnKey signer) {
        tree.at(upstream, AT);
        upstream.on(AT + REPOMD + ".asc").reply(Answer.ok(signer.sign(repomd(tree))));
    }

    private RawHttp.Response get(String path) {
        return mirror.get("/yum/" + path);
    }

    private void awaitRevision(String revision) {
        Eventually.is(
                PATIENCE,
                "revision " + revision,
                () -> get(REPOMD).body().text().contains("<revision>" + revision + "<"));
    }

    private void awaitWhole() {
        Eventually.is(
                PATIENCE,
                "a whole generation",
                () -> String.valueOf(get(REPOMD).header("Cache-Status")).contains("304"));
    }

    /** How often the metrics say that metadata was thrown away. */
    private double refused() {
        return mirror.scrape()
                .value("permafrost_verification_failures_total", "reason=\"signature\",repository=\"yum\"");
    }

    @Test
    void whatIsSignedByATrustedKeyIsTaken() {
        publish(tree("1"), trusted);
        start();
        awaitWhole();
        publish(tree("2"), trusted);
        awaitRevision("2");
        assertThat(get("a-2.rpm").body().text()).isEqualTo("package 2");
        assertThat(refused()).isZero();
    }

    @Test
    void whatAnotherKeyHasSignedIsNotEvenPassedOn() {
        publish(tree("1"), other);
        start();
        RawHttp.Response response = get(REPOMD);
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body().text())
                .contains(
                        "is not among those that are trusted", "repositories.yum.repo-gpg-keys", trusted.fingerprint());
        assertThat(refused()).isEqualTo(1);
        assertThat(get("a-1.rpm").status()).isNotEqualTo(200);
        assertThat(upstream.count(AT + "a-1.rpm")).isZero();
    }

    @Test
    void whatIsBadlySignedLeavesWhatWasThereBeforeAndIsLogged() {
        publish(tree("1"), trusted);
        start();
        awaitWhole();
        RpmTree two = tree("2").at(upstream, AT);
        upstream.on(AT + REPOMD + ".asc").reply(Answer.ok(trusted.sign(repomd(tree("3")))));
        try (CapturedLog log = CapturedLog.open()) {
            assertThat(get(REPOMD).body().text()).contains("<revision>1<");
            log.await(PATIENCE, "is not of these bytes");
        }
        upstream.on(AT + REPOMD + ".asc").reply(404);
        try (CapturedLog log = CapturedLog.open()) {
            assertThat(get(REPOMD).body().text()).contains("<revision>1<");
            log.await(PATIENCE, "has no signature beside it");
        }
        assertThat(get("a-1.rpm").body().text()).isEqualTo("package 1");
        upstream.on(AT + REPOMD + ".asc").reply(Answer.ok(trusted.sign(repomd(two))));
        awaitRevision("2");
    }

    /** Another one each time that it is looked at: it is given up in the end, and what was thrown away is told by the metrics. */
    @Test
    void whatIsBadlySignedAndNeverTheSameIsCountedToo() {
        AtomicInteger asked = new AtomicInteger();
        upstream.on(AT + REPOMD).onRequest(request -> Answer.ok(repomd(tree("1" + asked.incrementAndGet()))));
        upstream.on(AT + REPOMD + ".asc").reply(Answer.ok(other.sign(repomd(tree("1")))));
        start();
        assertThat(get(REPOMD).status()).isEqualTo(502);
        assertThat(asked.get()).isGreaterThan(6);
        assertThat(refused()).isEqualTo(1);
    }

    @Test
    void theNextPlaceIsAskedWhereTheFirstHasAForgery() {
        publish(tree("forged"), other);
        RpmTree one = tree("1").at(second, AT);
        second.on(AT + REPOMD + ".asc").reply(Answer.ok(trusted.sign(repomd(one))));
        start(keys.resolve("trusted.asc"), upstream.uri(AT), second.uri(AT));
        awaitRevision("1");
        assertThat(get("a-1.rpm").body().text()).isEqualTo("package 1");
    }

    @Test
    void aFileOfKeysThatChangesIsReadAgain() throws IOException {
        Path key = Files.write(keys.resolve("key.asc"), trusted.publicKey());
        publish(tree("1"), trusted);
        start(key, upstream.uri(AT));
        awaitWhole();
        publish(tree("2"), other);
        try (CapturedLog log = CapturedLog.open()) {
            assertThat(get(REPOMD).body().text()).contains("<revision>1<");
            Files.writeString(key, "not a key");
            log.await(PATIENCE, "key.asc said before");
        }
        publish(tree("3"), trusted);
        awaitRevision("3");
        publish(tree("4"), other);
        assertThat(get(REPOMD).body().text()).contains("<revision>3<");
        Files.write(key, other.publicKey());
        awaitRevision("4");
    }

    @Test
    void aFileWithoutAKeyIsReportedAtTheStart() {
        for (String file : List.of("none.asc", "missing.asc")) {
            assertThatThrownBy(() -> start(keys.resolve(file), upstream.uri(AT)))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.BAD_REQUEST))
                    .hasMessageContaining("repositories.yum.repo-gpg-keys")
                    .hasMessageContaining(file);
        }
    }

    @Test
    void aRealRepositoryIsTakenByItsRealKey() throws IOException {
        Path tree = RpmData.path("repo-xlibre-opensuse-signed/x86_64");
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                upstream.on(AT + tree.relativize(file)).reply(Answer.ok(Files.readAllBytes(file)));
            }
        }
        start(RpmData.path("repo-xlibre-opensuse-signed/outtathebox5319-rpm-signing-key.asc"), upstream.uri(AT));
        Eventually.is(PATIENCE, "it", () -> get(REPOMD).status() == 200);
        mirror.close();
        start(RpmData.path("centos-release-and-keys/RPM-GPG-KEY-CentOS-7"), upstream.uri(AT));
        assertThat(get(REPOMD).status()).isEqualTo(502);
    }
}
