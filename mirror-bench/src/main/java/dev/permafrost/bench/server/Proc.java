package dev.permafrost.bench.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What Linux tells of a process and all it has started (proc(5)). */
public final class Proc {
    /** The unit of times in {@code /proc/PID/stat}: USER_HZ, which is 100 on every architecture we run on. */
    private static final long TICKS_PER_SECOND = 100;

    private static final int UTIME_AFTER_NAME = 11;
    private static final int STIME_AFTER_NAME = 12;
    private static final int CHILDREN_UTIME_AFTER_NAME = 13;
    private static final int CHILDREN_STIME_AFTER_NAME = 14;

    private Proc() {}

    /**
     * Resident memory of a tree of processes, in bytes.
     *
     * @param peak the sum of each process's highest (VmHWM)
     * @param now what is resident now (VmRSS)
     * @param anonymous of it, heap and other memory without a file behind it (RssAnon)
     */
    public record Memory(long peak, long now, long anonymous) {}

    /** User and system time that a process and its living descendants have used, in microseconds. */
    public static long cpuMicros(long pid) {
        return tree(pid)
                        .flatMap(p -> read(p, "stat").stream())
                        .mapToLong(Proc::cpuTicks)
                        .sum()
                * (1_000_000 / TICKS_PER_SECOND);
    }

    /**
     * What the threads of a process and of its living descendants have run so far.
     *
     * @param nanosByThread by the number of each living thread
     * @param micros of the processes, their ended threads included; exact to a tick
     */
    public record Cpu(Map<Long, Long> nanosByThread, long micros) {
        /** Microseconds run since then: to the nanosecond where no thread has ended meanwhile, else to the tick. */
        public double microsSince(Cpu before) {
            if (nanosByThread.isEmpty() || !nanosByThread.keySet().containsAll(before.nanosByThread.keySet())) {
                return micros - before.micros;
            }
            return (sum(nanosByThread) - sum(before.nanosByThread)) / 1e3;
        }

        private static long sum(Map<Long, Long> nanos) {
            return nanos.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** The time that a process and its living descendants have run, thread by thread. */
    public static Cpu cpu(long pid) {
        Map<Long, Long> nanos = new HashMap<>();
        tree(pid)
                .forEach(p -> threads(p)
                        .forEach(thread -> read(p, "task/" + thread + "/schedstat")
                                .ifPresent(stat -> nanos.put(thread, runNanos(stat)))));
        return new Cpu(nanos, cpuMicros(pid));
    }

    /** User and system time of this process's children that have ended, in microseconds. */
    public static long endedChildrenCpuMicros() {
        return read(ProcessHandle.current().pid(), "stat")
                        .map(Proc::childrenTicks)
                        .orElse(0L)
                * (1_000_000 / TICKS_PER_SECOND);
    }

    /** Resident memory of a process and its living descendants. */
    public static Memory memory(long pid) {
        List<String> all = tree(pid).flatMap(p -> read(p, "status").stream()).toList();
        return new Memory(sum(all, "VmHWM"), sum(all, "VmRSS"), sum(all, "RssAnon"));
    }

    /** User and system ticks in a line of {@code /proc/PID/stat}; the name in it may hold spaces and brackets. */
    static long cpuTicks(String stat) {
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).trim().split(" ", -1);
        return Long.parseLong(afterName[UTIME_AFTER_NAME]) + Long.parseLong(afterName[STIME_AFTER_NAME]);
    }

    /** User and system ticks of ended children in a line of {@code /proc/PID/stat}. */
    static long childrenTicks(String stat) {
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).trim().split(" ", -1);
        return Long.parseLong(afterName[CHILDREN_UTIME_AFTER_NAME])
                + Long.parseLong(afterName[CHILDREN_STIME_AFTER_NAME]);
    }

    /** The nanoseconds that a thread has run, the first figure of its {@code schedstat}. */
    static long runNanos(String schedstat) {
        return Long.parseLong(schedstat.trim().split(" ", -1)[0]);
    }

    /** A figure of {@code /proc/PID/status} in bytes; empty where the line is not there. */
    static OptionalLong statusBytes(String status, String field) {
        return status.lines()
                .filter(line -> line.startsWith(field + ":"))
                .mapToLong(line -> 1024
                        * Long.parseLong(line.substring(field.length() + 1)
                                .replace("kB", "")
                                .trim()))
                .findFirst();
    }

    private static long sum(List<String> statuses, String field) {
        return statuses.stream().mapToLong(s -> statusBytes(s, field).orElse(0)).sum();
    }

    private static Stream<Long> tree(long pid) {
        return ProcessHandle.of(pid)
                .map(p -> Stream.concat(Stream.of(p), p.descendants()))
                .orElse(Stream.empty())
                .map(ProcessHandle::pid);
    }

    private static List<Long> threads(long pid) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return tasks.map(task -> Long.valueOf(String.valueOf(task.getFileName())))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    private static Optional<String> read(long pid, String file) {
        try {
            return Optional.of(Files.readString(Path.of("/proc", Long.toString(pid), file)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
