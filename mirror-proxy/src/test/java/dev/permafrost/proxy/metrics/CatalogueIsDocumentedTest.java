package dev.permafrost.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What operators read of the meters, and are woken by, is what the catalogue says. */
@SuppressWarnings({"NullAway", "StringSplitter"}) // what goes wrong here is a failed test
class CatalogueIsDocumentedTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "METRICS.md");
    private static final Path ALERTS = Path.of("..", "deploy", "observability", "alerts.yaml");
    private static final Path WRITTEN = Path.of("target", "METRICS.md");
    private static final Pattern NAME = Pattern.compile("(?<![a-z_])(?:permafrost|process)_[a-z_]+");
    private static final Pattern SELECTOR = Pattern.compile("((?:permafrost|process)_[a-z_]+)\\{([^}]*)}");

    @Test
    void theDocumentListsThemAll() throws IOException {
        String document = Files.readString(DOCUMENT);
        String table = table();
        int begin = document.indexOf("| name |");
        assertThat(begin).isPositive();
        int end = document.indexOf("\n\n", begin);
        String expected = document.substring(0, begin) + table.stripTrailing() + document.substring(end);
        if (!expected.equals(document)) {
            Files.writeString(WRITTEN, expected);
        }
        assertThat(document)
                .as("docs/METRICS.md differs from the catalogue; copy %s over it", WRITTEN.toAbsolutePath())
                .isEqualTo(expected);
    }

    @Test
    void alertsAreAboutMetersThereAre() throws IOException {
        String alerts = Files.readString(ALERTS);
        Map<String, Meter> known = exposed();
        List<String> used =
                NAME.matcher(alerts).results().map(match -> match.group()).toList();
        assertThat(used).isNotEmpty().allSatisfy(name -> assertThat(known).containsKey(name));
        Matcher selector = SELECTOR.matcher(alerts);
        int selectors = 0;
        while (selector.find()) {
            selectors++;
            for (String condition : selector.group(2).split(",")) {
                assertThat(known.get(selector.group(1)).tags())
                        .contains(condition.replaceAll("[!=~].*", "").trim());
            }
        }
        assertThat(selectors).isPositive();
    }

    @Test
    void namesDiffer() {
        assertThat(Arrays.stream(Meter.values()).map(Meter::exposedName)).doesNotHaveDuplicates();
    }

    private static Map<String, Meter> exposed() {
        Map<String, Meter> names = new TreeMap<>();
        for (Meter meter : Meter.values()) {
            List<String> suffixes =
                    meter.type() == Meter.Type.HISTOGRAM ? List.of("_bucket", "_sum", "_count") : List.of("");
            suffixes.forEach(suffix -> names.put(meter.exposedName() + suffix, meter));
        }
        return names;
    }

    private static String table() {
        List<String> lines = new ArrayList<>();
        lines.add("| name | type | labels | what it tells |");
        lines.add("|---|---|---|---|");
        for (Meter meter : Meter.values()) {
            lines.add("| `" + meter.exposedName() + "` | "
                    + meter.type().name().toLowerCase(Locale.ROOT) + " | "
                    + String.join(", ", meter.tags()) + " | " + meter.doc() + " |");
        }
        return String.join("\n", lines);
    }
}
