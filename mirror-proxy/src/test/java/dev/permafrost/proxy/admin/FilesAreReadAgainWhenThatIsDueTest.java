package dev.permafrost.proxy.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store is read again so long after it was read last, whoever had it open then; what is damaged is told, and left. */
class FilesAreReadAgainWhenThatIsDueTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path dir;

    private static Clock days(int days) {
        return Clock.fixed(START.plus(Duration.ofDays(days)), ZoneOffset.UTC);
    }

    private MirrorStore open(Clock clock) {
        return MirrorStore.open(MirrorStore.Options.of(dir).withClock(clock));
    }

    private static VerifySchedule schedule(MirrorStore store, Clock clock) {
        return new VerifySchedule(store, VerifyConfig.defaults(), clock);
    }

    @Test
    void afterThirtyDaysAndNotBefore() throws Exception {
        Digest digest;
        try (MirrorStore store = open(days(0));
                VerifySchedule schedule = schedule(store, days(0))) {
            Incoming incoming = store.begin(new ArtifactKey("pypi", "demo"), Set.of());
            incoming.staged().write(ByteBuffer.wrap("some bytes".getBytes(UTF_8)));
            digest = incoming.commit(Expectation.NOTHING, "").digest();
            // a store that has never been read is young
            assertThat(schedule.runIfDue()).isFalse();
            assertThat(schedule.troubled()).isNaN();
            assertThat(schedule.endedSeconds()).isNaN();
            assertThat(new VerifyVerb(store).run(Map.of(), ProgressSink.NONE)).containsEntry("troubled", 0L);
        }
        try (MirrorStore store = open(days(29));
                VerifySchedule schedule = schedule(store, days(29))) {
            assertThat(schedule.runIfDue()).isFalse();
        }
        try (MirrorStore store = open(days(30));
                VerifySchedule schedule = schedule(store, days(30))) {
            Path file = dir.resolve(FileBlobStore.relativePath(digest));
            Files.writeString(file, "same bytes");
            assertThat(schedule.runIfDue()).isTrue();
            assertThat(schedule.troubled()).isEqualTo(1);
            assertThat(schedule.endedSeconds()).isEqualTo(days(30).millis() / 1e3);
            assertThat(file).exists();
            assertThat(schedule.runIfDue()).isFalse();
        }
    }
}
