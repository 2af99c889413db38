package dev.permafrost.bench.workload;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The options of one run. */
public final class Options {
    private final Map<String, String> values;

    private Options(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Reads {@code --name value} and {@code --name=value}.
     *
     * @throws UsageException for what is not among the allowed, or lacks its value
     */
    public static Options parse(List<String> arguments, List<Option> allowed) {
        Map<String, String> values = new HashMap<>();
        allowed.forEach(option -> values.put(option.name(), option.value()));
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            if (!name.startsWith("--") || !values.containsKey(name.substring(2))) {
                throw new UsageException(
                        "'" + argument + "' is not an option of this scenario; without arguments, bench lists them");
            }
            if (equals < 0 && i + 1 == arguments.size()) {
                throw new UsageException("'" + argument + "' lacks its value");
            }
            values.put(name.substring(2), equals < 0 ? arguments.get(++i) : argument.substring(equals + 1));
        }
        return new Options(values);
    }

    /** The value of an option, as text. */
    String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no option " + name);
        }
        return value;
    }

    /** The value of an option that is a whole number, not below a least one. */
    int number(String name, int least) {
        return number(name, text(name), least);
    }

    /** A whole number that the value of an option has in it. */
    static int number(String name, String text, int least) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, along with numbers that are too small.
        }
        throw new UsageException("--" + name + " is a whole number of " + least + " or more, not '" + text + "'");
    }

    /** The value of an option that is a number above 0. */
    double decimal(String name) {
        try {
            double number = Double.parseDouble(text(name));
            if (number > 0 && number < Double.POSITIVE_INFINITY) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, along with numbers that are too small.
        }
        throw new UsageException("--" + name + " is a number above 0, not '" + text(name) + "'");
    }

    /** The value of an option that is a list of names, of those that there are; all of them where it is empty. */
    List<String> names(String name, List<String> known) {
        if (text(name).isEmpty()) {
            return known;
        }
        List<String> names = List.of(text(name).split(",", -1));
        for (String one : names) {
            if (!known.contains(one)) {
                throw new UsageException(
                        "--" + name + " has '" + one + "', which is not among " + String.join(", ", known));
            }
        }
        return known.stream().filter(names::contains).toList();
    }

    /** The value of an option that counts seconds. */
    Duration seconds(String name) {
        return Duration.ofSeconds(number(name, 1));
    }
}
