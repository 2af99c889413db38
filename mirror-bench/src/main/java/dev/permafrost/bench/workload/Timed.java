package dev.permafrost.bench.workload;

import dev.permafrost.bench.server.Program;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a command took, all that it has started included.
 *
 * @param wall seconds on the clock
 * @param cpu seconds of processors
 */
record Timed(double wall, double cpu) {
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /**
     * Runs a command, and has the shell tell what it took.
     *
     * @param processors those that it may run on, as taskset has them; empty for all
     */
    static Timed run(List<String> command, String processors) throws IOException, InterruptedException {
        List<String> timed = new ArrayList<>(List.of("bash", "-c", "TIMEFORMAT='took %R %U %S'; time \"$@\"", "bash"));
        timed.addAll(Program.pinned(processors, command));
        String said = Program.output(PATIENCE, timed, Map.of("LC_ALL", "C.UTF-8"));
        String[] figures = said.substring(said.lastIndexOf("took ") + 5).strip().split(" ", -1);
        return new Timed(
                Double.parseDouble(figures[0]), Double.parseDouble(figures[1]) + Double.parseDouble(figures[2]));
    }
}
