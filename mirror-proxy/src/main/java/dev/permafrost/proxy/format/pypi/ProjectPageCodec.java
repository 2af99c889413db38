package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.format.pypi.FileRecord.CoreMetadata;
import dev.permafrost.proxy.format.pypi.ProjectPage.Header;
import dev.permafrost.store.index.RowReader;
import dev.permafrost.store.index.RowWriter;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/*
 * Chunk 0 is the header, every other one holds up to 256 files and can be read without the others. A chunk of files is
 *
 *     version | number of files | length of numbers | length of texts | numbers | texts | digests
 *
 * so that ZSTD sees like beside like and the bytes that no compressor can shrink stand by themselves. Texts that repeat
 * within a chunk (URL prefixes, requires-python, reasons) are written once and then named by their number. PyPI's URLs
 * end in aa/bb/60 digits/file name: 32 raw bytes and nothing else. Upload times in PyPI's form are differences in
 * microseconds, since the files of a release follow one another.
 */
/** Turns a project's page into rows of the index and back. Rows are versioned by their first byte. */
final class ProjectPageCodec {
    /** Most files in a chunk. */
    static final int CHUNK_FILES_MAX = 256;

    private static final String WHAT = "project page";
    private static final int VERSION = 1;
    /** The header's; version 1 does not say which index the page is of. */
    private static final int HEADER_VERSION = 2;

    private static final HexFormat HEX = HexFormat.of();

    /** aa/bb/60 digits/ */
    private static final int HEX_PATH_CHARS = 67;

    private static final int HEX_PATH = 1;
    private static final int PLAIN_NAME = 1 << 1;
    private static final int REQUIRES_PYTHON = 1 << 2;
    private static final int YANKED = 1 << 3;
    private static final int SIZE = 1 << 4;
    private static final int TIME_MICROS = 1 << 5;
    private static final int TIME_TEXT = 1 << 6;
    private static final int CORE_METADATA = 1 << 7;
    private static final int GPG_SIG_TOLD = 1 << 8;
    private static final int GPG_SIG = 1 << 9;
    private static final int PROVENANCE = 1 << 10;
    private static final int FLAGS_MAX = (1 << 11) - 1;

    private ProjectPageCodec() {}

    /** How many chunks of files follow the header of a page with that many files. */
    static int chunksOf(int files) {
        return (files + CHUNK_FILES_MAX - 1) / CHUNK_FILES_MAX;
    }

    /** The page as chunks: the header, then its files in order. */
    static List<byte[]> encoded(ProjectPage page) {
        List<byte[]> chunks = new ArrayList<>(1 + chunksOf(page.files().size()));
        chunks.add(encoded(page.header()));
        List<FileRecord> files = page.files();
        for (int start = 0; start < files.size(); start += CHUNK_FILES_MAX) {
            ChunkWriter chunk = new ChunkWriter();
            List<FileRecord> part = files.subList(start, Math.min(start + CHUNK_FILES_MAX, files.size()));
            part.forEach(chunk::file);
            chunks.add(chunk.bytes(part.size()));
        }
        return chunks;
    }

    /** The header alone: all that is written anew when upstream confirms a page. */
    static byte[] encoded(Header header) {
        Instant fetchedAt = header.fetchedAt();
        RowWriter row = new RowWriter(HEADER_VERSION)
                .text(header.project().value())
                .text(header.apiVersion())
                .optional(header.status())
                .optional(header.statusReason())
                .signed(header.lastSerial())
                .optional(header.etag())
                .optional(header.lastModified())
                .signed(fetchedAt.getEpochSecond())
                .number(fetchedAt.getNano())
                .number(header.format().code())
                .number(header.filesCount())
                .number(header.versions().size());
        header.versions().forEach(row::text);
        return row.optional(header.index()).bytes();
    }

