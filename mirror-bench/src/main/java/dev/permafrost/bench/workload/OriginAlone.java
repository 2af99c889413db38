package dev.permafrost.bench.workload;

import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.Catalogue;
import dev.permafrost.bench.origin.Origin;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;

/** The origin by itself, to try a server against by hand; runs until it is interrupted. */
final class OriginAlone implements Scenario {
    @Override
    public String name() {
        return "origin";
    }

    @Override
    public String summary() {
        return "serves made-up projects with latency and faults, for experiments, until interrupted";
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option("port", "9000", "port of 127.0.0.1"),
                new Option("projects", "20", "projects, sample-0 and on, of one wheel each"),
                new Option("megabytes", "5", "size of each wheel"),
                new Option("latency-ms", "50", "latency to the first byte"),
                new Option("kilobytes-per-second", "0", "how fast each file is sent; 0: at full speed"),
                new Option("cut-every", "0", "each so many-th file ends in mid-body; 0: none"),
                new Option("seed", "1", "what content follows from"));
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        Catalogue catalogue = Catalogue.seeded(options.number("seed", 0))
                .projects("sample", options.number("projects", 1), options.number("megabytes", 1) * 1_000_000L)
                .build();
        Behaviour behaviour = new Behaviour(
                Duration.ofMillis(options.number("latency-ms", 0)),
                options.number("kilobytes-per-second", 0) * 1000L,
                options.number("cut-every", 0));
        try (Origin origin = Origin.start(options.number("port", 0), catalogue, behaviour)) {
            out.println("serving " + origin.simpleUrl() + "; end it with Ctrl-C");
            Thread.currentThread().join();
        }
        return true;
    }
}
