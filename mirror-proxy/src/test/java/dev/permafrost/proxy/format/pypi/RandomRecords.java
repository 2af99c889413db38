package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.format.pypi.FileRecord.CoreMetadata;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Pages of every shape that the records allow, from a seed. */
final class RandomRecords {
    private static final List<String> TEXTS = List.of(
            "", ">=3.8", ">=3.9,<4", "broken <b>&amp;\"'", "ü€😀", "a\tb\nc", "2026-01-01T00:00:00.000000Z", " ");
    private static final List<String> TIMES = List.of(
            "2026-01-31T23:59:59.999999Z",
            "1969-12-31T23:59:59.000001Z",
            "0000-01-01T00:00:00.000000Z",
            "9999-12-31T23:59:59.123456Z",
            "2026-01-31T23:59:60.000000Z",
            "2026-02-30T00:00:00.000000Z",
            "2026-01-31T23:59:59Z",
            "2026-01-31T23:59:59.999Z",
            "2026-01-31t23:59:59.999999z",
            "yesterday",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxx");

    private static final List<Algorithm> ALGORITHMS = List.of(Algorithm.values());

    private final Random random;

    RandomRecords(long seed) {
        random = new Random(seed);
    }

    /** A page of at most that many files. */
    ProjectPage page(int filesMax) {
        int count = random.nextInt(filesMax + 1);
        List<FileRecord> files = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            files.add(file(i));
        }
        List<String> versions = new ArrayList<>();
        for (int i = random.nextInt(20); i > 0; i--) {
            versions.add("1." + i);
        }
        ProjectPage.Header header = new ProjectPage.Header(
                new ProjectName("demo-" + random.nextInt(100)),
                "1." + random.nextInt(9),
                maybe("archived"),
                maybe(text()),
                versions,
                random.nextBoolean() ? -1 : random.nextLong() >>> 1,
                maybe("W/\"" + random.nextInt() + "\""),
                maybe(text()),
                Instant.ofEpochSecond(random.nextLong() % 4_000_000_000L, random.nextInt(1_000_000_000)),
                random.nextBoolean() ? IndexFormat.HTML : IndexFormat.JSON,
                count,
                maybe("https://" + text()));
        return new ProjectPage(header, files);
    }

    private FileRecord file(int i) {
        String name = (random.nextBoolean() ? "demo-1." : "dé mo+x!-1.") + i + ".tar.gz";
        return new FileRecord(
                name,
                url(name),
                digests(4),
                maybe(text()),
                maybe(text()),
                random.nextInt(4) == 0 ? -1 : random.nextLong() >>> (1 + random.nextInt(63)),
                maybe(TIMES.get(random.nextInt(TIMES.size()))),
                random.nextBoolean() ? null : new CoreMetadata(digests(2)),
                random.nextInt(3) == 0 ? null : (Boolean) random.nextBoolean(),
                maybe("https://pypi.org/integrity/demo/1/" + name + "/provenance"));
    }

    private String url(String name) {
        String segment = random.nextInt(3) == 0 ? "download" : PercentCoding.encoded(name);
        String hex = HexFormat.of().formatHex(bytes(32));
        return switch (random.nextInt(6)) {
            case 0 -> "https://h.example/simple/demo/" + segment;
            case 1 -> "http://h.example/" + segment + "?a=" + random.nextInt() + "/" + segment;
            case 2 -> "https://h.example/packages/" + split(hex.toUpperCase(Locale.ROOT)) + segment;
            case 3 -> "https://h.example/packages/" + split(hex.substring(2)) + segment;
            case 4 -> "https://h.example/packages/" + hex.substring(0, 3) + "/" + hex.substring(3) + "//" + segment;
            default -> "https://files.pythonhosted.org/packages/" + split(hex) + segment;
        };
    }

    private static String split(String hex) {
        return hex.substring(0, 2) + "/" + hex.substring(2, 4) + "/" + hex.substring(4) + "/";
    }

    private Map<Algorithm, Digest> digests(int max) {
        Map<Algorithm, Digest> digests = new EnumMap<>(Algorithm.class);
        for (int i = random.nextInt(max); i > 0; i--) {
            Algorithm algorithm = ALGORITHMS.get(random.nextInt(ALGORITHMS.size()));
            digests.put(algorithm, Digest.of(algorithm, bytes(algorithm.lengthBytes())));
        }
        return digests;
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private String text() {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private @Nullable String maybe(String text) {
        return random.nextBoolean() ? null : text;
    }
}