    /**
     * The header in chunk 0 of that project's page.
     *
     * @throws StoreException of kind {@link FailureKind#STORE_TOO_NEW} or {@link FailureKind#STORE_CORRUPT}
     */
    static Header header(ProjectName project, byte[] chunk) {
        return decoded(project, chunk, () -> {
            RowReader row = new RowReader(WHAT, chunk, 1, chunk.length);
            ProjectName named = new ProjectName(row.text());
            if (!named.equals(project)) {
                throw new IllegalArgumentException("it is the row of project " + named);
            }
            String apiVersion = row.text();
            String status = row.optional();
            String statusReason = row.optional();
            long lastSerial = row.signed();
            String etag = row.optional();
            String lastModified = row.optional();
            Instant fetchedAt = Instant.ofEpochSecond(row.signed(), row.count(999_999_999));
            IndexFormat format = IndexFormat.ofCode(row.count(Byte.MAX_VALUE));
            int filesCount = row.count(Integer.MAX_VALUE);
            int versionsCount = row.count(row.remaining());
            List<String> versions = new ArrayList<>(versionsCount);
            for (int i = 0; i < versionsCount; i++) {
                versions.add(row.text());
            }
            String index = chunk[0] < HEADER_VERSION ? null : row.optional();
            row.end();
            return new Header(
                    project,
                    apiVersion,
                    status,
                    statusReason,
                    versions,
                    lastSerial,
                    etag,
                    lastModified,
                    fetchedAt,
                    format,
                    filesCount,
                    index);
        });
    }

    /**
     * The files in another chunk of that project's page.
     *
     * @throws StoreException of kind {@link FailureKind#STORE_TOO_NEW} or {@link FailureKind#STORE_CORRUPT}
     */
    static List<FileRecord> files(ProjectName project, byte[] chunk) {
        return decoded(project, chunk, () -> {
            if (chunk[0] != VERSION) {
                throw new IllegalArgumentException("it has format version " + chunk[0]);
            }
            return new ChunkReader(chunk).files();
        });
    }

    private static <T> T decoded(ProjectName project, byte[] chunk, Supplier<T> decoding) {
        if (chunk.length == 0) {
            throw corrupt(project, "it is empty", null);
        }
        if (chunk[0] > HEADER_VERSION) {
            throw new StoreException(
                    FailureKind.STORE_TOO_NEW,
                    "the index row of project " + project + " has format version " + chunk[0]
                            + ", this Permafrost reads up to " + HEADER_VERSION
                            + ": use the version that wrote the store");
        }
        if (chunk[0] < 1) {
            throw corrupt(project, "it has format version " + chunk[0], null);
        }
        try {
            return decoding.get();
        } catch (IllegalArgumentException | DateTimeException | StoreException e) {
            throw corrupt(project, String.valueOf(e.getMessage()), e);
        }
    }

    private static StoreException corrupt(ProjectName project, String why, @Nullable Throwable cause) {
        return new StoreException(
                FailureKind.STORE_CORRUPT, "the index row of project " + project + " can't be read: " + why, cause);
    }

    /** Writes one chunk of files. */
    private static final class ChunkWriter {
        private final RowWriter numbers = new RowWriter();
        private final RowWriter texts = new RowWriter();
        private final RowWriter digests = new RowWriter();
        private final Map<String, Integer> shared = new HashMap<>();
        private long lastMicros;

        /** Writes one file. */
        void file(FileRecord file) {
            String url = file.url();
            int name = url.lastIndexOf('/') + 1;
            boolean plainName = url.startsWith(file.filename(), name)
                    && url.length() == name + file.filename().length();
            byte[] hexPath = hexPath(url, name);
            Long micros = micros(file.uploadTime());
            numbers.number(flags(file, plainName, hexPath != null, micros));
            texts.text(file.filename());
            share(url.substring(0, hexPath == null ? name : name - HEX_PATH_CHARS));
            if (hexPath != null) {
                digests.append(hexPath);
            }
            if (!plainName) {
                texts.text(url.substring(name));
            }
            digests(file.digests());
            if (file.requiresPython() != null) {
                share(file.requiresPython());
            }
            if (file.yanked() != null) {
                share(file.yanked());
            }
            if (file.sizeBytes() >= 0) {
                numbers.number(file.sizeBytes());
            }
            if (micros != null) {
                numbers.signed(micros - lastMicros);
                lastMicros = micros;
            } else if (file.uploadTime() != null) {
                texts.text(file.uploadTime());
            }
            if (file.coreMetadata() != null) {
                digests(file.coreMetadata().digests());
            }
            if (file.provenance() != null) {
                texts.text(file.provenance());
            }
        }

