package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.Pips;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Python's own {@code packaging}, the newest that is here: what it says of requirements made up at random is what we must say. */
final class RequirementsOracle {
    private static final Duration SHORT = Duration.ofMinutes(1);

    /** Prints the major version of the packaging that a script gets, 0 for none that parses as it does today. */
    private static final String IMPORT = """
            import importlib, sys
            base = None
            for name in ('packaging', 'pip._vendor.packaging'):
                try:
                    found = importlib.import_module(name)
                    if base is None and int(found.__version__.split('.')[0]) >= 22:
                        base = name
                except (ImportError, AttributeError):
                    pass
            major = int(importlib.import_module(base).__version__.split('.')[0]) if base else 0
            """;

    private static final List<Map<String, String>> ENVIRONMENTS = List.of(
            Map.ofEntries(
                    Map.entry("implementation_name", "cpython"),
                    Map.entry("implementation_version", "3.11.4"),
                    Map.entry("os_name", "posix"),
                    Map.entry("platform_machine", "x86_64"),
                    Map.entry("platform_python_implementation", "CPython"),
                    Map.entry("platform_release", "5.15.0-88-generic"),
                    Map.entry("platform_system", "Linux"),
                    Map.entry("platform_version", "#98-Ubuntu SMP"),
                    Map.entry("python_full_version", "3.11.4+"),
                    Map.entry("python_version", "3.11"),
                    Map.entry("sys_platform", "linux"),
                    Map.entry("extra", "")),
            Map.ofEntries(
                    Map.entry("implementation_name", "pypy"),
                    Map.entry("implementation_version", "7.3.13"),
                    Map.entry("os_name", "nt"),
                    Map.entry("platform_machine", "AMD64"),
                    Map.entry("platform_python_implementation", "PyPy"),
                    Map.entry("platform_release", "10"),
                    Map.entry("platform_system", "Windows"),
                    Map.entry("platform_version", "10.0.19045"),
                    Map.entry("python_full_version", "2.7.18"),
                    Map.entry("python_version", "2.7"),
                    Map.entry("sys_platform", "win32"),
                    Map.entry("extra", "a-b")));

    /**
     * Reads requirements, one a line, and writes for each its name, extras, URL, specifiers and marker, and in which environments that
     * holds: y, n, u where it is undefined, ? for what older ones say otherwise, or what PEP 440 leaves open: before 26, texts were
     * compared as versions where they looked like some, and had an order. It takes the version of ~= apart as it is spelled, and so finds none
     * that begins with a v; and it leaves the extras that stand in parentheses as they are spelled, and then finds none: ?? for those.
     */
    private static final String SCRIPT = IMPORT + """
            import re
            markers, requirements, parser, specifiers = (importlib.import_module(base + '.' + name)
                for name in ('markers', 'requirements', '_parser', 'specifiers'))
            VERSIONS = ('implementation_version', 'platform_release', 'python_full_version', 'python_version')
            UNDEFINED = (markers.UndefinedComparison, markers.UndefinedEnvironmentName, KeyError)
            ENVIRONMENTS = %s
            def unsure(node):
                if isinstance(node, list):
                    return any(unsure(one) for one in node)
                if not isinstance(node, tuple):
                    return False
                left, operator, right = node
                key = (left if isinstance(left, parser.Variable) else right).value
                if key in VERSIONS:
                    return (operator.value == '===' or operator.value == '~=' and right.value.strip().startswith('v')
                            or major < 26 and operator.value in ('<', '>', '<=', '>='))
                return major < 26 and operator.value not in ('in', 'not in')
            def value(marker, environment):
                if marker is None:
                    return 'y'
                if unsure(marker._markers):
                    return '?'
                try:
                    return 'y' if marker.evaluate(dict(environment)) else 'n'
                except UNDEFINED:
                    return 'u'
                except ValueError:
                    return '?'
            def odd(node, extra=re.compile('[a-z0-9]+(-[a-z0-9]+)*|')):
                if isinstance(node, list):
                    return any(odd(one) for one in node)
                return isinstance(node, tuple) and 'extra' in (node[0].value, node[2].value) and not all(
                    extra.fullmatch(side.value) for side in (node[0], node[2]))
            def answer(text):
                try:
                    read = requirements.Requirement(text)
                    specifier = parser.parse_requirement(text).specifier
                except (ValueError, SyntaxError):
                    return '-'
                if read.marker and any(odd(one) for one in read.marker._markers if isinstance(one, list)):
                    return '??'
                return '\\t'.join((read.name, ','.join(sorted(read.extras)), read.url or '',
                    re.sub(',+', ',', re.sub('\\\\s', '', specifier)).strip(','), str(read.marker) if read.marker else '',
                    ''.join(value(read.marker, one) for one in ENVIRONMENTS)))
            with open(sys.argv[2], 'w') as out:
                for line in open(sys.argv[1], newline='\\n'):
                    out.write(answer(line.rstrip('\\n').replace('$', '\\n')).replace('\\n', '$') + '\\n')
            """;

