package dev.permafrost.proxy.format.yum.rpm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.CreaterepoC;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.RpmTree;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each package's elements are createrepo_c's own, byte for byte: the real packages at hand, and made-up ones that say whatever can be said. */
class ListedAsCreaterepoDoesTest {
    private static final int MADE_UP = 300;

    @TempDir
    Path folder;

    @Test
    void realPackages() throws Exception {
        Path rpms = Files.createDirectory(folder.resolve("rpms"));
        List<Path> files = RpmData.endingWith(".rpm");
        for (int i = 0; i < files.size(); i++) {
            Files.copy(files.get(i), rpms.resolve(i + "-" + files.get(i).getFileName()));
        }
        assertThat(compare(rpms)).isGreaterThan(200);
    }

    @Test
    void madeUpPackages() throws Exception {
        Path rpms = Files.createDirectory(folder.resolve("rpms"));
        long seed = Long.getLong("permafrost.seed", 1);
        for (int i = 0; i < MADE_UP; i++) {
            new OddPackage(new Random(seed + i)).builder().write(rpms.resolve("p" + i + ".rpm"));
        }
        assertThat(compare(rpms)).isEqualTo(MADE_UP);
    }

    /** Compares all that createrepo_c lists, and says how many that are. */
    private int compare(Path rpms) throws IOException, BadRpmException {
        CreaterepoC.run(rpms, folder.resolve("out"));
        Map<String, CreaterepoC.Elements> theirs = CreaterepoC.read(folder.resolve("out"));
        for (CreaterepoC.Elements listed : theirs.values()) {
            PackageXml ours = xml(rpms.resolve(listed.href()), listed.href());
            assertEqual(listed.href(), ours.primary(), listed.primary());
            assertEqual(listed.href(), ours.filelists(), listed.filelists());
            assertEqual(listed.href(), ours.other(), listed.other());
        }
        return theirs.size();
    }

    private static void assertEqual(String href, byte[] ours, String theirs) {
        String text = new String(ours, ISO_8859_1);
        int same = 0;
        while (same < Math.min(text.length(), theirs.length()) && text.charAt(same) == theirs.charAt(same)) {
            same++;
        }
        assertThat(from(text, same)).as("%s, from character %d", href, same).isEqualTo(from(theirs, same));
    }

    private static String from(String text, int at) {
        return text.substring(Math.max(0, at - 100), Math.min(text.length(), at + 200));
    }

    private static PackageXml xml(Path file, String href) throws IOException, BadRpmException {
        long size = Files.size(file);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            RpmPackage rpm = RpmHead.read(in, size, href);
            return PackageXml.of(
                    rpm,
                    new PackageXml.Listing(
                            href,
                            null,
                            "sha256",
                            RpmTree.sha256(Files.readAllBytes(file)),
                            size,
                            Files.getLastModifiedTime(file).to(TimeUnit.SECONDS),
                            10));
        }
    }
}
