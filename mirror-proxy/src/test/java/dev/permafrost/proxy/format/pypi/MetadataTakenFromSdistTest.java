package dev.permafrost.proxy.format.pypi;

import static dev.permafrost.proxy.testing.TinySdist.entry;
import static dev.permafrost.proxy.testing.TinySdist.file;
import static dev.permafrost.proxy.testing.TinySdist.gzip;
import static dev.permafrost.proxy.testing.TinySdist.pax;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import dev.permafrost.proxy.format.pypi.WheelMetadata.RefusedException;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.TinySdist;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;
import org.tukaani.xz.XZOutputStream;

/** The PKG-INFO of a source distribution, byte by byte, and what becomes of those that are broken or lie. */
class MetadataTakenFromSdistTest {
    private static final byte[] INFO = "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\n".getBytes(UTF_8);
    private static final String AT = "demo-1.0/PKG-INFO";

    /** An archive of each form that Python writes, with long names and others, times in fractions, and the metadata last. */
    private static final String TARS = """
            import io, sys, tarfile
            for name in ('USTAR', 'GNU', 'PAX'):
                with tarfile.open('%s/' + name + '.tar.gz', 'w:gz', format=getattr(tarfile, name + '_FORMAT')) as tar:
                    folder = tarfile.TarInfo('demo-1.0'); folder.type = tarfile.DIRTYPE; tar.addfile(folder)
                    link = tarfile.TarInfo('demo-1.0/link'); link.type = tarfile.SYMTYPE; link.linkname = 'x' * 90
                    tar.addfile(link)
                    for path in ('demo-1.0/' + 'long/' * 25 + 'PKG-INFO', 'demo-1.0/sn\\u00f6.py', 'demo-1.0/PKG-INFO'):
                        data = b'Metadata-Version: 2.2\\nName: demo\\nVersion: 1.0\\n' * (1 if path == 'demo-1.0/PKG-INFO' else 900)
                        info = tarfile.TarInfo(path); info.size = len(data); info.mtime = 1.5
                        tar.addfile(info, io.BytesIO(data))
            """;

    @TempDir
    Path folder;

    @Test
    void ofAnArchiveAsItIs() throws Exception {
        TinySdist sdist = TinySdist.of("demo", "1.0").field("Requires-Dist", "other>=2");
        assertThat(taken(sdist.bytes())).isEqualTo(sdist.pkgInfo());
    }

