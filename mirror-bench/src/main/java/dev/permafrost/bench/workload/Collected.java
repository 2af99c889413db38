package dev.permafrost.bench.workload;

import dev.permafrost.bench.server.Program;
import dev.permafrost.bench.server.Server;
import dev.permafrost.bench.server.UnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server's heap once its garbage has been collected, as {@code jcmd} tells it. */
final class Collected {
    private static final Duration JCMD_TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern USED = Pattern.compile("used (\\d+)K");

    private Collected() {}

    /** Has the server's Java collect all garbage; false where there is no JDK to ask it with. */
    static boolean collect(Server server) throws IOException, InterruptedException {
        try {
            jcmd(server, "GC.run");
            return true;
        } catch (UnavailableException e) {
            return false;
        }
    }

    /** Bytes in use on the server's heap after a collection; empty where there is no JDK to ask it with. */
    static OptionalLong heapBytes(Server server) throws IOException, InterruptedException {
        if (!collect(server)) {
            return OptionalLong.empty();
        }
        Matcher used = USED.matcher(jcmd(server, "GC.heap_info"));
        return used.find() ? OptionalLong.of(Long.parseLong(used.group(1)) << 10) : OptionalLong.empty();
    }

    private static String jcmd(Server server, String command) throws IOException, InterruptedException {
        return Program.output(
                JCMD_TIMEOUT,
                List.of(Program.require("jcmd", "openjdk-17-jdk-headless"), Long.toString(server.pid()), command));
    }
}