        private static int flags(FileRecord file, boolean plainName, boolean hexPath, @Nullable Long micros) {
            return (hexPath ? HEX_PATH : 0)
                    | (plainName ? PLAIN_NAME : 0)
                    | (file.requiresPython() != null ? REQUIRES_PYTHON : 0)
                    | (file.yanked() != null ? YANKED : 0)
                    | (file.sizeBytes() >= 0 ? SIZE : 0)
                    | (micros != null ? TIME_MICROS : 0)
                    | (micros == null && file.uploadTime() != null ? TIME_TEXT : 0)
                    | (file.coreMetadata() != null ? CORE_METADATA : 0)
                    | (file.gpgSig() != null ? GPG_SIG_TOLD : 0)
                    | (Boolean.TRUE.equals(file.gpgSig()) ? GPG_SIG : 0)
                    | (file.provenance() != null ? PROVENANCE : 0);
        }

        /** The digits of aa/bb/rest/ before the name; null if that is not what stands there, digit by digit. */
        private static byte @Nullable [] hexPath(String url, int name) {
            if (name < HEX_PATH_CHARS) {
                return null;
            }
            String path = url.substring(name - HEX_PATH_CHARS, name);
            String digits = path.replace("/", "");
            if (digits.length() != 64 || !digits.chars().allMatch(HexFormat::isHexDigit)) {
                return null;
            }
            byte[] bytes = HEX.parseHex(digits);
            return pathOf(bytes).equals(path) ? bytes : null;
        }

        private void digests(Map<Algorithm, Digest> map) {
            numbers.number(map.size());
            map.forEach((algorithm, digest) -> {
                numbers.number(algorithm.code());
                digests.append(digest.bytes());
            });
        }

        private void share(String text) {
            Integer known = shared.putIfAbsent(text, shared.size() + 1);
            if (known == null) {
                numbers.number(0);
                texts.text(text);
            } else {
                numbers.number(known);
            }
        }

        /** Everything written, for that many files. */
        byte[] bytes(int files) {
            byte[] first = numbers.bytes();
            byte[] second = texts.bytes();
            return new RowWriter(VERSION)
                    .number(files)
                    .number(first.length)
                    .number(second.length)
                    .append(first)
                    .append(second)
                    .append(digests.bytes())
                    .bytes();
        }
    }

    /** Reads one chunk of files. */
    private static final class ChunkReader {
        private final int count;
        private final RowReader numbers;
        private final RowReader texts;
        private final RowReader digests;
        private final List<String> shared = new ArrayList<>();
        private long lastMicros;

        /** Reads that chunk, whose first byte has been. */
        ChunkReader(byte[] chunk) {
            RowReader row = new RowReader(WHAT, chunk, 1, chunk.length);
            count = row.count(CHUNK_FILES_MAX);
            int numbersLength = row.count(chunk.length);
            int textsLength = row.count(chunk.length);
            numbers = row.section(numbersLength);
            texts = row.section(textsLength);
            digests = row.section(row.remaining());
        }

        /** The files, in order. */
        List<FileRecord> files() {
            List<FileRecord> files = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                files.add(file());
            }
            numbers.end();
            texts.end();
            digests.end();
            return files;
        }

