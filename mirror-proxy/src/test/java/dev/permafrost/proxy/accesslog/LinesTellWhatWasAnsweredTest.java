package dev.permafrost.proxy.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines are whole, in their order, and say nothing that a client has made up. */
@SuppressWarnings({"NullAway", "StringSplitter"}) // what goes wrong here is a failed test
class LinesTellWhatWasAnsweredTest {
    private static final long AT = Instant.parse("2026-03-04T05:06:07.089Z").toEpochMilli();

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    @Test
    void combinedIsNginxsWithTheTimeAndTheCacheBehind() {
        LineFormat format = new LineFormat(AccessLogConfig.Format.COMBINED, ZoneOffset.ofHours(2));
        assertThat(line(format, entry("GET", "/simple/numpy/", "pip/24.2 {\"ci\":null}", "hit")))
                .isEqualTo(
                        "10.0.0.7 - CN=host [04/Mar/2026:07:06:07 +0200] \"GET /simple/numpy/ HTTP/1.1\" 200 30300 \"-\""
                                + " \"pip/24.2 {\\x22ci\\x22:null}\" 0.012 hit\n");
        assertThat(line(format, entry("GET", "/a\\b\u00e9\u0001\"", null, null)))
                .contains("\"GET /a\\x5Cb\\xE9\\x01\\x22 HTTP/1.1\"")
                .endsWith("\"-\" \"-\" 0.012 -\n");
    }

    @Test
    void jsonIsOneObjectALine() {
        LineFormat format = new LineFormat(AccessLogConfig.Format.JSON, ZoneOffset.UTC);
        assertThat(line(format, entry("GET", "/\"\\\u00e9\n\ud800", "pip", "miss")))
                .isEqualTo("{\"time\":\"2026-03-04T05:06:07.089Z\",\"remote\":\"10.0.0.7\",\"subject\":\"CN=host\","
                        + "\"method\":\"GET\",\"target\":\"/\\\"\\\\\\u00E9\\u000A\\uD800\",\"protocol\":\"HTTP/1.1\","
                        + "\"status\":200,\"bytes\":30300,\"seconds\":0.012,\"host\":\"pypi.local\",\"user_agent\":\"pip\","
                        + "\"repository\":\"pypi\",\"cache\":\"miss\"}\n");
    }

    @Test
    void whoHasLoggedInComesBeforeTheCertificate() {
        AccessEntry entry = new AccessEntry(
                AT,
                1,
                "::1",
                "CN=host",
                "j\u00f6rg \"a\" b",
                "GET",
                "/",
                "HTTP/1.1",
                200,
                1,
                null,
                null,
                null,
                "pypi",
                "hit");
        assertThat(line(new LineFormat(AccessLogConfig.Format.COMBINED, ZoneOffset.UTC), entry))
                .startsWith("::1 - j\\xC3\\xB6rg\\x20\\x22a\\x22\\x20b [");
        assertThat(line(new LineFormat(AccessLogConfig.Format.JSON, ZoneOffset.UTC), entry))
                .contains("\"subject\":\"CN=host\",\"user\":\"j\\u00F6rg \\\"a\\\" b\",");
    }

    /** Whoever is named nowhere else may be so in the certificate's other fields: its subject may be empty (RFC 5280 §4.1.2.6). */
    @Test
    void aCertificateWithoutASubjectNamesNobody() {
        AccessEntry entry = new AccessEntry(
                AT, 1, "::1", "", null, "GET", "/", "HTTP/1.1", 200, 1, null, null, null, "pypi", "hit");
        assertThat(line(new LineFormat(AccessLogConfig.Format.COMBINED, ZoneOffset.UTC), entry))
                .startsWith("::1 - - [04/Mar/2026:");
    }