    private static final String[] NAMES = {"six", "Foo.Bar_baz", "a", "zope.interface", "x_", "2to3"};
    private static final String[] OPERATORS = {"==", "!=", "~=", "<=", ">=", "<", ">", "==="};
    private static final String[] VERSIONS = {
        "3", "3.8", "2.7", "3.11", "3.11.4", "3.*", "3.9.dev1", "3.8rc1", "v3.8", "3.8.post1", "1!2", "10", " 3.8 "
    };
    private static final String[] VERSION_VARIABLES = {
        "python_version", "python_full_version", "implementation_version", "platform_release"
    };
    private static final String[] VARIABLES = {
        "os_name",
        "os.name",
        "sys_platform",
        "sys.platform",
        "platform_machine",
        "platform.machine",
        "platform_system",
        "platform_version",
        "platform.version",
        "platform_python_implementation",
        "platform.python_implementation",
        "python_implementation",
        "implementation_name"
    };
    private static final String[] TEXTS = {
        "posix",
        "nt",
        "linux",
        "win32",
        "linux2 linux",
        "x86_64",
        "Linux",
        "Windows",
        "PyPy",
        "CPython",
        "cpython",
        "10.0.19045",
        "3",
        ""
    };
    private static final String[] SCRAPS = {
        " ",
        "  ",
        "\t",
        ",",
        ";",
        "(",
        ")",
        "[",
        "]",
        "@",
        "'",
        "\"",
        "and",
        "or",
        "not in",
        "in",
        "not",
        "==",
        "=",
        ".",
        "-",
        "_",
        "\n",
        "a",
        "1",
        ".*",
        "+x",
        "extra",
        "os_name",
        "extras",
        "dependency_groups",
        "é",
        "*"
    };

    private RequirementsOracle() {}

