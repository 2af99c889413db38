package dev.permafrost.proxy.format.pypi;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.TinySdist;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.WriteLogin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;
import org.tukaani.xz.XZOutputStream;

/** What is sent has limits of size, packed and unpacked; what is beyond them is refused with the reason, and none of it is kept. */
class UploadsThatAreTooMuchAreRefusedTest {
    private static final int MEBI = 1 << 20;
    private static final long FILE_BYTES_MAX = 40L * MEBI;

    @TempDir
    Path folder;

    private RunningMirror mirror;
    private String login = "";
    private CapturedLog log;

    @BeforeEach
    void start() {
        log = CapturedLog.open();
        WriteLogin writer = WriteLogin.in(folder);
        login = writer.headerLine();
        mirror = RunningMirror.in(folder.resolve("data"))
                .auth(writer.auth())
                .uploads(Records.with(UploadConfig.defaults(), "bytesMax", FILE_BYTES_MAX))
                .start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    private RawHttp.Response send(Form form) {
        return form.post(mirror.port(), "/legacy/", login);
    }

    private RawHttp.Response send(String type, String filename, byte[] bytes) {
        return send(Form.upload("glacier", "1.0", type, bytes).file("content", filename, bytes));
    }

    private void assertTooMuch(RawHttp.Response refused, String why) {
        assertThat(refused.status()).as(refused.body().text()).isEqualTo(413);
        assertThat(refused.body().text()).contains(why);
        assertThat(mirror.get("/simple/glacier/").status()).isEqualTo(404);
        assertThat(mirror.blobs()).isZero();
        assertThat(mirror.staged()).isZero();
    }

    private static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** That, and then these 64 MiB so many times, of which each is a member of its own (RFC 1952). */
    private static byte[] gzip(byte[] first, byte[] block, int times) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(gzip(first));
        byte[] packed = gzip(block);
        for (int i = 0; i < times; i++) {
            all.writeBytes(packed);
        }
        return all.toByteArray();
    }

    private static byte[] xz(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (XZOutputStream xz = new XZOutputStream(bytes, new LZMA2Options(1))) {
            xz.write(plain);
        }
        return bytes.toByteArray();
    }

    /** The header of a file of 8 GiB. */
    private static byte[] huge() {
        byte[] header = Arrays.copyOf(TinySdist.entry("glacier-1.0/x", '0', new byte[0]), 512);
        Arrays.fill(header, 124, 135, (byte) '7');
        return TinySdist.withSum(header, new byte[0]);
    }

    @Test
    void aSourceDistributionThatUnpacksWithoutEnd() {
        byte[] bomb = gzip(huge(), new byte[64 * MEBI], 30);
        assertThat(bomb.length).isLessThan(2 * MEBI);
        assertTooMuch(
                send("sdist", "glacier-1.0.tar.gz", bomb),
                "glacier-1.0.tar.gz is no good source distribution: it unpacks to more than 1073741824 bytes");
    }

    /** What this server does not understand of an archive, an installer may. */
    @Test
    void oneThatDoesSoBehindWhatNobodyHereReads() {
        byte[] sparse = TinySdist.entry("glacier-1.0/x", 'S', new byte[512]);
        assertTooMuch(
                send("sdist", "glacier-1.0.tar.gz", gzip(sparse, new byte[64 * MEBI], 20)),
                "it unpacks to more than 1073741824 bytes");
    }

    @Test
    void oneThatIsPackedByOtherThanGzip() throws Exception {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        bomb.writeBytes(xz(huge()));
        byte[] packed = xz(new byte[64 * MEBI]);
        for (int i = 0; i < 17; i++) {
            bomb.writeBytes(packed);
        }
        assertTooMuch(
                send("sdist", "glacier-1.0.tar.xz", bomb.toByteArray()),
                "glacier-1.0.tar.xz is no good source distribution: it unpacks to more than 1073741824 bytes");
    }

    /** No more of a file is unpacked than the table of contents says it has. */
    @Test
    void aWheelAndOtherZipArchivesThatUnpackWithoutEnd() {
        byte[] bomb = TinyWheel.of("glacier", "1.0").bytes();
        ByteBuffer bytes = ByteBuffer.wrap(bomb).order(LITTLE_ENDIAN);
        int table = bytes.getInt(bomb.length - 22 + 16);
        bytes.putInt(table + 24, 0x7fffffff);
        String why =
                " is no good distribution: it unpacks to more than 1073741824 bytes, and to more than 50 times its own "
                        + bomb.length;
        assertTooMuch(send("bdist_wheel", "glacier-1.0-py3-none-any.whl", bomb), "glacier-1.0-py3-none-any.whl" + why);
        // pip takes whatever is one for one
        for (String name : List.of("glacier-1.0.zip", "glacier-1.0.tar.gz", "glacier-1.0.tgz")) {
            assertTooMuch(send("sdist", name, bomb), name + why);
        }
        assertTooMuch(send("bdist_egg", "glacier-1.0-py3.9.egg", bomb), "glacier-1.0-py3.9.egg" + why);
    }