    @Test
    void theLongestTextFits() {
        String longest = "\u00e9".repeat(16_000);
        for (AccessLogConfig.Format format : AccessLogConfig.Format.values()) {
            AccessEntry entry = new AccessEntry(
                    AT,
                    1,
                    "::1",
                    longest,
                    null,
                    longest,
                    longest,
                    "HTTP/1.1",
                    200,
                    1,
                    longest,
                    longest,
                    longest,
                    longest,
                    longest);
            assertThat(line(new LineFormat(format, ZoneOffset.UTC), entry).length())
                    .isLessThan(256 << 10);
        }
    }

    @Test
    void nothingIsLostOrTornWhileTheQueueHasRoom() throws Exception {
        Path file = folder.resolve("access.log");
        List<Thread> clients = new ArrayList<>();
        try (AccessLog log = open(file, 0, 0)) {
            for (int t = 0; t < 4; t++) {
                int from = t * 2000;
                clients.add(new Thread(() -> {
                    for (int i = from; i < from + 2000; i++) {
                        log.record(entry("GET", "/" + i + "/", null, null));
                    }
                }));
            }
            clients.forEach(Thread::start);
            for (Thread client : clients) {
                client.join();
            }
            assertThat(log.droppedTotal()).isZero();
        }
        Set<String> seen = new HashSet<>();
        for (String line : Files.readAllLines(file)) {
            assertThat(line)
                    .matches("10\\.0\\.0\\.7 - CN=host \\[.*] \"GET /\\d+/ HTTP/1.1\" 200 30300 \"-\" \"-\" 0\\.012 -");
            seen.add(line.split(" ")[6]);
        }
        assertThat(seen).hasSize(8_000);
    }

