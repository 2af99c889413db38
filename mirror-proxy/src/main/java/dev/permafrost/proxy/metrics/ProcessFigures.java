package dev.permafrost.proxy.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the operating system says of this process; NaN where it says nothing. Blocks. */
final class ProcessFigures {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";
    private static final @Nullable UnixOperatingSystemMXBean SYSTEM =
            ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix ? unix : null;

    private ProcessFigures() {}

    static double residentBytes() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(RESIDENT)) {
                    // proc(5): "VmRSS:     1234 kB"
                    String kib = line.substring(RESIDENT.length(), line.length() - 2);
                    return Long.parseLong(kib.trim()) * 1024.0;
                }
            }
        } catch (IOException | NumberFormatException notLinux) {
            return Double.NaN;
        }
        return Double.NaN;
    }

    static double openDescriptors() {
        return SYSTEM == null ? Double.NaN : SYSTEM.getOpenFileDescriptorCount();
    }

    static double maxDescriptors() {
        return SYSTEM == null ? Double.NaN : SYSTEM.getMaxFileDescriptorCount();
    }

    static double cpuSeconds() {
        return SYSTEM == null ? Double.NaN : SYSTEM.getProcessCpuTime() / 1e9;
    }

    static double startSeconds() {
        return ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3;
    }
}
