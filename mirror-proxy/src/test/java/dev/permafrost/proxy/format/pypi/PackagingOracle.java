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
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

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

    /**
     * Reads specifiers and a version, two lines each, and writes for each pair whether it is contained with pre-releases and by
     * default: y, n, - for specifiers that are none, ? for what this packaging gets wrong or newer ones say otherwise:
     * before 26, what &lt; and &gt; mean of versions whose release is the same; and what is the default for a pre-release.
     * Two of === are one to it if PEP 440 has their versions equal. It takes the version of ~= apart as it is spelled, and fails with 1.0c1: so it is asked about the normal spelling.
     */
    private static final String SPECIFIERS_SCRIPT = """
            import re, sys
            from pip._vendor import packaging
            from pip._vendor.packaging.specifiers import SpecifierSet, Specifier, InvalidSpecifier
            from pip._vendor.packaging.version import Version, InvalidVersion
            major = int(packaging.__version__.split('.')[0])
            lines = [line.rstrip('\\n').replace('$', '\\n') for line in open(sys.argv[1], newline='\\n')]
            def unsure(specifiers, version):
                for one in specifiers:
                    if major < 26 and one.operator in ('<', '>'):
                        wanted = Version(one.version)
                        if Version(wanted.base_version) == Version(version.base_version) and (
                                wanted.is_postrelease or one.operator == '>' and wanted.is_prerelease):
                            return True
                return False
            def normal(part):
                match = re.match(r'\\s*~=(.*)', part, re.DOTALL)
                Specifier(part)
                return '~=' + str(Version(match.group(1))) if match else part
            def answer(text, version):
                try:
                    text = ','.join(normal(part) for part in text.split(',') if part.strip())
                    specifiers = SpecifierSet(text)
                except InvalidSpecifier:
                    return '--'
                if text.count('===') > 1 or unsure(specifiers, version):
                    return '??'
                with_pre = 'y' if specifiers.contains(version, prereleases=True) else 'n'
                if major > 24 and version.is_prerelease:
                    return with_pre + '?'
                try:
                    return with_pre + ('y' if specifiers.contains(version) else 'n')
                except InvalidVersion:
                    return with_pre + '?'
            with open(sys.argv[2], 'w') as out:
                for i in range(0, len(lines), 2):
                    out.write(answer(lines[i], Version(lines[i + 1])) + '\\n')
            """;

    private static final String[] OPERATORS = {"==", "!=", "~=", "<=", ">=", "<", ">", "===", "=", ""};

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
        List<String> answers = ask(SCRIPT, texts, folder);
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

    /** Asks about that many pairs of specifiers and a version. */
    static void agreesOnSpecifiers(int count, long seed, Path folder) throws IOException {
        Random random = new Random(seed);
        List<String> asked = new ArrayList<>(2 * count);
        for (int i = 0; i < count; i++) {
            String version = likely(random);
            asked.add(specifiers(version, random));
            asked.add(version);
        }
        List<String> answers = ask(SPECIFIERS_SCRIPT, asked, folder);
        assertThat(answers).hasSize(count);
        Map<String, Integer> seen = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            String answer = answers.get(i);
            Version version = Version.parse(asked.get(2 * i + 1)).orElseThrow();
            String ours = Specifiers.parse(asked.get(2 * i))
                    .map(read -> (read.contain(version, true) ? "y" : "n") + (read.contain(version) ? "y" : "n"))
                    .orElse("--");
            for (int c = 0; c < 2; c++) {
                if (answer.charAt(c) != '?' && answer.charAt(c) != ours.charAt(c)) {
                    throw new AssertionError("seed " + seed + ": of '" + asked.get(2 * i) + "' and '"
                            + asked.get(2 * i + 1) + "' packaging says " + answer + ", and not " + ours);
                }
            }
            seen.merge(answer, 1, Integer::sum);
        }
        // each answer often enough to mean something
        assertThat(seen.get("yy")).isGreaterThan(count / 50);
        assertThat(seen.get("nn")).isGreaterThan(count / 10);
        assertThat(seen.get("--")).isBetween(count / 50, count / 2);
    }

    private static List<String> ask(String script, List<String> lines, Path folder) throws IOException {
        return ask(Pips.newest().orElseThrow(), script, lines, folder);
    }

    /** What that pip's Python answers when it runs a script on a file of lines, a line to each. */
    static List<String> ask(Pips.Pip python, String script, List<String> lines, Path folder) throws IOException {
        Path asked = folder.resolve("asked");
        Path answered = folder.resolve("answered");
        Path file = Files.writeString(folder.resolve("oracle.py"), script);
        try (BufferedWriter out = Files.newBufferedWriter(asked)) {
            for (String line : lines) {
                out.write(line.replace('\n', '$') + "\n");
            }
        }
        String run =
                "import runpy, sys; sys.argv = ['', '%s', '%s']; runpy.run_path('%s')".formatted(asked, answered, file);
        python.target(folder.resolve("nothing")).python(LONG, run).orFail();
        return Files.readAllLines(answered);
    }

    /** Specifiers of which many are about that version, and most are sound. */
    private static String specifiers(String version, Random random) {
        StringBuilder text = new StringBuilder();
        for (int more = random.nextInt(3); more >= 0; more--) {
            String wanted = random.nextInt(3) == 0 ? version : likely(random);
            if (random.nextInt(3) > 0) {
                wanted = wanted.replaceAll("\\+.*", "");
            }
            if (random.nextInt(5) == 0) {
                wanted = (random.nextInt(4) > 0 ? wanted.replaceAll("[^0-9.!].*", "") : wanted) + ".*";
            }
            if (random.nextInt(40) == 0) {
                wanted += PARTS[random.nextInt(PARTS.length)];
            }
            int operator = random.nextInt(random.nextInt(10) == 0 ? OPERATORS.length : OPERATORS.length - 2);
            text.append(random.nextInt(5) == 0 ? " " : "")
                    .append(OPERATORS[operator])
                    .append(random.nextInt(5) == 0 ? " " : "")
                    .append(wanted)
                    .append(more > 0 || random.nextInt(20) == 0 ? "," : "");
        }
        return text.toString();
    }

    private static String likely(Random random) {
        StringBuilder text = new StringBuilder();
        likely(text, random);
        return text.toString();
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
