package dev.permafrost.bench;

import dev.permafrost.bench.server.UnavailableException;
import dev.permafrost.bench.workload.Option;
import dev.permafrost.bench.workload.Options;
import dev.permafrost.bench.workload.Scenario;
import dev.permafrost.bench.workload.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/**
 * The command {@code bench NAME [--option value …]}. Exit status 0 where what the scenario checks held, 1 where it did
 * not, 2 for a command line that can't be understood, 3 where something it needs is not there.
 */
public final class Main {
    private static final int VIOLATED = 1;
    private static final int USAGE = 2;
    private static final int UNAVAILABLE = 3;

    private Main() {}

    /** Runs the command and ends the virtual machine with its status. */
    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT);
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    /** Runs the command and gives its exit status. */
    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.isEmpty() || arguments.get(0).equals("--help")) {
            printHelp(out);
            return 0;
        }
        try {
            Scenario scenario = scenario(arguments.get(0));
            Options options = Options.parse(arguments.subList(1, arguments.size()), scenario.options());
            return scenario.run(options, out) ? 0 : VIOLATED;
        } catch (UsageException e) {
            err.println("bench: " + e.getMessage());
            return USAGE;
        } catch (UnavailableException | IOException e) {
            err.println("bench: " + e.getMessage());
            return UNAVAILABLE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNAVAILABLE;
        }
    }

    private static Scenario scenario(String name) {
        return Scenario.all().stream()
                .filter(s -> s.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException("no scenario '" + name + "'; there are "
                        + String.join(
                                ", ",
                                Scenario.all().stream().map(Scenario::name).toList())));
    }

    private static void printHelp(PrintStream out) {
        out.println("bench NAME [--option value ...]");
        for (Scenario scenario : Scenario.all()) {
            out.printf("%n  %s: %s%n", scenario.name(), scenario.summary());
            for (Option option : scenario.options()) {
                String value = option.value().isEmpty() ? "" : " (" + option.value() + ")";
                out.printf("      --%-22s %s%s%n", option.name(), option.help(), value);
            }
        }
    }
}
