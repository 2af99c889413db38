package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.TinyWheel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The METADATA of a wheel, byte by byte, and what becomes of those that are broken or lie. */
class MetadataTakenFromWheelTest {
    private static final byte[] METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n".getBytes(UTF_8);
    private static final String FOLDER = "demo-1.0.dist-info/";
    private static final int END_BYTES = 22;

    @TempDir
    Path folder;

    @Test
    void ofAWheelAsItIs() throws Exception {
        TinyWheel wheel = TinyWheel.of("demo", "1.0").padded(3 << 20, 1).requires("other>=2");
        assertThat(taken(wheel.bytes(), "demo")).isEqualTo(wheel.metadata());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Demo_X-1.0", "demo.x-1!2.0+local", "demo-x-1.0"})
    void whateverItsFolderCallsTheProject(String info) throws Exception {
        byte[] wheel = zip(zip -> put(zip, info + ".dist-info/METADATA", METADATA, ZipEntry.DEFLATED));
        assertThat(taken(wheel, "demo-x")).isEqualTo(METADATA);
    }

    @Test
    void storedOrPackedAmongManyFilesWithACommentBehind() throws Exception {
        byte[] wheel = zip(zip -> {
            for (int i = 0; i < 20_000; i++) {
                put(zip, "demo/" + "x".repeat(i % 100) + i, new byte[0], ZipEntry.DEFLATED);
            }
            put(zip, "demo/" + FOLDER + "METADATA", new byte[] {1}, ZipEntry.DEFLATED);
            put(zip, FOLDER + "METADATA", METADATA, ZipEntry.STORED);
            put(zip, "other-1.0.dist-info/METADATA", new byte[] {2}, ZipEntry.DEFLATED);
            zip.setComment("PK 5 6".repeat(100));
        });
        assertThat(taken(wheel, "demo")).isEqualTo(METADATA);
    }

    @Test
    void moreThan65535FilesAreListedByTheLongerTable() throws Exception {
        byte[] wheel = zip(zip -> {
            for (int i = 0; i < 70_000; i++) {
                put(zip, "demo/" + i, new byte[0], ZipEntry.STORED);
            }
            put(zip, FOLDER + "METADATA", METADATA, ZipEntry.DEFLATED);
        });
        assertThat(taken(wheel, "demo")).isEqualTo(METADATA);
    }

    @Test
    void noneWhereThereIsNone() {
        refused(new byte[0], "it is no ZIP archive");
        refused("<html>not found</html>".getBytes(UTF_8), "it is no ZIP archive");
        refused(zip(zip -> put(zip, "demo/__init__.py", METADATA, ZipEntry.DEFLATED)), "it has no METADATA");
        refused(zip(zip -> put(zip, "x-1.0.dist-info/METADATA", METADATA, ZipEntry.DEFLATED)), "it has no METADATA");
        refused(zip(zip -> put(zip, "demo/demo-1.dist-info/METADATA", METADATA, 8)), "it has no METADATA");
    }

    @Test
    void noneWhereThereAreTwo() {
        byte[] two = zip(zip -> {
            put(zip, FOLDER + "METADATA", METADATA, ZipEntry.DEFLATED);
            put(zip, "demo-2.0.dist-info/METADATA", METADATA, ZipEntry.DEFLATED);
        });
        refused(two, "it has two METADATA");
    }

    @Test
    void noBombGoesOff() {
        byte[] bomb = zip(zip -> put(zip, FOLDER + "METADATA", new byte[WheelMetadata.BYTES_MAX + 1], 8));
        refused(bomb, "its METADATA has more than 8388608 bytes");
        byte[] liar = wheel();
        ByteBuffer table = record(liar);
        refused(
                changed(liar, table.position() + 24, METADATA.length - 1),
                "its METADATA has another size than it says");
        refused(
                changed(liar, table.position() + 24, METADATA.length + 1),
                "its METADATA has another size than it says");
        refused(changed(liar, table.position() + 24, -1), "its METADATA has more than 8388608 bytes");
        refused(changed(liar, table.position() + 20, 1 << 20), "it is cut off, or no ZIP archive");
    }

    @Test
    void noLongerTableOfContentsIsReadThanThatOfAMillionFiles() throws Exception {
        long table = (100L << 20) + 1;
        Path file = folder.resolve("wheel");
        try (FileChannel channel = FileChannel.open(file, CREATE, READ, WRITE)) {
            ByteBuffer end = ByteBuffer.allocate(END_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            end.putInt(0, 0x06054b50).putInt(12, (int) table);
            assertThat(channel.write(end, table)).isEqualTo(END_BYTES);
            assertThatThrownBy(() -> WheelMetadata.of(channel, table + END_BYTES, new ProjectName("demo")))
                    .isInstanceOfSatisfying(
                            WheelMetadata.RefusedException.class,
                            refused -> assertThat(refused.isExcessive()).isTrue())
                    .hasMessage("its table of contents has more than 104857600 bytes");
        }
    }

    @Test
    void whatIsUnpackedToNoEndIsRefusedByItsTableOfContents() throws Exception {
        byte[] wheel = wheel();
        int table = record(wheel).position();
        modest(wheel);
        modest(changed(wheel, table + 24, (1 << 30) - 200));
        immodest(changed(wheel, table + 24, -2));
        // one of 4 GiB and more has its length behind its name, and says so
        byte[] longer = zip(zip -> {
            ZipEntry entry = new ZipEntry(FOLDER + "METADATA");
            byte[] extra = new byte[4 + 8 + 4];
            ByteBuffer.wrap(extra)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putShort((short) 0x6666)
                    .putShort((short) 0)
                    .putShort((short) 0x7777)
                    .putShort((short) 8)
                    .putLong(5);
            entry.setExtra(extra);
            put(zip, entry, METADATA);
        });
        int record = ByteBuffer.wrap(longer).order(ByteOrder.LITTLE_ENDIAN).getInt(longer.length - END_BYTES + 16);
        ByteBuffer bytes = ByteBuffer.wrap(longer).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(record + 24, -1);
        immodest(longer);
        int extra = record + 46 + (FOLDER + "METADATA").length() + 4;
        bytes.putShort(extra, (short) 1);
        modest(longer);
        bytes.putLong(extra + 4, 5L << 30);
        immodest(longer);
        bytes.putLong(extra + 4, -1);
        immodest(longer);
    }

    private void modest(byte[] wheel) throws Exception {
        Path file = Files.write(folder.resolve("wheel"), wheel);
        try (FileChannel channel = FileChannel.open(file)) {
            new ZipTable(channel, wheel.length).requireModest();
        }
    }

    private void immodest(byte[] wheel) {
        assertThatThrownBy(() -> modest(wheel))
                .isInstanceOfSatisfying(
                        WheelMetadata.RefusedException.class,
                        refused -> assertThat(refused.isExcessive()).isTrue())
                .hasMessage(
                        "it unpacks to more than 1073741824 bytes, and to more than 50 times its own " + wheel.length);
    }

    @Test
    void whatIsBrokenIsSaidPlainly() {
        byte[] wheel = wheel();
        int table = record(wheel).position();
        int end = wheel.length - END_BYTES;
        refused(changed(wheel, table + 16, 7), "its METADATA does not match its checksum");
        refused(changed(wheel, table + 42, wheel.length), "it is cut off, or no ZIP archive");
        refused(changed(wheel, table + 42, 1), "its table of contents leads nowhere");
        refused(changed(wheel, table + 10, 12), "its METADATA is packed by method 12, not by deflate");
        refused(changed(wheel, table + 8, 1), "its METADATA is encrypted");
        refused(changed(wheel, table, 0), "its table of contents is broken");
        refused(changed(wheel, end + 12, wheel.length), "its table of contents does not lie where it should");
        refused(changed(wheel, end + 16, 0), "its table of contents does not lie where it should");
    }

    @Test
    void noneOfWhatOthersWouldReadOtherwise() throws Exception {
        byte[] twoEnds = zip(zip -> {
            put(zip, FOLDER + "METADATA", METADATA, ZipEntry.DEFLATED);
            zip.setComment("PK\005\006" + "x".repeat(50));
        });
        refused(twoEnds, "it has more than one end");
        byte[] wheel = wheel();
        byte[] behind = new byte[wheel.length + 10];
        System.arraycopy(wheel, 0, behind, 10, wheel.length);
        refused(behind, "its table of contents does not lie where it should");
    }

    @Test
    void whateverIsBrokenNothingWorseHappensThanARefusal() throws Exception {
        byte[] whole = wheel();
        Random random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            byte[] broken = whole.clone();
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
            }
            try {
                byte[] got = taken(broken, "demo");
                CRC32 crc = new CRC32();
                crc.update(got);
                assertThat(got.length).isLessThanOrEqualTo(WheelMetadata.BYTES_MAX);
            } catch (WheelMetadata.RefusedException refused) {
                assertThat(refused.getMessage()).isNotEmpty();
            }
        }
    }

