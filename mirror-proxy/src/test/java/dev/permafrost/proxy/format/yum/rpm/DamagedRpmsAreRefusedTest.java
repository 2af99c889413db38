package dev.permafrost.proxy.format.yum.rpm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.RpmBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is no RPM, or contradicts itself, is refused by name, with the reason, and before memory is taken for what it claims. */
class DamagedRpmsAreRefusedTest {
    private static final int SIGNATURE_AT = 96;
    private static final int MUTATIONS = 5_000;
    private static final int MANY = 500_000;

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
        refusedThoughSaidToBe(1L << 40, rpm, "more than 268435455");
        ByteBuffer.wrap(rpm).putInt(header + 12, 30 << 20);
        refused(rpm, "cut off in its header");
        ByteBuffer.wrap(rpm).putInt(header + 12, -1);
        refused(rpm, "more than 268435455");
        ByteBuffer.wrap(rpm).putInt(SIGNATURE_AT + 12, (64 << 20) + 1);
        refusedThoughSaidToBe(1L << 40, rpm, "header of signatures has 67108865 bytes of values, more than 67108864");
        rpm = tool.bytes();
        ByteBuffer.wrap(rpm).putInt(header + 12, 100).putInt(header + 8, 70_000);
        refused(rpm, "70000 entries, more than 65535");
        ByteBuffer.wrap(rpm).putInt(SIGNATURE_AT + 8, -1);
        refused(rpm, "header of signatures has 4294967295 entries");
    }

    @Test
    void aHeaderAsLongAsRpmTakesIsRead() throws Exception {
        // what nobody lists, such as signatures of files
        byte[] rpm = tool.entry(5090, 7, 40 << 20, new byte[40 << 20])
                .translated(RpmTag.SUMMARY, List.of("größer".getBytes(UTF_8)))
                .strings(RpmTag.SUPPLEMENTNAME, List.of("one".getBytes(UTF_8), "two".getBytes(UTF_8)))
                .bytes();
        RpmPackage read = read(rpm, rpm.length);
        assertThat(read.name()).isEqualTo("tool");
        assertThat(read.text(RpmTag.SUMMARY)).isEqualTo("größer");
        rpm[headerAt(rpm) + 8] = 1;
        refused(rpm, "entries, more than 65535");
    }

    @Test
    void aStringOfManyMegabytes() {
        refused(
                tool.string(RpmTag.DESCRIPTION, new byte[0])
                        .string(RpmTag.DESCRIPTION, "x".repeat(17 << 20))
                        .bytes(),
                "has a string of 17825792 bytes, more than 16777216");
    }

    @Test
    void moreValuesThanRpmTakes() {
        int count = 0xfffff + 1;
        refused(
                tool.strings(RpmTag.BASENAMES, List.of("a".getBytes(UTF_8)))
                        .ints(RpmTag.FILEFLAGS, 0)
                        .entry(RpmTag.FILEMODES, 3, count, new byte[2 * count])
                        .bytes(),
                "1048576 values, more than 1048575");
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
    void aFileInAFolderOfANumberBelowZero() {
        refused(
                tool.files(List.of("/a/b".getBytes(UTF_8)), new int[] {0100644}, new int[] {0})
                        .entry(
                                RpmTag.DIRINDEXES,
                                5,
                                1,
                                ByteBuffer.allocate(8).putLong(-1).array())
                        .bytes(),
                "in folder -1, and there are 1 folders");
    }

    @Test
    void moreStringsThanThereAreBytesFor() {
        refused(
                new RpmBuilder("tool", "1", "2", "noarch")
                        .ancient()
                        .entry(RpmTag.SUPPLEMENTNAME, 8, 30, "x\0".getBytes(UTF_8))
                        .strings(RpmTag.SUPPLEMENTVERSION, List.of(new byte[0]))
                        .ints(RpmTag.SUPPLEMENTFLAGS, 0)
                        .bytes(),
                "claims 30 strings");
    }

    @Test
    void dependenciesBeyondMeasure() {
        byte[] same = "x\0".repeat(MANY).getBytes(UTF_8);
        refused(
                tool.entry(RpmTag.PROVIDENAME, 8, MANY, same)
                        .entry(RpmTag.PROVIDEFLAGS, 2, MANY, new byte[MANY])
                        .entry(RpmTag.PROVIDEVERSION, 8, MANY, same)
                        .bytes(),
                "would be more than 67108864 bytes");
    }

    @Test
    void dependenciesWithoutNamesTakeNoMemory() throws Exception {
        byte[] none = new byte[MANY];
        byte[] rpm = tool.entry(RpmTag.REQUIRENAME, 8, MANY, none)
                .entry(RpmTag.REQUIREFLAGS, 2, MANY, none)
                .entry(RpmTag.REQUIREVERSION, 8, MANY, none)
                .entry(RpmTag.CONFLICTNAME, 8, MANY, none)
                .entry(RpmTag.CONFLICTFLAGS, 2, MANY, none)
                .entry(RpmTag.CONFLICTVERSION, 8, MANY, none)
                .bytes();
        assertThat(Dependencies.of(read(rpm, rpm.length), path -> false))
                .allSatisfy(group -> assertThat(group.entries()).hasSizeLessThan(2));
    }

    @Test
    void allListsOfAPackageTogetherAreBounded() {
        String folder = "/bin/" + "x".repeat(1 << 20) + "/";
        List<byte[]> paths = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            paths.add((folder + i).getBytes(UTF_8));
        }
        refused(tool.files(paths, new int[40], new int[40]).bytes(), "would be more than 67108864 bytes");
    }

    @Test
    void aChangelogOfOneSecond() {
        List<byte[]> texts = Collections.nCopies(MANY / 50, "x".getBytes(UTF_8));
        byte[] rpm = tool.ints(RpmTag.CHANGELOGTIME, new int[MANY / 50])
                .strings(RpmTag.CHANGELOGNAME, texts)
                .strings(RpmTag.CHANGELOGTEXT, texts)
                .bytes();
        assertThatThrownBy(() -> Changelog.of(read(rpm, rpm.length), -1))
                .isInstanceOf(BadRpmException.class)
                .hasMessageContaining("of the same second");
    }

    @Test
    void memoryIsAskedForBeforeItIsTaken() throws Exception {
        String folder = "/" + "x".repeat(1 << 20) + "/";
        List<byte[]> paths = Collections.nCopies(20, (folder + "y").getBytes(UTF_8));
        byte[] rpm = tool.files(paths, new int[20], new int[20]).bytes();
        long[] asked = new long[1];
        RpmPackage read =
                RpmHead.read(new ByteArrayInputStream(rpm), rpm.length, "a/tool.rpm", bytes -> asked[0] += bytes);
        assertThat(asked[0]).isBetween((long) rpm.length, 4L * rpm.length);
        PackageXml xml = PackageXml.of(read, new PackageXml.Listing("a/tool.rpm", null, "sha256", "00", 1, 0, 10));
        assertThat(asked[0]).isGreaterThan(rpm.length + xml.filelists().length);
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
