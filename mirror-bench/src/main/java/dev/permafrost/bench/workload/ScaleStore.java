package dev.permafrost.bench.workload;

import dev.permafrost.bench.load.Check;
import dev.permafrost.bench.load.Download;
import dev.permafrost.bench.load.Fleet;
import dev.permafrost.bench.load.Outcome;
import dev.permafrost.bench.origin.Artifact;
import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.MadeUpIndex;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.server.Server;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A store of a made-up index, filled as any other: a server in front of an origin is asked for every page, once for the list of all
 * projects, and for one file each of so many projects.
 *
 * @param folder the store's
 * @param index what is in it
 * @param held of how many projects a file is held; they are spread over all
 */
record ScaleStore(Path folder, MadeUpIndex index, int held) {
    /** The project with the most files. */
    static final String LARGEST = "scale-largest";

    /** What the projects are called, with a number behind it, that are the same in every store. */
    private static final String SAME = "scale-same-";

    /** How many of those there are. */
    static final int SAME_PROJECTS = 800;

    private static final int SAME_FILES = 30;
    private static final int BATCH = 20_000;
    private static final int CLIENTS = 32;
    private static final int LOAD_THREADS = 2;
    private static final Duration SILENCE_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration LIST_TIMEOUT = Duration.ofMinutes(10);
    private static final Duration PAUSE = Duration.ofMillis(500);

    /** Looks at nothing. */
    private static final Check ANY = new Check() {
        @Override
        public void accept(ByteBuffer bytes) {}

        @Override
        public @Nullable String complaint(long bytes) {
            return null;
        }
    };

    /**
     * A store that is to be, or is from an earlier run.
     *
     * @param names of projects; where they are too few, more are made up
     */
    static ScaleStore of(Path folder, List<String> names, int projects, long files, int largest, int held, long seed) {
        List<MadeUpIndex.Fixed> fixed = new ArrayList<>();
        fixed.add(new MadeUpIndex.Fixed(LARGEST, largest));
        int same = Math.min(SAME_PROJECTS, projects / 2);
        IntStream.range(0, same).forEach(i -> fixed.add(new MadeUpIndex.Fixed(same(i), SAME_FILES)));
        int others = Math.max(1, projects - fixed.size());
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < others; i++) {
            boolean real = names.size() >= others;
            chosen.add(real ? names.get((int) ((long) i * names.size() / others)) : "project-" + i);
        }
        long rest = Math.max(others, files - largest - (long) same * SAME_FILES);
        return new ScaleStore(folder, MadeUpIndex.of(chosen, fixed, rest, seed), held);
    }

    /** The name of one of the projects that are the same in every store. */
    static String same(int number) {
        return SAME + number;
    }

    /** Whether a project of that name is one of those. */
    static boolean isSame(String project) {
        return project.startsWith(SAME);
    }

    /** How many of those it has. */
    int samePages() {
        return (int) index.names().stream().filter(ScaleStore::isSame).count();
    }

    /** The path of a project's page. */
    static String page(String project) {
        return "/simple/" + project + "/";
    }

    /** The names in a file of lines that begin with them, compressed by gzip; none where no file is named. */
    static List<String> names(String file) throws IOException {
        if (file.isEmpty()) {
            return List.of();
        }
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(Path.of(file))), StandardCharsets.UTF_8))) {
            return lines.lines()
                    .map(line -> line.indexOf('\t') < 0 ? line : line.substring(0, line.indexOf('\t')))
                    .toList();
        }
    }

    private Path mark() {
        return folder.resolveSibling(folder.getFileName() + ".filled");
    }

    /** What tells this store from one of other sizes. */
    private String fingerprint(int originPort) {
        return index.names().size() + " projects, " + index.filesTotal() + " files, " + held + " held, port "
                + originPort + ", " + Integer.toHexString(index.names().hashCode());
    }

    /** Fills it, unless an earlier run has. */
    void fill(Lab lab, String javaOptions, int originPort, PrintStream out) throws IOException, InterruptedException {
        if (Files.exists(mark()) && Files.readString(mark()).equals(fingerprint(originPort))) {
            out.println(folder + " is there: " + fingerprint(originPort));
            return;
        }
        Lab.delete(folder);
        Files.deleteIfExists(mark());
        long start = System.nanoTime();
        try (Origin origin = Origin.start(originPort, index, Behaviour.perfect());
                Server server = lab.permafrostOn(folder, origin.simpleUrl(), javaOptions, Lab.UNDISTURBED)) {
            ask(server, index.names().stream().map(ScaleStore::page).toList(), "pages", out);
            ask(server, heldProjects().mapToObj(this::filePath).toList(), "files", out);
            awaitList(server);
        }
        Files.writeString(mark(), fingerprint(originPort));
        out.printf("filled %s in %.0f s: %s%n", folder, (System.nanoTime() - start) / 1e9, fingerprint(originPort));
    }

    /** Waits until the list of all projects is there. */
    static void awaitList(Server server) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIST_TIMEOUT.toNanos();
        while (server.ask("/simple/", LIST_TIMEOUT, "Accept-Encoding", "gzip").statusCode() != 200) {
            if (System.nanoTime() > deadline) {
                throw new IOException(
                        "the list of all projects has not come within " + LIST_TIMEOUT.toMinutes() + " min");
            }
            Thread.sleep(PAUSE.toMillis());
        }
    }

    private IntStream heldProjects() {
        int projects = index.names().size();
        return IntStream.range(0, held).map(i -> (int) ((long) i * projects / held));
    }

    private String filePath(int project) {
        Artifact file = index.file(project);
        return file.path();
    }

    private static void ask(Server server, List<String> paths, String what, PrintStream out)
            throws IOException, InterruptedException {
        for (int from = 0; from < paths.size(); from += BATCH) {
            List<String> batch = paths.subList(from, Math.min(paths.size(), from + BATCH));
            List<List<Download>> plans = Stream.generate(() -> (List<Download>) new ArrayList<Download>())
                    .limit(Math.min(CLIENTS, batch.size()))
                    .toList();
            for (int i = 0; i < batch.size(); i++) {
                plans.get(i % plans.size()).add(Download.whole(batch.get(i), () -> ANY));
            }
            long start = System.nanoTime();
            for (Outcome outcome : new Fleet(server.port(), LOAD_THREADS, SILENCE_TIMEOUT).run(plans)) {
                if (outcome.error() != null) {
                    throw new IOException(outcome.target() + ": " + outcome.error());
                }
            }
            out.printf(
                    "%,d %s, %.0f a second%n",
                    from + batch.size(), what, batch.size() / ((System.nanoTime() - start) / 1e9));
        }
    }
}
