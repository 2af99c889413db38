package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed metadata is opened by what it is, not by what it is called, and can't fill the memory or the disk. */
class KindToldByFirstBytesTest {
    private static final byte[] TEXT =
            "<metadata>läßt sich packen</metadata>".repeat(1000).getBytes(UTF_8);
    private static final long LIMIT = 64L << 20;

    private static InputStream open(InputStream file) throws IOException {
        return Decompressed.open(file, "the file", LIMIT);
    }

    private static byte[] unpack(byte[] file) throws IOException {
        try (InputStream open = open(new ByteArrayInputStream(file))) {
            return open.readAllBytes();
        }
    }

    private static void assertRefused(FailureKind kind, ThrowingCallable reading, String words) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageStartingWith("the file")
                .hasMessageContaining(words);
    }

    @ParameterizedTest
    @EnumSource
    void everyKindIsUnpacked(Packed packed) throws IOException {
        assertThat(unpack(packed.pack(TEXT))).isEqualTo(TEXT);
        assertThat(unpack(packed.pack(new byte[0]))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void piecesInARowAreOneFile(Packed packed) throws IOException {
        ByteArrayOutputStream pieces = new ByteArrayOutputStream();
        for (byte[] piece : new byte[][] {TEXT, new byte[0], TEXT}) {
            pieces.write(packed.pack(piece));
        }
        assertThat(unpack(pieces.toByteArray()))
                .isEqualTo(new String(TEXT, UTF_8).repeat(2).getBytes(UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<", "<?xml version='1.0'?><x/>", "B", "BZ", "plain"})
    void whatIsNotPackedIsAsItIs(String text) throws IOException {
        assertThat(unpack(text.getBytes(UTF_8))).asString(UTF_8).isEqualTo(text);
    }

    @ParameterizedTest
    @EnumSource
    void aFileThatIsCutOffIsRefused(Packed packed) {
        byte[] file = packed.pack(TEXT);
        for (int length = 7; length < file.length; length += 11) {
            byte[] cut = Arrays.copyOf(file, length);
            assertRefused(FailureKind.UPSTREAM_INVALID, () -> unpack(cut), "can't be unpacked");
        }
    }

    @ParameterizedTest
    @EnumSource
    void tenGigabytesOfZerosEndEarly(Packed packed) throws IOException {
        Packed.Repeated zeros = new Packed.Repeated(packed.pack(new byte[1 << 20]), 10L << 10);
        try (InputStream open = open(zeros)) {
            byte[] buffer = new byte[64 << 10];
            assertRefused(
                    FailureKind.UPSTREAM_TOO_LARGE,
                    () -> {
                        while (open.read(buffer) >= 0) {}
                    },
                    "unpacks to more than " + LIMIT + " bytes");
        }
        assertThat(zeros.position()).isLessThan(1 << 20);
    }

    @Test
    void aFileThatUnpacksToNothingForeverEndsEarly() throws IOException {
        Packed.Repeated nothing = new Packed.Repeated(Packed.GZIP.pack(new byte[0]), 1L << 40);
        try (InputStream open = open(nothing)) {
            assertRefused(FailureKind.UPSTREAM_INVALID, open::read, "unpack to nothing");
        }
    }

    @Test
    void exactlyTheLimitIsNotBeyondIt() throws IOException {
        byte[] file = Packed.GZIP.pack(TEXT);
        try (InputStream open = Decompressed.open(new ByteArrayInputStream(file), "the file", TEXT.length)) {
            assertThat(open.readAllBytes()).hasSize(TEXT.length);
        }
        try (InputStream open = Decompressed.open(new ByteArrayInputStream(file), "the file", TEXT.length - 1)) {
            assertRefused(FailureKind.UPSTREAM_TOO_LARGE, open::readAllBytes, "unpacks to more");
        }
    }

    /** What the header of an xz file asks for, without what it would take to write one that does. */
    @ParameterizedTest
    @ValueSource(ints = {31, 36})
    void aHugeDictionaryIsRefused(int dictionary) {
        byte[] file = Packed.XZ.pack(TEXT);
        int header = 12;
        int size = (file[header] + 1) * 4;
        assertThat(file[header + 2]).isEqualTo((byte) 0x21);
        file[header + 4] = (byte) dictionary;
        CRC32 crc = new CRC32();
        crc.update(file, header, size - 4);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(header + size - 4, (int) crc.getValue());
        assertRefused(FailureKind.UPSTREAM_TOO_LARGE, () -> unpack(file), "no more than 128 MiB are given to xz");
    }

    @Test
    void aHugeWindowIsRefused() {
        // a frame that asks for a window of 2 GiB, and has one byte
        byte[] file = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) 0xa8, 9, 0, 0, 'x'};
        assertRefused(FailureKind.UPSTREAM_INVALID, () -> unpack(file), "too much memory");
        file[5] = 0x50;
        assertThat(file)
                .satisfies(small -> assertThat(unpack(small)).asString(UTF_8).isEqualTo("x"));
    }

    @Test
    void zchunkIsNotRead() {
        assertRefused(
                FailureKind.UPSTREAM_INVALID, () -> unpack("\0ZCK1 and more".getBytes(UTF_8)), "record without _zck");
    }

    @ParameterizedTest
    @EnumSource
    void aFileThatCannotBeReadFailsAsItDoes(Packed packed) throws IOException {
        IOException failure = new IOException("the disk is on fire");
        InputStream broken = new FilterInputStream(InputStream.nullInputStream()) {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                throw failure;
            }
        };
        InputStream file =
                new SequenceInputStream(new ByteArrayInputStream(Arrays.copyOf(packed.pack(TEXT), 40)), broken);
        assertThatThrownBy(() -> open(file).readAllBytes()).isSameAs(failure);
    }

    @Test
    void realFilesAreUnpackedWhateverTheyAreCalled() throws IOException {
        for (String name : new String[] {"00_plain", "01_plain"}) {
            byte[] plain = RpmData.bytes("createrepo_c-testdata/compressed_files/" + name + ".txt");
            for (String suffix : new String[] {".txt.gz", ".txt.bz2", ".txt.xz", ".txt.zst"}) {
                byte[] file = RpmData.bytes("createrepo_c-testdata/compressed_files/" + name + suffix);
                assertThat(unpack(file)).as(name + suffix).isEqualTo(plain);
            }
            for (int i = 0; i < 6; i++) {
                byte[] file = RpmData.bytes("createrepo_c-testdata/compressed_files/" + name + ".foo" + i);
                if (file.length > 1 && file[1] == 'Z' && file[0] == 0) {
                    assertRefused(FailureKind.UPSTREAM_INVALID, () -> unpack(file), "zchunk");
                } else {
                    assertThat(unpack(file)).as(name + ".foo" + i).isEqualTo(plain);
                }
            }
        }
        assertRefused(
                FailureKind.UPSTREAM_INVALID,
                () -> unpack(Files.readAllBytes(
                        RpmData.endingWith("-primary.xml.zck").get(0))),
                "zchunk");
    }
}