    /** Asks about that many texts. */
    static void agreesOn(int count, long seed, Path folder) throws IOException {
        Optional<Pips.Pip> python = python(folder);
        assumeTrue(python.isPresent(), "no packaging here that reads requirements as it does today");
        Random random = new Random(seed);
        List<String> asked = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            asked.add(requirement(random));
        }
        String environments = ENVIRONMENTS.stream()
                .map(one -> one.entrySet().stream()
                        .map(entry -> "'" + entry.getKey() + "': '" + entry.getValue() + "'")
                        .collect(Collectors.joining(", ", "{", "}")))
                .collect(Collectors.joining(", ", "[", "]"));
        List<String> answers = PackagingOracle.ask(python.get(), SCRIPT.formatted(environments), asked, folder);
        assertThat(answers).hasSize(count);
        Map<Character, Integer> seen = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            compare(seed, asked.get(i), answers.get(i), seen);
        }
        // each answer often enough to mean something
        assertThat(seen.get('-')).isBetween(count / 20, count / 2);
        assertThat(seen.get('y')).isGreaterThan(count / 10);
        assertThat(seen.get('n')).isGreaterThan(count / 10);
        assertThat(seen.get('u')).isGreaterThan(count / 200);
    }

    private static void compare(long seed, String text, String answer, Map<Character, Integer> seen) {
        if (answer.equals("??")) {
            return;
        }
        String ours = Requirement.parse(text)
                .map(RequirementsOracle::told)
                .orElse("-")
                .replace('\n', '$');
        int values = answer.length() - (answer.equals("-") ? 1 : ENVIRONMENTS.size());
        boolean same = ours.length() == answer.length() && ours.startsWith(answer.substring(0, values));
        for (int c = values; same && c < answer.length(); c++) {
            same = answer.charAt(c) == '?' || answer.charAt(c) == ours.charAt(c);
            seen.merge(answer.charAt(c), 1, Integer::sum);
        }
        if (!same) {
            throw new AssertionError(
                    "seed " + seed + ": of '" + text + "' packaging says\n" + answer + "\nand not\n" + ours);
        }
    }

    private static String told(Requirement read) {
        Marker marker = read.marker();
        String values = ENVIRONMENTS.stream()
                .map(one -> marker == null ? Optional.of(true) : marker.evaluate(one))
                .map(holds -> holds.map(yes -> yes ? "y" : "n").orElse("u"))
                .collect(Collectors.joining());
        return String.join(
                "\t",
                read.name(),
                String.join(",", read.extras()),
                read.url() == null ? "" : read.url(),
                read.specifiers().toString(),
                marker == null ? "" : marker.toString(),
                values);
    }

    /** The Python with the newest packaging, its own or its pip's. */
    private static Optional<Pips.Pip> python(Path folder) {
        Pips.Pip best = null;
        int newest = 0;
        for (Pips.Pip pip : Pips.all()) {
            if (!pip.pythonVersion().startsWith("2.")) {
                int major = Integer.parseInt(pip.target(folder.resolve("nothing"))
                        .python(SHORT, IMPORT + "print(major)\n")
                        .orFail()
                        .out()
                        .strip());
                if (major > newest) {
                    best = pip;
                    newest = major;
                }
            }
        }
        return Optional.ofNullable(best);
    }

    private static String requirement(Random random) {
        StringBuilder text = new StringBuilder(one(NAMES, random));
        if (random.nextInt(4) == 0) {
            text.append(space(random)).append(random.nextBoolean() ? "[a]" : "[ B_c,a ]");
        }
        text.append(space(random));
        boolean url = random.nextInt(8) == 0;
        if (url) {
            text.append("@ https://x.test/a-1.0.zip#sha256=ab ");
        } else if (random.nextInt(4) > 0) {
            boolean parentheses = random.nextInt(4) == 0;
            text.append(parentheses ? "(" : "");
            for (int more = random.nextInt(3); more >= 0; more--) {
                text.append(one(OPERATORS, random))
                        .append(space(random))
                        .append(one(VERSIONS, random).strip())
                        .append(space(random))
                        .append(more > 0 ? "," + space(random) : "");
            }
            text.append(parentheses ? ")" : "");
        }
        if (random.nextInt(4) > 0) {
            text.append(space(random)).append(';').append(space(random));
            if (random.nextInt(10) == 0) {
                text.append("extra ").append(random.nextBoolean() ? "==" : "!=").append(" 'A_b'");
            } else {
                marker(text, random, 2);
            }
        }
        for (int scraps = random.nextInt(8) == 0 ? 1 + random.nextInt(2) : 0; scraps > 0; scraps--) {
            int at = random.nextInt(text.length() + 1);
            if (random.nextInt(3) == 0 && at < text.length()) {
                text.deleteCharAt(at);
            } else {
                text.insert(at, one(SCRAPS, random));
            }
        }
        return text.toString();
    }

    private static void marker(StringBuilder text, Random random, int deep) {
        for (int more = random.nextInt(3); more >= 0; more--) {
            if (deep > 0 && random.nextInt(4) == 0) {
                text.append('(').append(space(random));
                marker(text, random, deep - 1);
                text.append(space(random)).append(')');
            } else {
                comparison(text, random);
            }
            text.append(more > 0 ? random.nextBoolean() ? " and " : " or " : "");
        }
    }

    private static void comparison(StringBuilder text, Random random) {
        boolean version = random.nextInt(2) == 0;
        String variable = random.nextInt(10) == 0 ? "extra" : one(version ? VERSION_VARIABLES : VARIABLES, random);
        String quote = random.nextBoolean() ? "'" : "\"";
        String value = variable.equals("extra")
                ? random.nextBoolean() ? "a-b" : "c"
                : one(random.nextInt(8) == 0 != version ? VERSIONS : TEXTS, random);
        String quoted = random.nextInt(30) == 0 ? one(VARIABLES, random) : quote + value + quote;
        String operator = random.nextInt(6) == 0 ? random.nextBoolean() ? " in " : " not in " : one(OPERATORS, random);
        if (variable.equals("extra")) {
            operator = random.nextBoolean() ? "==" : "!=";
            quoted = quote + value + quote;
        }
        boolean turned = random.nextInt(5) == 0;
        text.append(turned ? quoted : variable)
                .append(space(random))
                .append(operator)
                .append(space(random))
                .append(turned ? variable : quoted);
    }

    private static String space(Random random) {
        return random.nextInt(3) == 0 ? " " : "";
    }

    private static String one(String[] of, Random random) {
        return of[random.nextInt(of.length)];
    }
}
