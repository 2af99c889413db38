package dev.permafrost.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;

/**
 * A control group whose processes, while it is on, get no more than a share of one processor, by a quota in each period of 5 ms. Where
 * a load on another processor can't keep up with a server, one that is held shows its own rate.
 */
public final class CpuShare implements AutoCloseable {
    private static final int PERIOD_MICROS = 5000;
    private static final int PERCENT = 100;
    private static final Path V1 = Path.of("/sys/fs/cgroup/cpu");
    private static final Path V2 = Path.of("/sys/fs/cgroup");

    private final Path group;
    private final boolean isV1;
    private final int quotaMicros;

    private CpuShare(Path group, boolean isV1, int quotaMicros) {
        this.group = group;
        this.isV1 = isV1;
        this.quotaMicros = quotaMicros;
    }

    /**
     * Makes the group, which is off.
     *
     * @param percent of one processor
     * @throws UnavailableException where Linux does not let us
     */
    public static CpuShare of(int percent) {
        boolean isV1 = Files.exists(V1.resolve("cpu.cfs_quota_us"));
        Path group = (isV1 ? V1 : V2)
                .resolve("permafrost-bench-" + ProcessHandle.current().pid());
        try {
            if (!isV1) {
                Files.writeString(V2.resolve("cgroup.subtree_control"), "+cpu");
            }
            Files.createDirectory(group);
            if (isV1) {
                Files.writeString(group.resolve("cpu.cfs_period_us"), Integer.toString(PERIOD_MICROS));
            }
        } catch (IOException e) {
            throw new UnavailableException(
                    "a server is held to a share of its processor by a control group, which can't be made here (are you root?): "
                            + e);
        }
        return new CpuShare(group, isV1, PERIOD_MICROS * percent / PERCENT);
    }

    /** Puts a server into it, and the processes that it has started by now. */
    public void add(Server server) throws IOException {
        LongStream children = ProcessHandle.of(server.pid()).stream()
                .flatMap(ProcessHandle::descendants)
                .mapToLong(ProcessHandle::pid);
        for (long pid : LongStream.concat(LongStream.of(server.pid()), children).toArray()) {
            Files.writeString(group.resolve("cgroup.procs"), Long.toString(pid));
        }
    }

    /** Switches it on or off. */
    public void set(boolean on) throws IOException {
        if (isV1) {
            Files.writeString(group.resolve("cpu.cfs_quota_us"), on ? Integer.toString(quotaMicros) : "-1");
        } else {
            Files.writeString(
                    group.resolve("cpu.max"), (on ? Integer.toString(quotaMicros) : "max") + " " + PERIOD_MICROS);
        }
    }

    /** Deletes the group, once what was in it has ended. */
    @Override
    public void close() throws IOException {
        Files.delete(group);
    }
}
