package dev.permafrost.bench.load;

import dev.permafrost.bench.server.Proc;
import java.io.IOException;

/** Runs a load program to its end and says what share of the time it computed. */
final class Watch {
    private Watch() {}

    /** Runs a program and gives what it said. */
    interface Run {
        String run() throws IOException, InterruptedException;
    }

    /** Makes a result of what the program said. */
    interface Parse {
        Load.Result parse(String output, double busyShare) throws IOException;
    }

    /** No other child of this process may end meanwhile: Linux counts the time of all that have ended. */
    static Load.Result run(Run program, Parse parse) throws IOException, InterruptedException {
        long cpuBefore = Proc.endedChildrenCpuMicros();
        long start = System.nanoTime();
        String output = program.run();
        double wallMicros = (System.nanoTime() - start) / 1e3;
        return parse.parse(output, (Proc.endedChildrenCpuMicros() - cpuBefore) / wallMicros);
    }
}