    @Test
    void ofEveryFormThatPythonWrites() throws Exception {
        Pips.newest()
                .orElseThrow()
                .target(folder)
                .python(Duration.ofMinutes(1), TARS.formatted(folder))
                .orFail();
        for (String form : new String[] {"USTAR", "GNU", "PAX"}) {
            assertThat(taken(Files.readAllBytes(folder.resolve(form + ".tar.gz"))))
                    .as(form)
                    .isEqualTo(INFO);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Demo-1.0", "demo-1!2.0+local", "DEMO-anything"})
    void whateverItsFolderCallsTheProject(String called) throws Exception {
        assertThat(taken(gzip(file(called + "/PKG-INFO", INFO)))).isEqualTo(INFO);
    }

    @Test
    void ofAZipArchiveOfOlderTimes() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String path : new String[] {"demo-1.0/demo.egg-info/PKG-INFO", AT, "PKG-INFO"}) {
                zip.putNextEntry(new ZipEntry(path));
                zip.write(path.equals(AT) ? INFO : new byte[100]);
                zip.closeEntry();
            }
        }
        assertThat(taken(bytes.toByteArray(), "demo-1.0.zip")).isEqualTo(INFO);
    }

    @Test
    void ofSeveralMembersOfGzip() throws Exception {
        byte[] tar = new byte[0];
        for (byte[] one : new byte[][] {file("demo-1.0/x", new byte[3000]), file(AT, INFO), new byte[1024]}) {
            ByteArrayOutputStream member = new ByteArrayOutputStream();
            try (GZIPOutputStream out = new GZIPOutputStream(member)) {
                out.write(one);
            }
            int before = tar.length;
            tar = Arrays.copyOf(tar, before + member.size());
            System.arraycopy(member.toByteArray(), 0, tar, before, member.size());
        }
        assertThat(taken(tar)).isEqualTo(INFO);
    }

    @Test
    void ofTheTopAlone() {
        refused("it has no PKG-INFO", file("PKG-INFO", INFO));
        refused("it has no PKG-INFO", file("demo-1.0/demo/PKG-INFO", INFO));
        refused("it has no PKG-INFO", file("other-1.0/PKG-INFO", INFO));
        refused("it has no PKG-INFO", file("demo-1.0/PKG-INFO.txt", INFO));
    }

    /** Of two, or of one that has two names, nobody knows which one counts. */
    @Test
    void ofSeveralNone() {
        refused("it has two PKG-INFO", file(AT, INFO), file(AT, INFO));
        refused("it has two PKG-INFO", file(AT, INFO), file("demo-2.0/PKG-INFO", INFO));
        refused("its PKG-INFO has a name that is not plain", file(AT, INFO), file("./" + AT, INFO));
        refused("its PKG-INFO has a name that is not plain", file(AT, INFO), file("demo-1.0//PKG-INFO", INFO));
        refused("its PKG-INFO has a name that is not plain", file("x/../" + AT, INFO));
        refused("it has two PKG-INFO", file(AT, INFO), pax('x', "path=" + AT), file("demo-1.0/x", INFO));
        refused(
                "it has two PKG-INFO",
                file(AT, INFO),
                entry("././@LongLink", 'L', (AT + "\0").getBytes(US_ASCII)),
                file("demo-1.0/x", INFO));
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "5"})
    void ofALinkOrAFolderNone(char type) {
        refused("its PKG-INFO is no file", entry(AT, type, new byte[0]));
        refused("a link or a folder in it has bytes of its own", entry("demo-1.0/x", type, INFO));
    }

    @Test
    void noBombGoesOff() throws Exception {
        byte[] long1 = file(AT, new byte[WheelMetadata.BYTES_MAX + 1]);
        refused("its PKG-INFO has more than 8388608 bytes", long1);
        refused("a name in it has more than 65536 bytes", entry("x", 'L', new byte[65537]), file(AT, INFO));
        refused("a name in it has more than 65536 bytes", entry("x", 'x', new byte[65537]), file(AT, INFO));
        // its header says that it is 8 GiB long
        byte[] liar = Arrays.copyOf(entry(AT, '0', new byte[0]), 512);
        Arrays.fill(liar, 124, 135, (byte) '7');
        refused("its PKG-INFO has more than 8388608 bytes", TinySdist.withSum(liar, new byte[0]));
        byte[] other = Arrays.copyOf(entry("demo-1.0/x", '0', new byte[0]), 512);
        Arrays.fill(other, 124, 135, (byte) '7');
        refused("it is cut off", TinySdist.withSum(other, new byte[0]));
        Path bomb = folder.resolve("bomb.tar.gz");
        try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(bomb), 1 << 16)) {
            byte[] header = Arrays.copyOf(entry("demo-1.0/x", '0', new byte[0]), 512);
            Arrays.fill(header, 124, 135, (byte) '7');
            out.write(TinySdist.withSum(header, new byte[0]));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 1025; i++) {
                out.write(zeros);
            }
        }
        assertThat(Files.size(bomb)).isLessThan(2 << 20);
        assertThatThrownBy(() -> taken(bomb, "demo-1.0.tar.gz"))
                .isInstanceOf(RefusedException.class)
                .hasMessageMatching("it unpacks to more than 1073741824 bytes, made of 10\\d{5}, and may have no end");
    }

    /** The ways to pack an archive that installers know, and knew, besides gzip. */
    private enum Packing {
        BZ2("tar.bz2"),
        XZ("tar.xz"),
        LZMA("tar.lzma"),
        ZSTD("tar.zst");

        private final String extension;

        Packing(String extension) {
            this.extension = extension;
        }

        private OutputStream to(OutputStream out) throws IOException {
            return switch (this) {
                case BZ2 -> new BZip2CompressorOutputStream(out);
                case XZ -> new XZOutputStream(out, new LZMA2Options(1));
                case LZMA -> new LZMAOutputStream(out, new LZMA2Options(1), -1);
                case ZSTD -> new ZstdOutputStream(out);
            };
        }

        byte[] pack(InputStream plain) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (OutputStream out = to(bytes)) {
                plain.transferTo(out);
            }
            return bytes.toByteArray();
        }

        String filename() {
            return "demo-1.0." + extension;
        }
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    void packedInOtherWays(Packing packing) throws Exception {
        byte[] tar = file(AT, INFO);
        byte[] whole = packing.pack(new ByteArrayInputStream(tar));
        assertThat(SdistMetadata.isOne(packing.filename())).isTrue();
        assertThat(taken(whole, packing.filename())).isEqualTo(INFO);
        assertThatThrownBy(() -> taken(Arrays.copyOf(whole, whole.length - 6), packing.filename()))
                .isInstanceOf(RefusedException.class);
        Random random = new Random(17);
        for (int i = 0; i < 300; i++) {
            byte[] broken = whole.clone();
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(taken(broken, packing.filename()).length).isLessThanOrEqualTo(WheelMetadata.BYTES_MAX);
            } catch (RefusedException refused) {
                assertThat(refused.getMessage()).isNotEmpty();
            }
        }
        // whatever came of them, the turn of the next one comes
        assertThat(taken(whole, packing.filename())).isEqualTo(INFO);
    }

    /** Of each 64 MiB of zeros and no more is packed, as often as it takes: all three may consist of several parts. */
    @ParameterizedTest
    @EnumSource(value = Packing.class, names = "LZMA", mode = EnumSource.Mode.EXCLUDE)
    void noBombPackedInOtherWaysGoesOff(Packing packing) throws Exception {
        byte[] header = Arrays.copyOf(entry("demo-1.0/x", '0', new byte[0]), 512);
        Arrays.fill(header, 124, 135, (byte) '7');
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        bomb.writeBytes(packing.pack(new ByteArrayInputStream(TinySdist.withSum(header, new byte[0]))));
        byte[] part = packing.pack(new ByteArrayInputStream(new byte[64 << 20]));
        for (int i = 0; i < 17; i++) {
            bomb.writeBytes(part);
        }
        assertThat(bomb.size()).isLessThan(1 << 20);
        assertThatThrownBy(() -> taken(bomb.toByteArray(), packing.filename()))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.isExcessive()).isTrue())
                .hasMessageMatching("it unpacks to more than 1073741824 bytes, made of \\d+, and may have no end");
    }

    /** {@code xz -9} asks for 64 MiB of memory, and some that wish nobody well for up to 4 GiB. */
    @Test
    void noMoreMemoryIsTakenThanTheLargestPresetAsksFor() throws Exception {
        byte[] greedy = new byte[100];
        // an LZMA file's properties, and a dictionary of 1 GiB
        ByteBuffer.wrap(greedy).order(LITTLE_ENDIAN).put((byte) 0x5d).putInt(1 << 30);
        assertThatThrownBy(() -> taken(greedy, "demo-1.0.tar.lzma"))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.isExcessive()).isTrue())
                .hasMessage("to unpack it takes 1024 MiB of memory, and no more than 64 MiB are given to xz;"
                        + " have it compressed with xz -9 or less");
        ByteArrayOutputStream most = new ByteArrayOutputStream();
        try (OutputStream out = new XZOutputStream(most, new LZMA2Options(9))) {
            out.write(file(AT, INFO));
        }
        assertThat(taken(most.toByteArray(), "demo-1.0.tar.xz")).isEqualTo(INFO);
    }

    @Test
    void whatOthersWouldReadOtherwiseIsRefused() {
        refused("a file in it has two sizes", pax('x', "size=1"), file(AT, INFO));
        refused("a file in it has holes", pax('x', "GNU.sparse.major=1"), file(AT, INFO));
        refused("a file in it has holes", entry("demo-1.0/x", 'S', INFO), file(AT, INFO));
        refused("it says something of all files in it that is said of each", pax('g', "path=" + AT), file(AT, INFO));
        refused("a list of attributes in it is broken", entry("x", 'x', "9 a=b\n".getBytes(UTF_8)), file(AT, INFO));
        refused("a list of attributes in it is broken", entry("x", 'x', "a=b\n".getBytes(UTF_8)), file(AT, INFO));
        byte[] binary = Arrays.copyOf(entry(AT, '0', new byte[0]), 512);
        binary[124] = (byte) 0x80;
        refused("a number in it is none, or too large", TinySdist.withSum(binary, new byte[0]));
    }

    @Test
    void whatSaysNothingOfNamesIsPassedOver() throws Exception {
        byte[] sdist = gzip(pax('g', "comment=abc"), pax('x', "mtime=1.5", "size=" + INFO.length), file(AT, INFO));
        assertThat(taken(sdist)).isEqualTo(INFO);
    }

    @Test
    void whatIsBrokenIsSaidPlainly() {
        byte[] whole = TinySdist.of("demo", "1.0").bytes();
        refusedBytes("it is cut off", Arrays.copyOf(whole, whole.length - 20));
        refusedBytes("it can't be unpacked: it is none of gzip, bzip2, xz, lzma and zstd", new byte[100]);
        refusedBytes("it can't be unpacked: it is none of gzip, bzip2, xz, lzma and zstd", new byte[0]);
        byte[] broken = whole.clone();
        broken[whole.length - 6] ^= 1;
        refusedBytes("it can't be unpacked: Corrupt GZIP trailer", broken);
        byte[] header = file(AT, INFO);
        header[0] ^= 1;
        refused("it is no tar archive, or broken", header);
    }

    @Test
    void whoeverClosesTheServerNeedNotWait() throws Exception {
        Path file =
                Files.write(folder.resolve("sdist"), TinySdist.of("demo", "1.0").bytes());
        try (FileChannel channel = FileChannel.open(file)) {
            assertThatThrownBy(() -> SdistMetadata.of(
                            channel, Files.size(file), "demo-1.0.tar.gz", new ProjectName("demo"), () -> true))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the server is closing");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2.2,,true",
        "2.4,,true",
        "2.10,,true",
        "2.1,,false",
        "1.2,,false",
        "3.0,,false",
        ",,false",
        "2.2,License,false"
    })
    void itHoldsForWheelsIfItSaysSo(String version, String dynamic, boolean fixed) {
        String metadata = (version == null ? "" : "Metadata-Version: " + version + "\n")
                + (dynamic == null ? "" : "dynamic: " + dynamic + "\n") + "Name: demo\n\nDynamic: in the text\n";
        assertThat(SdistMetadata.isFixed(MetadataFields.of(metadata.getBytes(UTF_8))))
                .isEqualTo(fixed);
    }

    @Test
    void whateverIsBrokenNothingWorseHappensThanARefusal() throws Exception {
        byte[] tar = file(AT, INFO);
        byte[] before = pax('x', "mtime=1.5", "path=" + AT);
        Random random = new Random(13);
        for (int i = 0; i < 5_000; i++) {
            byte[] header = before.clone();
            byte[] broken = tar.clone();
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                byte[] one = random.nextBoolean() ? broken : header;
                one[random.nextInt(one.length)] = (byte) random.nextInt(256);
            }
            byte[] content = Arrays.copyOfRange(broken, 512, broken.length);
            byte[] packed = gzip(
                    TinySdist.withSum(Arrays.copyOf(header, 512), Arrays.copyOfRange(header, 512, header.length)),
                    TinySdist.withSum(Arrays.copyOf(broken, 512), content));
            try {
                assertThat(taken(packed).length).isLessThanOrEqualTo(WheelMetadata.BYTES_MAX);
            } catch (RefusedException refused) {
                assertThat(refused.getMessage()).isNotEmpty();
            }
        }
    }

    private void refused(String why, byte[]... entries) {
        refusedBytes(why, gzip(entries));
    }

    private void refusedBytes(String why, byte[] sdist) {
        assertThatThrownBy(() -> taken(sdist))
                .isInstanceOf(RefusedException.class)
                .hasMessage(why);
    }

    private byte[] taken(byte[] sdist) throws IOException, RefusedException {
        return taken(sdist, "demo-1.0.tar.gz");
    }

    private byte[] taken(byte[] sdist, String filename) throws IOException, RefusedException {
        return taken(Files.write(folder.resolve("sdist"), sdist), filename);
    }

    private static byte[] taken(Path file, String filename) throws IOException, RefusedException {
        try (FileChannel channel = FileChannel.open(file)) {
            return SdistMetadata.of(channel, Files.size(file), filename, new ProjectName("demo"), () -> false);
        }
    }
}