    /** Python finds its way there. */
    @Test
    void zipArchivesThatBeginOrEndElsewhere() {
        byte[] zip = TinyWheel.of("glacier", "1.0").bytes();
        byte[] longer = Arrays.copyOf(zip, zip.length + 1);
        byte[] later = new byte[zip.length + 1];
        System.arraycopy(zip, 0, later, 1, zip.length);
        for (byte[] odd : List.of(longer, later)) {
            for (String name : List.of("glacier-1.0.zip", "glacier-1.0.tar.gz")) {
                RawHttp.Response refused = send("sdist", name, odd);
                assertThat(refused.status()).as(refused.body().text()).isEqualTo(400);
                assertThat(refused.body().text()).contains(name + " is no good distribution: it");
            }
        }
        assertThat(mirror.blobs()).isZero();
    }

    /** Whatever its name and its first bytes: what pip unpacks is what Python's lzma does. */
    @Test
    void oneThatIsPackedByLzmaWithOddParameters() throws Exception {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        LZMA2Options odd = new LZMA2Options(1);
        odd.setLcLp(4, 0);
        odd.setDictSize(1 << 16);
        try (LZMAOutputStream lzma = new LZMAOutputStream(bomb, odd, -1)) {
            lzma.write(huge());
            byte[] block = new byte[64 * MEBI];
            for (int i = 0; i < 17; i++) {
                lzma.write(block);
            }
        }
        assertTooMuch(
                send("sdist", "glacier-1.0.tar.lz", bomb.toByteArray()),
                "glacier-1.0.tar.lz is no good source distribution: it unpacks to more than 1073741824 bytes");
    }

    @Test
    void oneThatBeginsHarmlessly() {
        byte[] harmless = new byte[22 * MEBI];
        new SplittableRandom(1).nextBytes(harmless);
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        bomb.writeBytes(gzip(huge()));
        bomb.writeBytes(gzip(harmless));
        byte[] packed = gzip(new byte[64 * MEBI]);
        for (int i = 0; i < 25; i++) {
            bomb.writeBytes(packed);
        }
        assertTooMuch(
                send("sdist", "glacier-1.0.tar.gz", bomb.toByteArray()), "it unpacks to more than 1073741824 bytes");
    }

    @Test
    void oneThatIsLargeAndHasSomethingInItIsTaken() {
        byte[] block = new byte[64 * MEBI];
        SplittableRandom random = new SplittableRandom(1);
        for (int at = 0; at < block.length; at += 16 << 10) {
            byte[] some = new byte[400];
            random.nextBytes(some);
            System.arraycopy(some, 0, block, at, some.length);
        }
        byte[] large = gzip(huge(), block, 17);
        assertThat(send("sdist", "glacier-1.0.tar.gz", large).status()).isEqualTo(200);
        assertThat(mirror.get("/simple/glacier/").body().text())
                .contains("glacier-1.0.tar.gz")
                .doesNotContain("core-metadata");
    }

    @Test
    void aHundredMebibytesOfMetadata() throws Exception {
        byte[] metadata = Arrays.copyOf(TinyWheel.of("glacier", "1.0").metadata(), 100 * MEBI);
        ByteArrayOutputStream wheel = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(wheel)) {
            zip.putNextEntry(new ZipEntry("glacier-1.0.dist-info/METADATA"));
            zip.write(metadata);
        }
        assertTooMuch(
                send("bdist_wheel", "glacier-1.0-py3-none-any.whl", wheel.toByteArray()),
                "its METADATA has more than 8388608 bytes");
        byte[] sdist = TinySdist.gzip(TinySdist.file("glacier-1.0/PKG-INFO", metadata));
        assertTooMuch(send("sdist", "glacier-1.0.tar.gz", sdist), "its PKG-INFO has more than 8388608 bytes");
        assertTooMuch(send(described(17 * MEBI)), "the fields of the form have more than 16777216 bytes together");
        RawHttp.Response endless = send(described(metadata.length));
        assertThat(endless.status()).isEqualTo(400);
        assertThat(endless.body().text()).contains("the form does not end");
        assertThat(send(described(16 * MEBI - 4_000)).status()).isEqualTo(200);
    }

    private static Form described(int chars) {
        TinyWheel good = TinyWheel.of("glacier", "1.0");
        return Form.upload("glacier", "1.0", "bdist_wheel", good.bytes())
                .field("description", "x".repeat(chars))
                .file("content", good.filename(), good.bytes());
    }

    @Test
    void aFileOfOneByteTooMany() {
        byte[] most = new byte[(int) FILE_BYTES_MAX];
        new SplittableRandom(1).nextBytes(most);
        assertTooMuch(
                send("sdist", "glacier-1.0.tar.bz2", Arrays.copyOf(most, most.length + 1)),
                "the file is longer than 41943040 bytes, which is what uploads.bytes-max allows");
        assertThat(send("sdist", "glacier-1.0.tar.bz2", most).status()).isEqualTo(200);
    }

    @Test
    void moreFieldsThanAFormHas() {
        Form form = Form.upload(TinyWheel.of("glacier", "1.0"));
        for (int i = 0; i < 10_000; i++) {
            form.field("f", "");
        }
        assertTooMuch(send(form), "the form has more than 10000 fields");
    }
}