    @Test
    void aFullFileIsPutAside() throws Exception {
        Path file = folder.resolve("access.log");
        for (int i = 0; i < 5; i++) {
            try (AccessLog log = open(file, 1500, 2)) {
                for (int j = 0; j < 9; j++) {
                    log.record(entry("GET", "/" + i + j, null, null));
                }
            }
        }
        // lines of one log may come in several writes, so where a file ends is not known
        List<String> kept = new ArrayList<>();
        for (String name : List.of("access.log.2", "access.log.1", "access.log")) {
            assertThat(folder.resolve(name)).as(name).isNotEmptyFile();
            assertThat(Files.size(folder.resolve(name))).as(name).isLessThanOrEqualTo(1500);
            Files.readAllLines(folder.resolve(name)).forEach(line -> kept.add(line.split(" ")[6]));
        }
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 45; i++) {
            all.add("/" + i / 9 + i % 9);
        }
        assertThat(kept).hasSizeGreaterThan(20);
        assertThat(all.subList(all.size() - kept.size(), all.size())).isEqualTo(kept);
        assertThat(folder.resolve("access.log.3")).doesNotExist();
    }

    @Test
    void aFileThatWasMovedAwayIsBegunAnew() throws Exception {
        Path file = folder.resolve("access.log");
        try (AccessLog log = open(file, 0, 0)) {
            log.record(entry("GET", "/first", null, null));
            Eventually.is(SOON, "a line", () -> file.toFile().length() > 0);
            Files.move(file, folder.resolve("moved"));
            Eventually.is(SOON, "another file", () -> {
                log.record(entry("GET", "/second", null, null));
                return Files.exists(file);
            });
        }
        assertThat(Files.readString(folder.resolve("moved"))).contains("/first");
        assertThat(Files.readString(file)).contains("/second");
    }

    /** FILE.2 can't be replaced, as where a folder may not be written to. */
    @Test
    void aRotationThatFailsLosesNoOlderFileAndNoLine() throws Exception {
        Path file = folder.resolve("access.log");
        Path inTheWay = Files.createDirectories(folder.resolve("access.log.2").resolve("full"));
        Files.writeString(folder.resolve("access.log.1"), "older\n");
        AtomicLong now = new AtomicLong();
        try (CapturedLog said = CapturedLog.open();
                LogFile log = new LogFile(
                        new AccessLogConfig(file, AccessLogConfig.Format.COMBINED, 20, 2), file, now::get)) {
            for (int i = 0; i < 10; i++) {
                log.append(ByteBuffer.wrap(("line " + i + ", long\n").getBytes(StandardCharsets.UTF_8)));
                now.addAndGet(Duration.ofSeconds(30).toNanos());
            }
            assertThat(folder.resolve("access.log.1")).hasContent("older\n");
            assertThat(Files.readString(folder.resolve("access.log.full"))).startsWith("line 0");
            assertThat(Files.readString(file)).contains("line 5").endsWith("line 9, long\n");
            assertThat(said.messages().stream().filter(line -> line.contains("can't be put aside")))
                    .hasSize(1);

            Files.delete(inTheWay);
            Files.delete(folder.resolve("access.log.2"));
            now.addAndGet(Duration.ofMinutes(1).toNanos());
            log.append(ByteBuffer.wrap("the last\n".getBytes(StandardCharsets.UTF_8)));
            assertThat(file).hasContent("the last\n");
            assertThat(folder.resolve("access.log.full")).doesNotExist();
            assertThat(Files.readString(folder.resolve("access.log.1"))).endsWith("line 9, long\n");
            assertThat(Files.readString(folder.resolve("access.log.2"))).startsWith("line 0");
        }
    }

    @Test
    void whatAClientSendsIsCutBeforeItIsQueued() {
        String longest = "x".repeat(AccessEntry.TEXT_CHARS_MAX + 1);
        AccessEntry entry = new AccessEntry(
                AT,
                1,
                "::1",
                longest,
                longest,
                longest,
                longest,
                "HTTP/1.1",
                200,
                1,
                longest,
                longest,
                longest,
                null,
                null);
        assertThat(List.of(
                        entry.subject(),
                        entry.user(),
                        entry.method(),
                        entry.target(),
                        entry.host(),
                        entry.referer(),
                        entry.agent()))
                .containsOnly("x".repeat(AccessEntry.TEXT_CHARS_MAX));
        String fits = "y".repeat(AccessEntry.TEXT_CHARS_MAX);
        assertThat(entry("GET", fits, null, null).target()).isSameAs(fits);
    }

    /** /dev/full fails each write as a full disk does. */
    @Test
    void onAFullDiskLinesAreDroppedAndCounted() throws Exception {
        Path file = Path.of("/dev/full");
        try (AccessLog log = open(file, 0, 0)) {
            for (int i = 0; i < 10; i++) {
                log.record(entry("GET", "/", null, null));
            }
            Eventually.is(SOON, "all counted", () -> log.droppedTotal() == 10);
        }
    }

    @Test
    void withoutRoomLinesAreDroppedAndNobodyWaits() throws Exception {
        try (AccessLog log = open(folder.resolve("access.log"), 0, 0)) {
            AccessEntry entry = entry("GET", "/", null, null);
            long begun = System.nanoTime();
            for (int i = 0; i < 2_000_000; i++) {
                log.record(entry);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
            assertThat(log.droppedTotal()).isPositive();
        }
    }

    private AccessLog open(Path file, long rotateBytes, int keepFiles) throws IOException {
        return Objects.requireNonNull(
                AccessLog.of(new AccessLogConfig(file, AccessLogConfig.Format.COMBINED, rotateBytes, keepFiles)));
    }

    private static AccessEntry entry(String method, String target, String agent, String cache) {
        return new AccessEntry(
                AT,
                12_345_678,
                "10.0.0.7",
                "CN=host",
                null,
                method,
                target,
                "HTTP/1.1",
                200,
                30_300,
                "pypi.local",
                null,
                agent,
                "pypi",
                cache);
    }

    private static String line(LineFormat format, AccessEntry entry) {
        format.write(entry);
        return new String(format.line(), 0, format.length(), StandardCharsets.ISO_8859_1);
    }
}
