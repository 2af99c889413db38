package dev.permafrost.proxy.format.yum.rpm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.RpmBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is no RPM, or contradicts itself, is refused by name, with the reason, and before memory is taken for what it claims. */
class DamagedRpmsAreRefusedTest {
    private static final int SIGNATURE_AT = 96;
    private static final int MUTATIONS = 5_000;

    private final RpmBuilder tool = new RpmBuilder("tool", "1", "2", "noarch");

    @Test
    void whatIsNoRpm() {
        refused(new byte[0], "it is empty");
        refused("<html>404 Not Found</html>".getBytes(UTF_8), "does not begin with ed ab ee db");
        refused(new byte[200], "does not begin with ed ab ee db");
        byte[] old = tool.bytes();
        old[4] = 2;
        refused(old, "of version 2");
    }

    @Test
    void cutOffAnywhereBeforeThePayload() throws Exception {
        byte[] whole = tool.bytes();
        for (int length = 1; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut, cut.length)).isInstanceOf(BadRpmException.class);
        }
        assertThat(read(whole, whole.length).name()).isEqualTo("tool");
    }

    @Test
    void aHeaderThatClaimsAGigabyte() {
        byte[] rpm = tool.bytes();
        int header = headerAt(rpm);
        ByteBuffer.wrap(rpm).putInt(header + 12, 1 << 30);
        refusedThoughSaidToBe(1L << 40, rpm, "more than 33554432");
        ByteBuffer.wrap(rpm).putInt(header + 12, 30 << 20);
        refused(rpm, "cut off in its header");
        ByteBuffer.wrap(rpm).putInt(header + 12, -1);
        refused(rpm, "more than 33554432");
        ByteBuffer.wrap(rpm).putInt(header + 12, 100).putInt(header + 8, 70_000);
        refused(rpm, "70000 entries, more than 65535");
        ByteBuffer.wrap(rpm).putInt(SIGNATURE_AT + 8, -1);
        refused(rpm, "header of signatures has 4294967295 entries");
    }

    @Test
    void entriesThatPointBeyondTheHeader() {
        refused(
                new RpmBuilder("tool", "1", "2", "noarch")
                        .entry(RpmTag.FILEMODES, 3, 9_000, new byte[2])
                        .ints(RpmTag.FILEFLAGS, 0)
                        .bytes(),
                "claims 9000 values");
        refused(
                new RpmBuilder("tool", "1", "2", "noarch")
                        .entry(RpmTag.SUMMARY, 8, -2, new byte[2])
                        .bytes(),
                "claims 4294967294 values");
        byte[] far = tool.bytes();
        // the entry after the region's: where its value is
        ByteBuffer.wrap(far).putInt(headerAt(far) + 16 + 16 + 8, 1 << 20);
        refused(far, "beyond the header");
    }

    @Test
    void aStringWithoutAnEnd() {
        // the highest tag's string is the last thing in a header without a region
        byte[] rpm = new RpmBuilder("tool", "1", "2", "noarch")
                .ancient()
                .ints(RpmTag.REQUIREFLAGS, 0)
                .strings(RpmTag.REQUIREVERSION, List.of("".getBytes(UTF_8)))
                .strings(RpmTag.REQUIRENAME, List.of("x".getBytes(UTF_8)))
                .bytes();
        rpm[rpm.length - 1] = 'x';
        assertThatThrownBy(() -> Dependencies.of(read(rpm, rpm.length), path -> false))
                .isInstanceOf(BadRpmException.class)
                .hasMessageContaining("string without an end");
    }

    @Test
    void manyDamagedOnes() throws Exception {
        HeaderMutations mutations = new HeaderMutations(Long.getLong("permafrost.seed", 1));
        mutations.read(MUTATIONS);
        assertThat(mutations.refused()).isBetween(MUTATIONS / 100, MUTATIONS - MUTATIONS / 100);
    }

    @Test
    void aFileInAFolderThatIsNotThere() {
        refused(
                tool.files(List.of("/a/b".getBytes(UTF_8)), new int[] {0100644}, new int[] {0})
                        .ints(RpmTag.DIRINDEXES, 7)
                        .bytes(),
                "in folder 7, and there are 1 folders");
    }

    @Test
    void aListThatGrowsBeyondMeasure() {
        String folder = "/" + "x".repeat(1 << 20) + "/";
        List<byte[]> paths = Collections.nCopies(100, (folder + "y").getBytes(UTF_8));
        refused(tool.files(paths, new int[100], new int[100]).bytes(), "would be more than 67108864 bytes");
    }

    private static int headerAt(byte[] rpm) {
        ByteBuffer bytes = ByteBuffer.wrap(rpm);
        int end = SIGNATURE_AT + 16 + 16 * bytes.getInt(SIGNATURE_AT + 8) + bytes.getInt(SIGNATURE_AT + 12);
        return (end + 7) & ~7;
    }

    private static void refused(byte[] rpm, String... because) {
        refusedThoughSaidToBe(rpm.length, rpm, because);
    }

    private static void refusedThoughSaidToBe(long sizeBytes, byte[] rpm, String... because) {
        assertThatThrownBy(() -> PackageXml.of(
                        read(rpm, sizeBytes),
                        new PackageXml.Listing("a/tool.rpm", null, "sha256", "00", sizeBytes, 0, 10)))
                .isInstanceOf(BadRpmException.class)
                .hasMessageStartingWith("a/tool.rpm is ")
                .hasMessageContaining("out")
                .hasMessageContainingAll(because);
    }

    private static RpmPackage read(byte[] rpm, long sizeBytes) throws IOException, BadRpmException {
        return RpmHead.read(new ByteArrayInputStream(rpm), sizeBytes, "a/tool.rpm");
    }
}
