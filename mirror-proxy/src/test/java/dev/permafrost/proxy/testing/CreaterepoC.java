package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** What createrepo_c makes of a folder of RPMs; a test without it is skipped. */
public final class CreaterepoC {
    private static final Pattern ELEMENT = Pattern.compile("<package\\b.*?</package>\n", Pattern.DOTALL);
    private static final Pattern HREF = Pattern.compile("<location [^>]*href=\"([^\"]*)\"");

    private CreaterepoC() {}

    /**
     * The elements of a package, each up to its line feed, in Latin 1: a character for each byte.
     *
     * @param href where it is
     */
    public record Elements(String href, String primary, String filelists, String other) {}

    /** Runs it, its metadata going to another folder; without SQLite, unless that is asked for. */
    public static void run(Path folder, Path out, String... options) throws IOException {
        assumeTrue(Subprocess.onPath("createrepo_c").isPresent(), "createrepo_c is not installed");
        List<String> command = new ArrayList<>(List.of("createrepo_c", "-q"));
        if (!List.of(options).contains("--database")) {
            command.add("--no-database");
        }
        command.addAll(List.of(options));
        command.addAll(List.of("-o", Files.createDirectories(out).toString(), folder.toString()));
        Subprocess.command(command)
                .env("LC_ALL", "C.UTF-8")
                .withoutEnv(name -> name.equals("LANGUAGE"))
                .run(Duration.ofMinutes(2));
    }

    /** The packages that the lists below a folder have, by their locations. */
    public static Map<String, Elements> read(Path folder) throws IOException {
        List<String> primary = elements(document(folder, "primary"));
        List<String> filelists = elements(document(folder, "filelists"));
        List<String> other = elements(document(folder, "other"));
        Map<String, Elements> all = new TreeMap<>();
        for (int i = 0; i < primary.size(); i++) {
            Matcher href = HREF.matcher(primary.get(i));
            if (!href.find()) {
                throw new AssertionError("no location in " + primary.get(i));
            }
            all.put(href.group(1), new Elements(href.group(1), primary.get(i), filelists.get(i), other.get(i)));
        }
        return all;
    }

    /** The list of that kind below a folder, packed by gzip, a character for each byte. */
    public static String document(Path folder, String kind) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("repodata"))) {
            Path file = files.filter(each -> each.toString().endsWith(kind + ".xml.gz"))
                    .findFirst()
                    .orElseThrow();
            try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(file))) {
                return new String(in.readAllBytes(), ISO_8859_1);
            }
        }
    }

    private static List<String> elements(String document) {
        return ELEMENT.matcher(document).results().map(each -> each.group()).toList();
    }
}