    private static byte[] wheel() {
        return zip(zip -> {
            put(zip, "demo/__init__.py", new byte[100], ZipEntry.DEFLATED);
            put(zip, FOLDER + "METADATA", METADATA, ZipEntry.DEFLATED);
        });
    }

    /** The table of contents at the METADATA's record. */
    private static ByteBuffer record(byte[] wheel) {
        ByteBuffer bytes = ByteBuffer.wrap(wheel).order(ByteOrder.LITTLE_ENDIAN);
        int at = bytes.getInt(wheel.length - END_BYTES + 16);
        int first = 46 + bytes.getShort(at + 28) + bytes.getShort(at + 30) + bytes.getShort(at + 32);
        return bytes.position(at + first);
    }

    private static byte[] changed(byte[] wheel, int at, int value) {
        byte[] changed = wheel.clone();
        ByteBuffer bytes = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
        boolean isShort =
                at == record(wheel).position() + 8 || at == record(wheel).position() + 10;
        if (isShort) {
            bytes.putShort(at, (short) value);
        } else {
            bytes.putInt(at, value);
        }
        return changed;
    }

    private void refused(byte[] wheel, String why) {
        assertThatThrownBy(() -> taken(wheel, "demo"))
                .isInstanceOf(WheelMetadata.RefusedException.class)
                .hasMessage(why);
    }

    private byte[] taken(byte[] wheel, String project) throws IOException, WheelMetadata.RefusedException {
        Path file = Files.write(folder.resolve("wheel"), wheel);
        try (FileChannel channel = FileChannel.open(file)) {
            return WheelMetadata.of(channel, wheel.length, new ProjectName(project));
        }
    }

    private static byte[] zip(Consumer<ZipOutputStream> content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            content.accept(zip);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    private static void put(ZipOutputStream zip, String name, byte[] bytes, int method) {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(method);
        put(zip, entry, bytes);
    }

    private static void put(ZipOutputStream zip, ZipEntry entry, byte[] bytes) {
        if (entry.getMethod() == ZipEntry.STORED) {
            CRC32 crc = new CRC32();
            crc.update(bytes);
            entry.setSize(bytes.length);
            entry.setCrc(crc.getValue());
        }
        try {
            zip.putNextEntry(entry);
            zip.write(bytes);
            zip.closeEntry();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
