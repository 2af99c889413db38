package dev.permafrost.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.http.HttpConfig;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of limits has each of them with its true default. */
final class LimitsAreDocumentedTest {
    private static final Path LIMITS = Path.of("..", "docs", "LIMITS.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `http\\.([a-z-]+)` \\| ([^ |]+) \\|");
    /** Where to listen, how much to remember, and whom to trust are no limits on clients. */
    private static final Set<String> NO_LIMITS =
            Set.of("listen", "page-cache-bytes-max", "trusted-proxies", "path-prefix");

    @Test
    void theTableSaysWhatTheCodeDoes() throws Exception {
        Map<String, String> documented = new TreeMap<>();
        ROW.matcher(Files.readString(LIMITS)).results().forEach(row -> documented.put(row.group(1), row.group(2)));
        Map<String, String> actual = new TreeMap<>();
        for (RecordComponent component : HttpConfig.class.getRecordComponents()) {
            String key = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
            if (!NO_LIMITS.contains(key)) {
                actual.put(key, written(key, component.getAccessor().invoke(HttpConfig.defaults())));
            }
        }
        assertThat(documented).isEqualTo(actual);
    }

    private static String written(String key, Object value) {
        if (value instanceof Duration duration) {
            return Values.written(duration);
        }
        return key.contains("bytes") ? Values.written(((Number) value).longValue()) : value.toString();
    }
}
