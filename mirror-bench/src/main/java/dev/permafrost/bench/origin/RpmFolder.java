package dev.permafrost.bench.origin;

import dev.permafrost.bench.server.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Fills a folder with RPMs: made-up ones, or real ones as often as it takes. */
public final class RpmFolder {
    private static final int CHANGES = 12;
    private static final int FILES_MAX = 3000;
    private static final int BUILT_SECONDS = 1_600_000_000;
    private static final int FILE_MODE = 0100644;
    private static final int EQUAL = 8;

    private RpmFolder() {}

    /**
     * Packages that are made up, with headers about as long as those of a distribution: 30 dependencies, 12 changes, and 70 files on an
     * average, of which few packages have many. Their payloads do not compress; most packages are small, and few are large.
     *
     * @param megabytes how much all are together, about
     */
    public static void madeUp(Path folder, int packages, int megabytes, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        double[] shares = new double[packages];
        double sum = 0;
        for (int i = 0; i < packages; i++) {
            shares[i] = skewed(random);
            sum += shares[i];
        }
        for (int i = 0; i < packages; i++) {
            String name = "lib" + word(random) + "-" + i;
            Path file = folder.resolve(name + "-1." + i + "-1.el9.x86_64.rpm");
            madeUp(name, "1." + i, random).write(file, (long) (shares[i] / sum * megabytes * 1e6), seed + i);
        }
    }

    /** Links to each of the packages in a folder, in turn, until there are so many; or copies of them, where a link can't be made. */
    public static void like(Path real, Path folder, int packages) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(real)) {
            files = all.filter(file -> file.toString().endsWith(".rpm") && Files.isRegularFile(file))
                    .sorted()
                    .toList();
        }
        if (files.isEmpty()) {
            throw new UnavailableException("there is no file *.rpm in " + real);
        }
        for (int i = 0; i < packages; i++) {
            Path file = files.get(i % files.size());
            Path to = folder.resolve(i / files.size() + "-" + i % files.size() + "-" + file.getFileName());
            try {
                Files.createLink(to, file.toRealPath());
            } catch (IOException | UnsupportedOperationException e) {
                Files.copy(file, to);
            }
        }
    }

    private static RpmFile madeUp(String name, String version, SplittableRandom random) {
        int files = (int) Math.min(FILES_MAX, 8 * skewed(random));
        List<String> folders = IntStream.range(0, 1 + files / 6)
                .mapToObj(i -> "/usr/" + (i == 0 ? "bin/" : "share/" + name + "/" + word(random) + "/"))
                .toList();
        List<Integer> inFolder =
                IntStream.range(0, files).mapToObj(i -> i % folders.size()).toList();
        List<String> names = words(random, files);
        return new RpmFile()
                .string(1000, name)
                .string(1001, version)
                .string(1002, "1.el9")
                .translated(1004, String.join(" ", words(random, 7)))
                .translated(1005, String.join(" ", words(random, 60)))
                .ints(1006, List.of(BUILT_SECONDS))
                .string(1007, "builder.example.org")
                .ints(1009, List.of(1 << 20))
                .string(1011, "Made up")
                .string(1014, "MIT")
                .string(1015, "Nobody <nobody@example.org>")
                .translated(1016, "Unspecified")
                .string(1020, "https://example.org/" + name)
                .string(1021, "linux")
                .string(1022, "x86_64")
                .shorts(1030, Collections.nCopies(files, FILE_MODE))
                .ints(1037, Collections.nCopies(files, 0))
                .string(1044, name + "-" + version + "-1.el9.src.rpm")
                .strings(1047, capabilities(random, 5))
                .ints(1112, Collections.nCopies(5, EQUAL))
                .strings(1113, Collections.nCopies(5, version + "-1.el9"))
                .strings(1049, capabilities(random, 25))
                .ints(1048, Collections.nCopies(25, EQUAL))
                .strings(1050, Collections.nCopies(25, "1.2"))
                .ints(1080, changeTimes())
                .strings(1081, Collections.nCopies(CHANGES, "Nobody <nobody@example.org> - " + version))
                .strings(1082, sentences(random, CHANGES))
                .strings(1117, names)
                .ints(1116, inFolder)
                .strings(1118, files == 0 ? List.of() : folders)
                // digests of the files, which nobody lists but which are read
                .strings(1035, Collections.nCopies(files, "0".repeat(64)));
    }

    private static List<Integer> changeTimes() {
        return IntStream.range(0, CHANGES)
                .mapToObj(i -> BUILT_SECONDS - i * 86_400)
                .toList();
    }

    private static List<String> capabilities(SplittableRandom random, int count) {
        return words(random, count).stream()
                .map(word -> "lib" + word + ".so.1()(64bit)")
                .toList();
    }

    private static List<String> sentences(SplittableRandom random, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "- " + String.join(" ", words(random, 10)))
                .toList();
    }

    /** A number of 1 or more, mostly small, ten on an average. */
    private static double skewed(SplittableRandom random) {
        return Math.min(1000, Math.pow(1 - random.nextDouble(), -0.85));
    }

    private static List<String> words(SplittableRandom random, int count) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            words.add(word(random));
        }
        return words;
    }

    private static String word(SplittableRandom random) {
        StringBuilder word = new StringBuilder();
        for (int i = random.nextInt(4, 10); i > 0; i--) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        return word.toString();
    }
}
