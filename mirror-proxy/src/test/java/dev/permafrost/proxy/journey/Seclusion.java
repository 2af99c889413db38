package dev.permafrost.proxy.journey;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.permafrost.proxy.testing.Subprocess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a carried copy is served: a network namespace that has nothing but a loopback interface, and a mount namespace in which
 * the copy is mounted read-only. Both vanish with the server. Where this machine does not permit that, the copy is made
 * unwritable instead, and the output says so.
 */
final class Seclusion {
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration TRACE_TIMEOUT = Duration.ofSeconds(10);
    private static final String MOUNT = "PATH=$PATH:/usr/sbin:/sbin; set -e; ip link set lo up;"
            + " mount --bind \"$0\" \"$1\"; mount -o remount,bind,ro \"$1\";"
            + " if touch \"$1/probe\" 2>/dev/null; then echo 'the mount is writable' >&2; exit 1; fi;"
            + " shift; exec \"$@\"";

    private static final String LOOPBACK = "PATH=$PATH:/usr/sbin:/sbin; set -e; ip link set lo up; exec \"$0\" \"$@\"";

    private final List<String> prefix;
    private final Path store;
    private final boolean secluded;
    private final Optional<Path> trace;

    private Seclusion(List<String> prefix, Path store, boolean secluded, Optional<Path> trace) {
        this.prefix = List.copyOf(prefix);
        this.store = store;
        this.secluded = secluded;
        this.trace = trace;
    }

    /** A place for that copy; the mount point and the trace go into {@code scratch}. */
    static Seclusion of(Path copy, Path scratch) throws IOException {
        Path mount = Files.createDirectory(scratch.resolve("read-only"));
        List<String> prefix = new ArrayList<>();
        List<String> namespaces =
                List.of("unshare", "--net", "--mount", "sh", "-c", MOUNT, copy.toString(), mount.toString());
        Optional<String> refused = refusal(namespaces);
        if (refused.isEmpty()) {
            prefix.addAll(namespaces);
        } else {
            System.out.println("note: no namespaces and no read-only mount here, so the copy is only made unwritable: "
                    + refused.get().strip());
            Subprocess.command("chmod", "-R", "a-w", copy.toString())
                    .run(PROBE_TIMEOUT)
                    .orFail();
        }
        return traced(prefix, refused.isEmpty() ? mount : copy, refused.isEmpty(), scratch);
    }

    /** A place without a network, in which everything can be written; the trace goes into {@code scratch}. */
    static Seclusion withoutNetwork(Path scratch) {
        List<String> namespace = List.of("unshare", "--net", "sh", "-c", LOOPBACK);
        Optional<String> refused = refusal(namespace);
        refused.ifPresent(why -> System.out.println("note: no namespaces here: " + why.strip()));
        return traced(refused.isEmpty() ? namespace : List.of(), scratch, refused.isEmpty(), scratch);
    }

    private static Seclusion traced(List<String> start, Path store, boolean secluded, Path scratch) {
        List<String> prefix = new ArrayList<>(start);
        Path log = scratch.resolve("strace.log");
        List<String> tracer = List.of("strace", "-D", "-f", "-e", "trace=connect,sendto", "-o", log.toString());
        Optional<String> untraceable = refusal(tracer);
        if (untraceable.isEmpty()) {
            prefix.addAll(tracer);
        } else {
            System.out.println("note: no strace here, so connections are not looked for: "
                    + untraceable.get().strip());
        }
        return new Seclusion(prefix, store, secluded, untraceable.isEmpty() ? Optional.of(log) : Optional.empty());
    }

    /** The command line that starts the server there. */
    List<String> prefix() {
        return prefix;
    }

    /** Whether connections are looked for. */
    boolean traced() {
        return trace.isPresent();
    }

    /** Whether the network is out of reach, and the store on a read-only mount. */
    boolean secluded() {
        return secluded;
    }

    /** The store, as that server sees it. */
    Path store() {
        return store;
    }

    /** The command line that starts a client beside a server that was started there. */
    List<String> beside(Subprocess server) {
        return secluded ? List.of("nsenter", "--target", String.valueOf(server.pid()), "--net") : List.of();
    }

    /**
     * The connections and datagrams over IP that the program started there, which has ended, has tried; none without strace.
     *
     * @throws AssertionError where the trace does not reach that program's end
     */
    List<String> outward() throws InterruptedException {
        if (trace.isEmpty()) {
            return List.of();
        }
        long deadline = System.nanoTime() + TRACE_TIMEOUT.toNanos();
        List<String> lines = lines(trace.get());
        while (lines.isEmpty() || !lines.get(lines.size() - 1).endsWith(" +++")) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("strace has not written the end of the program: " + lines);
            }
            Thread.sleep(20);
            lines = lines(trace.get());
        }
        return lines.stream().filter(line -> line.contains("AF_INET")).toList();
    }

    private static Optional<String> refusal(List<String> prefix) {
        if (Subprocess.onPath(prefix.get(0)).isEmpty()) {
            return Optional.of("there is no " + prefix.get(0));
        }
        List<String> command = new ArrayList<>(prefix);
        command.add("true");
        Subprocess.Result result = Subprocess.command(command).run(PROBE_TIMEOUT);
        return result.exit() == 0 ? Optional.empty() : Optional.of(result.err());
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
