package dev.permafrost.bench.workload;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/** Something to be measured. */
public interface Scenario {
    /** What it is called on the command line. */
    String name();

    /** What it does, in a line. */
    String summary();

    /** The options it knows. */
    List<Option> options();

    /**
     * Runs it and prints its report.
     *
     * @return whether what it checks held
     */
    boolean run(Options options, PrintStream out) throws IOException, InterruptedException;

    /** Every scenario there is. */
    static List<Scenario> all() {
        return List.of(
                new HitsBesideNginx(),
                new PriceOfFeatures(),
                new IdleConnections(),
                new LatencyBesideNginx(),
                new Herd(),
                new SmallHeap(),
                new BigUpload(),
                new AtScale(),
                new LongLists(),
                new Makecache(),
                new CreaterepoBesideC(),
                new SyncBesideCurl(),
                new CarryBesideCp(),
                new OriginAlone());
    }
}
