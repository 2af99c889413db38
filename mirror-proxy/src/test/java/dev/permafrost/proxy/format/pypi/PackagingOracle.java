package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Pips;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Python's own {@code packaging}, which pip carries: what it says of versions made up at random is what we must say. */
final class PackagingOracle {
    private static final Duration LONG = Duration.ofMinutes(10);

    /** Reads texts, one a line, and writes for each its normal spelling and its rank among all. */
    private static final String SCRIPT = """
            import sys
            from pip._vendor.packaging.version import Version, InvalidVersion
            texts = [line.rstrip('\\n').replace('$', '\\n') for line in open(sys.argv[1], newline='\\n')]
            read = []
            for text in texts:
                try:
                    read.append(Version(text))
                except InvalidVersion:
                    read.append(None)
            ranks, rank, before = {}, 0, None
            for i in sorted((i for i, v in enumerate(read) if v is not None), key=lambda i: read[i]):
                rank += before is not None and read[i] != before
                before = read[i]
                ranks[i] = rank
            with open(sys.argv[2], 'w') as out:
                for i, version in enumerate(read):
                    out.write('-\\n' if version is None else '%s %d\\n' % (version, ranks[i]))
            """;

    private static final String[] PARTS = {
        "1",
        "0",
        "00",
        "2",
        "10",
        "010",
        "2026",
        "99999999999999999999",
        ".",
        ".",
        ".0",
        ".1",
        ".10",
        "!",
        "-",
        "_",
        "a",
        "b",
        "c",
        "rc",
        "alpha",
        "beta",
        "pre",
        "preview",
        "post",
        "rev",
        "r",
        "dev",
        "A",
        "RC",
        "Dev",
        "POST",
        "v",
        "V",
        "+",
        "+abc",
        "+1",
        "+a.1",
        "+ubuntu-1",
        "+0_A",
        " ",
        "\t",
        "\n",
        "x",
        "*",
        ".dev1",
        ".post2",
        "a1",
        "b2",
        "rc3",
        "-1",
        "1!"
    };

    private PackagingOracle() {}

    /** Asks about that many texts. */
    static void agreesOn(int count, long seed, Path folder) throws IOException {
        List<String> texts = texts(count, new Random(seed));
        Path asked = folder.resolve("texts");
        Path answered = folder.resolve("answers");
        Path script = Files.writeString(folder.resolve("oracle.py"), SCRIPT);
        try (BufferedWriter out = Files.newBufferedWriter(asked)) {
            for (String text : texts) {
                out.write(text.replace('\n', '$') + "\n");
            }
        }
        String run = "import runpy, sys; sys.argv = ['', '%s', '%s']; runpy.run_path('%s')"
                .formatted(asked, answered, script);
        Pips.newest()
                .orElseThrow()
                .target(folder.resolve("nothing"))
                .python(LONG, run)
                .orFail();
        List<String> answers = Files.readAllLines(answered);
        assertThat(answers).hasSameSizeAs(texts);
        record Ranked(Version version, String text, int rank) {}
        List<Ranked> ranked = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = texts.get(i);
            Optional<Version> version = Version.parse(text);
            String[] answer = answers.get(i).split(" ", -1);
            if (!version.map(Version::toString).orElse("-").equals(answer[0])) {
                throw new AssertionError("seed " + seed + ": '" + text + "' is " + answer[0] + ", not " + version);
            }
            version.ifPresent(read -> ranked.add(new Ranked(read, text, Integer.parseInt(answer[1]))));
        }
        assertThat(ranked).hasSizeGreaterThan(count / 4);
        ranked.sort(Comparator.comparingInt(Ranked::rank));
        for (int i = 1; i < ranked.size(); i++) {
            Ranked one = ranked.get(i - 1);
            Ranked next = ranked.get(i);
            if (Integer.signum(one.version().compareTo(next.version())) != Integer.compare(one.rank(), next.rank())
                    || one.version().equals(next.version()) != (one.rank() == next.rank())
                    || (one.rank() == next.rank()
                            && one.version().hashCode() != next.version().hashCode())) {
                throw new AssertionError(
                        "seed " + seed + ": the order of '" + one.text() + "' and '" + next.text() + "'");
            }
        }
    }

    private static List<String> texts(int count, Random random) {
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            if (random.nextInt(3) > 0) {
                likely(text, random);
            }
            int more = random.nextInt(text.isEmpty() ? 6 : 2);
            for (int part = 0; part < more; part++) {
                text.insert(random.nextInt(text.length() + 1), PARTS[random.nextInt(PARTS.length)]);
            }
            texts.add(text.toString());
        }
        return texts;
    }

    /** Most of what is put together of any parts is no version at all. */
    private static void likely(StringBuilder text, Random random) {
        if (random.nextInt(8) == 0) {
            text.append(random.nextInt(3)).append('!');
        }
        text.append(random.nextInt(3));
        for (int parts = random.nextInt(4); parts > 0; parts--) {
            text.append('.').append(random.nextInt(3));
        }
        String[] phases = {"a", "b", "rc", "c", "alpha", "BETA", "preview", "pre"};
        suffix(text, random, phases[random.nextInt(phases.length)]);
        suffix(text, random, random.nextBoolean() ? "post" : "rev");
        suffix(text, random, "dev");
        if (random.nextInt(6) == 0) {
            text.append('+').append(random.nextBoolean() ? "a" : "1").append(random.nextBoolean() ? ".b" : "-02");
        }
    }

    private static void suffix(StringBuilder text, Random random, String word) {
        if (random.nextInt(3) == 0) {
            String[] separators = {"", ".", "-", "_"};
            text.append(separators[random.nextInt(4)]).append(word).append(separators[random.nextInt(4)]);
            text.append(random.nextBoolean() ? "" : "" + random.nextInt(3));
        }
    }
}
