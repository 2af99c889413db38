package dev.permafrost.proxy.testing;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A scrape in Prometheus's text format 0.0.4, read as strictly as the format is written.
 *
 * @param types the type of each family, by its name
 * @param samples the values by name and labels, {@code name{a="b",c="d"}} with the labels sorted
 */
@SuppressWarnings("StringSplitter") // what goes wrong here is a failed test
public record PrometheusText(Map<String, String> types, Map<String, Double> samples) {
    private static final Pattern HELP = Pattern.compile("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)");
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? ([-+0-9.eE]+|NaN|[-+]Inf)");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

    /**
     * Reads a scrape.
     *
     * @throws AssertionError for a line that is not of the format, a sample without a type, or one that comes twice
     */
    public static PrometheusText parse(String text) {
        Map<String, String> types = new LinkedHashMap<>();
        Map<String, Double> samples = new LinkedHashMap<>();
        for (String line : text.split("\n")) {
            Matcher type = TYPE.matcher(line);
            Matcher sample = SAMPLE.matcher(line);
            if (type.matches()) {
                require(types.put(type.group(1), type.group(2)) == null, "a second type: " + line);
            } else if (sample.matches()) {
                require(types.containsKey(family(sample.group(1), types)), "a sample without a type: " + line);
                String key = sample.group(1) + labels(sample.group(2));
                double value = Double.parseDouble(sample.group(3).replace("Inf", "Infinity"));
                require(samples.put(key, value) == null, "a second sample: " + line);
            } else {
                require(HELP.matcher(line).matches(), "not a line of the format: " + line);
            }
        }
        return new PrometheusText(types, samples);
    }

    private static String family(String name, Map<String, String> types) {
        String base = name.replaceFirst("_(bucket|sum|count|max)$", "");
        return types.containsKey(name) ? name : base;
    }

    private static String labels(String text) {
        if (text == null) {
            return "";
        }
        Map<String, String> sorted = new TreeMap<>();
        Matcher label = LABEL.matcher(text);
        int end = 0;
        while (label.find() && label.start() == end) {
            sorted.put(label.group(1), label.group(2));
            end = label.end();
        }
        require(end == text.length(), "not labels: " + text);
        StringBuilder all = new StringBuilder("{");
        sorted.forEach((name, value) -> all.append(all.length() > 1 ? "," : "")
                .append(name)
                .append("=\"")
                .append(value)
                .append('"'));
        return all.append('}').toString();
    }

    /** A value by name and labels, the labels sorted and written {@code a="b",c="d"}; 0 where there is none. */
    public double value(String name, String labels) {
        return samples.getOrDefault(labels.isEmpty() ? name : name + "{" + labels + "}", 0.0);
    }

    /** The samples of a name, by their labels. */
    public Map<String, Double> of(String name) {
        Map<String, Double> found = new TreeMap<>();
        samples.forEach((key, value) -> {
            if (key.equals(name) || key.startsWith(name + "{")) {
                found.put(key.substring(name.length()), value);
            }
        });
        return found;
    }

    /** All values of all labels of the families of ours. */
    public Set<String> labelValues() {
        Set<String> values = new LinkedHashSet<>();
        for (String key : samples.keySet()) {
            if (key.startsWith("permafrost_") && key.contains("{")) {
                Matcher label = LABEL.matcher(key.substring(key.indexOf('{') + 1, key.length() - 1));
                while (label.find()) {
                    values.add(label.group(2));
                }
            }
        }
        return values;
    }

    private static void require(boolean so, String otherwise) {
        if (!so) {
            throw new AssertionError(otherwise);
        }
    }
}
