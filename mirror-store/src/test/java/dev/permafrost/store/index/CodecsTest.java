package dev.permafrost.store.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Rows say what was written, or that they can't be read; never anything else. */
class CodecsTest {
    private static final int ROUNDS = 500;

    /** What turns a value into bytes and back, and a maker of random values. */
    private record Codec<T>(
            String name, Function<Random, T> random, Function<T, byte[]> encode, Function<byte[], T> decode) {
        void roundTrip(Random random) {
            T value = this.random.apply(random);
            assertThat(decode.apply(encode.apply(value))).as(name).isEqualTo(value);
        }

        byte[] some(Random random) {
            return encode.apply(this.random.apply(random));
        }
    }

    private static final Codec<?>[] CODECS = {
        new Codec<>("entry", CodecsTest::entry, EntryCodec::encode, EntryCodec::decode),
        new Codec<>("blob", CodecsTest::blob, BlobRecordCodec::encode, BlobRecordCodec::decode),
        new Codec<>("partial", CodecsTest::partial, PartialCodec::encode, PartialCodec::decode),
        new Codec<>(
                "record",
                random -> new EntryRecord(new ArtifactKey("r" + text(random), "k" + text(random)), entry(random)),
                EntryRecord::encode,
                EntryRecord::decode),
    };

    private static Entry entry(Random random) {
        return new Entry(
                digest(random, Algorithm.SHA256),
                size(random),
                Verification.ofCode(1 + random.nextInt(Verification.values().length)),
                Instant.ofEpochMilli(random.nextLong()),
                text(random));
    }

    private static BlobRecord blob(Random random) {
        Map<Algorithm, Digest> digests = new EnumMap<>(Algorithm.class);
        for (Algorithm algorithm : Algorithm.values()) {
            if (random.nextBoolean()) {
                digests.put(algorithm, digest(random, algorithm));
            }
        }
        return new BlobRecord(size(random), digests, Instant.ofEpochMilli(size(random)));
    }

    private static Partial partial(Random random) {
        return new Partial(text(random), text(random), text(random), size(random), Instant.ofEpochMilli(size(random)));
    }

    private static long size(Random random) {
        return random.nextLong() >>> (1 + random.nextInt(63));
    }

