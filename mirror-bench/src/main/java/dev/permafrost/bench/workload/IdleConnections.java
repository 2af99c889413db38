package dev.permafrost.bench.workload;

import dev.permafrost.bench.load.Crowd;
import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.Catalogue;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.server.Proc;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What connections that do nothing cost the server in memory: each has asked once, and is kept alive. */
final class IdleConnections implements Scenario {
    private static final List<String> SETTINGS =
            List.of("http.idle-timeout=1h", "http.connections-max=1000000", "http.connections-per-address-max=0");
    private static final int FIRST_CONNECTIONS = 200;
    private static final long SETTLE_MILLIS = 1000;

    /** What came of one kind of connection; bytes. */
    private record Outcome(
            String road, int opened, int open, long before, long after, OptionalLong afterCollection, long most) {
        boolean holds() {
            return open == opened && cost() <= most;
        }

        /** What is judged: memory that garbage alone takes does not count where it could be collected. */
        long cost() {
            return afterCollection.orElse(after) - before;
        }
    }

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public String summary() {
        return "resident memory of many idle connections, plain and with TLS";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("connections", "10000", "how many"),
                                new Option("plain-mb", "100", "the most that they may cost over plain HTTP"),
                                new Option("tls-mb", "400", "the most that they may cost over TLS"),
                                new Option("server-cpus", "0", "processors of the server; '' for all"),
                                new Option("java-opts", "-Xmx256m", "options of the server's Java")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        int connections = options.number("connections", 1);
        List<Outcome> outcomes = List.of(
                measure(options, false, connections, options.number("plain-mb", 1) * 1_000_000L),
                measure(options, true, connections, options.number("tls-mb", 1) * 1_000_000L));
        MarkdownTable table = new MarkdownTable(
                "idle connections",
                "still open",
                "RSS before, MB",
                "with them",
                "collected",
                "they cost, MB",
                "each, KB",
                "at most, MB",
                "verdict");
        for (Outcome o : outcomes) {
            table.row(
                    "%,d, %s".formatted(o.opened(), o.road()),
                    "%,d".formatted(o.open()),
                    megabytes(o.before()),
                    megabytes(o.after()),
                    o.afterCollection().isPresent()
                            ? megabytes(o.afterCollection().getAsLong())
                            : "no jcmd",
                    megabytes(o.cost()),
                    "%.1f".formatted(o.cost() / 1e3 / o.opened()),
                    megabytes(o.most()),
                    o.holds() ? "ok" : "SHORT");
        }
        out.println();
        out.print(table.render());
        out.println();
        out.println(Machine.describe() + "; \"collected\" is after a full collection, as is \"before\".");
        return outcomes.stream().allMatch(Outcome::holds);
    }

    private static Outcome measure(Options options, boolean tls, int connections, long most)
            throws IOException, InterruptedException {
        Catalogue catalogue = Sample.catalogue(List.of(Sample.PAGE));
        try (Lab lab = Lab.open(options);
                Origin origin = Origin.start(0, catalogue, Behaviour.perfect());
                Server server = lab.permafrost(
                        tls ? "server-tls" : "server",
                        origin,
                        Sample.PAGE.project(),
                        options.text("server-cpus"),
                        options.text("java-opts"),
                        tls ? lab.certificate() : null,
                        SETTINGS)) {
            Map<Sample, String> paths = Sample.fill(server, catalogue, List.of(Sample.PAGE));
            String path = String.valueOf(paths.get(Sample.PAGE));
            URI address = tls ? server.tlsUri(path) : server.uri(path);
            // Classes and pools that the first connections bring in are not the price of a connection.
            Crowd.of(Math.min(FIRST_CONNECTIONS, connections), address).close();
            Thread.sleep(SETTLE_MILLIS);
            Collected.collect(server);
            long before = Proc.memory(server.pid()).now();
            try (Crowd crowd = Crowd.of(connections, address)) {
                Thread.sleep(SETTLE_MILLIS);
                long after = Proc.memory(server.pid()).now();
                boolean collected = Collected.collect(server);
                OptionalLong afterCollection =
                        collected ? OptionalLong.of(Proc.memory(server.pid()).now()) : OptionalLong.empty();
                return new Outcome(
                        tls ? "TLS" : "plain HTTP", connections, crowd.open(), before, after, afterCollection, most);
            }
        }
    }

    private static String megabytes(long bytes) {
        return "%.0f".formatted(bytes / 1e6);
    }
}