        private FileRecord file() {
            int flags = numbers.count(FLAGS_MAX);
            String filename = texts.text();
            String prefix = shared();
            String hexPath = has(flags, HEX_PATH) ? pathOf(digests.raw(32)) : "";
            String url = prefix + hexPath + (has(flags, PLAIN_NAME) ? filename : texts.text());
            return new FileRecord(
                    filename,
                    url,
                    digests(),
                    has(flags, REQUIRES_PYTHON) ? shared() : null,
                    has(flags, YANKED) ? shared() : null,
                    has(flags, SIZE) ? numbers.number() : -1,
                    uploadTime(flags),
                    has(flags, CORE_METADATA) ? new CoreMetadata(digests()) : null,
                    has(flags, GPG_SIG_TOLD) ? (Boolean) has(flags, GPG_SIG) : null,
                    has(flags, PROVENANCE) ? texts.text() : null);
        }

        private static boolean has(int flags, int flag) {
            return (flags & flag) != 0;
        }

        private @Nullable String uploadTime(int flags) {
            if (has(flags, TIME_MICROS)) {
                lastMicros += numbers.signed();
                return time(lastMicros);
            }
            return has(flags, TIME_TEXT) ? texts.text() : null;
        }

        private Map<Algorithm, Digest> digests() {
            int size = numbers.count(Algorithm.values().length);
            if (size == 0) {
                return Map.of();
            }
            Map<Algorithm, Digest> map = new EnumMap<>(Algorithm.class);
            for (int i = 0; i < size; i++) {
                Algorithm algorithm = Algorithm.ofCode(numbers.count(Integer.MAX_VALUE));
                map.put(algorithm, Digest.of(algorithm, digests.raw(algorithm.lengthBytes())));
            }
            return map;
        }

        private String shared() {
            int known = numbers.count(shared.size());
            if (known == 0) {
                shared.add(texts.text());
                return shared.get(shared.size() - 1);
            }
            return shared.get(known - 1);
        }
    }

    /** {@code aa/bb/60 digits/} of 32 bytes. */
    private static String pathOf(byte[] bytes) {
        String digits = HEX.formatHex(bytes);
        return digits.substring(0, 2) + "/" + digits.substring(2, 4) + "/" + digits.substring(4) + "/";
    }

    /** Microseconds since 1970 of a time in PyPI's form, null for any text that they would not give back exactly. */
    private static @Nullable Long micros(@Nullable String text) {
        if (text == null || text.length() != 27) {
            return null;
        }
        try {
            // by hand, since Instant.parse makes a formatter for each text
            LocalDateTime time = LocalDateTime.of(
                    number(text, 0, 4),
                    number(text, 5, 7),
                    number(text, 8, 10),
                    number(text, 11, 13),
                    number(text, 14, 16),
                    number(text, 17, 19));
            long micros = time.toEpochSecond(ZoneOffset.UTC) * 1_000_000 + number(text, 20, 26);
            return time(micros).equals(text) ? micros : null;
        } catch (NumberFormatException | DateTimeException e) {
            return null;
        }
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }

    /** {@code 2026-01-31T23:59:59.000001Z}. */
    private static String time(long micros) {
        LocalDateTime time = LocalDateTime.ofEpochSecond(
                Math.floorDiv(micros, 1_000_000L), (int) Math.floorMod(micros, 1_000_000L) * 1000, ZoneOffset.UTC);
        StringBuilder text = new StringBuilder(27);
        padded(text, time.getYear(), 4).append('-');
        padded(text, time.getMonthValue(), 2).append('-');
        padded(text, time.getDayOfMonth(), 2).append('T');
        padded(text, time.getHour(), 2).append(':');
        padded(text, time.getMinute(), 2).append(':');
        padded(text, time.getSecond(), 2).append('.');
        return padded(text, time.getNano() / 1000, 6).append('Z').toString();
    }

    private static StringBuilder padded(StringBuilder text, int number, int digits) {
        int least = 1;
        for (int i = 1; i < digits; i++) {
            least *= 10;
        }
        for (; number < least && least > 1; least /= 10) {
            text.append('0');
        }
        return text.append(number);
    }
}