    private static Digest digest(Random random, Algorithm algorithm) {
        byte[] bytes = new byte[algorithm.lengthBytes()];
        random.nextBytes(bytes);
        return Digest.of(algorithm, bytes);
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(40); i > 0; i--) {
            text.appendCodePoint(
                    switch (random.nextInt(4)) {
                        case 0 -> 1 + random.nextInt(0x7f);
                        case 1 -> 0x80 + random.nextInt(0x700);
                        case 2 -> 0x1f600 + random.nextInt(80);
                        default -> 'a' + random.nextInt(26);
                    });
        }
        return text.toString();
    }

    @Test
    void everyValueComesBack() {
        Random random = new Random(1);
        for (Codec<?> codec : CODECS) {
            for (int i = 0; i < ROUNDS; i++) {
                codec.roundTrip(random);
            }
        }
    }

    @Test
    void aLaterVersionIsTooNewAndVersionZeroIsCorrupt() {
        Random random = new Random(2);
        for (Codec<?> codec : Arrays.asList(CODECS).subList(0, 3)) {
            byte[] row = codec.some(random);
            row[0] = 2;
            assertKind(FailureKind.STORE_TOO_NEW, codec, row);
            row[0] = (byte) 0xff;
            assertKind(FailureKind.STORE_TOO_NEW, codec, row);
            row[0] = 0;
            assertKind(FailureKind.STORE_CORRUPT, codec, row);
        }
    }

    @Test
    void everyTruncationAndEveryExcessIsCorrupt() {
        Random random = new Random(3);
        for (Codec<?> codec : CODECS) {
            for (int i = 0; i < 20; i++) {
                byte[] row = codec.some(random);
                for (int length = 0; length < row.length; length++) {
                    assertKind(FailureKind.STORE_CORRUPT, codec, Arrays.copyOf(row, length));
                }
                assertKind(FailureKind.STORE_CORRUPT, codec, Arrays.copyOf(row, row.length + 1));
            }
        }
    }

    @Test
    void damageIsCorruptOrUnnoticedButNeverAnotherFailure() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            for (Codec<?> codec : CODECS) {
                for (int i = 0; i < ROUNDS; i++) {
                    byte[] row = codec.some(random);
                    for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                        row[random.nextInt(row.length)] = (byte) random.nextInt(256);
                    }
                    decodeOrRefuse(codec, row, seed);
                    byte[] noise = new byte[random.nextInt(80)];
                    random.nextBytes(noise);
                    decodeOrRefuse(codec, noise, seed);
                    if (noise.length > 0) {
                        noise[0] = 1;
                        decodeOrRefuse(codec, noise, seed);
                    }
                }
            }
        }
    }

    private static void decodeOrRefuse(Codec<?> codec, byte[] row, long seed) {
        try {
            Object unused = codec.decode().apply(row);
        } catch (StoreException e) {
            assertThat(e.kind()).isIn(FailureKind.STORE_CORRUPT, FailureKind.STORE_TOO_NEW);
        } catch (RuntimeException e) {
            throw new AssertionError(codec.name() + " of seed " + seed + ": " + Arrays.toString(row), e);
        }
    }

    private static void assertKind(FailureKind kind, Codec<?> codec, byte[] row) {
        assertThatThrownBy(() -> codec.decode().apply(row))
                .as("%s %s", codec.name(), Arrays.toString(row))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void aRowOnDiskStaysAsVersionOneWroteIt() {
        Entry entry = new Entry(
                Digest.of(Algorithm.SHA256, new byte[32]), 300, Verification.LENGTH, Instant.ofEpochMilli(1), "u");
        byte[] expected = new byte[1 + 1 + 32 + 2 + 1 + 1 + 2];
        expected[0] = 1;
        expected[1] = 1;
        expected[34] = (byte) 0xac;
        expected[35] = 2;
        expected[36] = 3;
        expected[37] = 1;
        expected[38] = 1;
        expected[39] = 'u';
        assertThat(EntryCodec.encode(entry)).isEqualTo(expected);
    }

    @Test
    void keysComeBackAndDamagedOnesAreCorrupt() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            for (int i = 0; i < ROUNDS; i++) {
                ArtifactKey key = new ArtifactKey("r" + text(random), "k" + text(random));
                assertThat(Keys.entryKey(Keys.entry(key))).isEqualTo(key);
                assertThat(Keys.partialKey(Keys.partial(key))).isEqualTo(key);
                DocKey doc = new DocKey(key.repository(), "kind", key.key());
                int chunk = random.nextInt() >>> 1;
                assertThat(Keys.docKeyOf(doc.repository(), doc.kind(), Keys.docChunk(doc, chunk)))
                        .isEqualTo(doc.key());
                assertThat(Keys.docChunkOf(Keys.docChunk(doc, chunk))).isEqualTo(chunk);
                byte[] noise = new byte[random.nextInt(12)];
                random.nextBytes(noise);
                for (Function<byte[], Object> decode : Arrays.<Function<byte[], Object>>asList(
                        Keys::entryKey,
                        Keys::partialKey,
                        Keys::blobDigest,
                        Keys::docChunkOf,
                        row -> Keys.docKeyOf("pypi", "project", row))) {
                    decodeOrRefuse(new Codec<>("key", r -> "", x -> new byte[0], decode), noise, seed);
                }
            }
        }
    }

    @Test
    void aKeyIsOrderedBeforeThoseItIsAPrefixOfAndAfterItsRepository() {
        byte[] a = Keys.entry(new ArtifactKey("a", "z"));
        byte[] ab = Keys.entry(new ArtifactKey("ab", "a"));
        assertThat(Arrays.compareUnsigned(a, ab)).isNegative();
        assertThat(new String(a, UTF_8)).isEqualTo("a\0z");
    }

    @Test
    void keysThatWouldShareARowAreRefused() {
        for (String bad : new String[] {"", "a\0b", "\ud800", "a\ud800", "\udc00a", "\udc00\ud800"}) {
            assertThat(ArtifactKey.isKeyPart(bad)).isFalse();
            assertThatThrownBy(() -> new ArtifactKey("pypi", bad)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new ArtifactKey(bad, "key")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new DocKey("pypi", "project", bad)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(ArtifactKey.isKeyPart("\ud83d\ude00")).isTrue();
        assertThatThrownBy(() -> new ArtifactKey("pypi", "x".repeat(ArtifactKey.KEY_CHARS_MAX + 1)))
                .hasMessageContaining("4096");
    }
}
