package dev.permafrost.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.bench.server.Program;
import dev.permafrost.bench.server.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Lists of small repositories of RPMs: made up, or those of a real one. */
public final class RpmSeeds {
    private static final Duration UNPACKED_WITHIN = Duration.ofMinutes(2);
    private static final List<String> OTHERS = List.of("filelists", "other");

    private RpmSeeds() {}

    /**
     * One that is made up. Its primary has about 2 KB a package, as Fedora's.
     *
     * @param files how many files each package has, of about 60 bytes each in the list
     */
    public static MadeUpRpms.Seed madeUp(int packages, int files, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder primary = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<metadata xmlns=\"http://linux.duke.edu/metadata/common\""
                + " xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\" packages=\"0\">\n");
        StringBuilder filelists = new StringBuilder(head("filelists", "filelists"));
        StringBuilder other = new StringBuilder(head("otherdata", "other"));
        for (int i = 0; i < packages; i++) {
            String name = "lib" + word(random) + "-" + i;
            String sum = MadeUpRpms.sha256(name.getBytes(UTF_8));
            primary.append(primary(name, sum, random));
            filelists
                    .append("<package pkgid=\"" + sum + "\" name=\"" + name + "\" arch=\"x86_64\">\n")
                    .append("  <version epoch=\"0\" ver=\"1." + i + "\" rel=\"1.el9\"/>\n");
            for (int f = 0; f < files; f++) {
                filelists.append(
                        "  <file>/usr/share/" + name + "/" + word(random) + "/" + word(random) + ".dat</file>\n");
            }
            filelists.append("</package>\n");
            other.append("<package pkgid=\"" + sum + "\" name=\"" + name + "\" arch=\"x86_64\">\n"
                    + "  <version epoch=\"0\" ver=\"1." + i + "\" rel=\"1.el9\"/>\n"
                    + "  <changelog author=\"" + word(random) + "\" date=\"1700000000\">- " + words(random, 12)
                    + "</changelog>\n</package>\n");
        }
        Map<String, String> others = new LinkedHashMap<>();
        others.put("filelists", filelists + "</filelists>\n");
        others.put("other", other + "</otherdata>\n");
        return new MadeUpRpms.Seed(primary + "</metadata>\n", others);
    }

    /** The lists of the repository whose {@code repodata} that folder is, compressed by gzip or zstd, or not. */
    public static MadeUpRpms.Seed of(Path repodata) throws IOException, InterruptedException {
        Map<String, String> others = new LinkedHashMap<>();
        for (String type : OTHERS) {
            others.put(type, list(repodata, type));
        }
        return new MadeUpRpms.Seed(list(repodata, "primary"), others);
    }

    private static String list(Path repodata, String type) throws IOException, InterruptedException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(repodata)) {
            files.filter(file -> file.getFileName().toString().matches(".*" + type + "\\.xml(\\.gz|\\.zst)?"))
                    .forEach(found::add);
        }
        if (found.size() != 1) {
            throw new UnavailableException("there is not one " + type + ".xml, .xml.gz or .xml.zst in " + repodata);
        }
        Path file = found.get(0);
        String suffix = file.toString().replaceAll(".*\\.", "");
        return switch (suffix) {
            case "xml" -> Files.readString(file);
            case "gz" ->
                Program.output(UNPACKED_WITHIN, List.of(Program.require("gzip", "gzip"), "-dc", file.toString()));
            default ->
                Program.output(UNPACKED_WITHIN, List.of(Program.require("zstd", "zstd"), "-dc", file.toString()));
        };
    }

    private static String head(String root, String namespace) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <%s xmlns="http://linux.duke.edu/metadata/%s" packages="0">
                """.formatted(root, namespace);
    }

    private static String primary(String name, String sum, SplittableRandom random) {
        StringBuilder out = new StringBuilder("<package type=\"rpm\">\n  <name>" + name + "</name>\n"
                + "  <arch>x86_64</arch>\n  <version epoch=\"0\" ver=\"1.0\" rel=\"1.el9\"/>\n"
                + "  <checksum type=\"sha256\" pkgid=\"YES\">" + sum + "</checksum>\n"
                + "  <summary>" + words(random, 6) + "</summary>\n  <description>" + words(random, 40)
                + "</description>\n  <packager>" + word(random) + "</packager>\n  <url>https://example.org/" + name
                + "</url>\n  <time file=\"1700000000\" build=\"1700000000\"/>\n"
                + "  <size package=\"0\" installed=\"100\" archive=\"100\"/>\n"
                + "  <location href=\"Packages/" + name + "-1.0-1.el9.x86_64.rpm\"/>\n  <format>\n"
                + "    <rpm:license>MIT</rpm:license>\n    <rpm:sourcerpm>" + name
                + "-1.0-1.el9.src.rpm</rpm:sourcerpm>\n    <rpm:header-range start=\"4504\" end=\"21000\"/>\n");
        for (String group : List.of("provides", "requires")) {
            out.append("    <rpm:" + group + ">\n");
            for (int i = 0; i < 8; i++) {
                out.append("      <rpm:entry name=\"lib" + word(random)
                        + ".so.1()(64bit)\" flags=\"EQ\" epoch=\"0\" ver=\"1\"/>\n");
            }
            out.append("    </rpm:" + group + ">\n");
        }
        return out.append("  </format>\n</package>\n").toString();
    }

    private static String words(SplittableRandom random, int count) {
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < count; i++) {
            words.append(i == 0 ? "" : " ").append(word(random));
        }
        return words.toString();
    }

    private static String word(SplittableRandom random) {
        StringBuilder word = new StringBuilder();
        for (int i = random.nextInt(4, 10); i > 0; i--) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        return word.toString();
    }
}
