package dev.permafrost.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A request is counted in cells that are there already. */
class CountingAllocatesNothingTest {
    private static final int REQUESTS = 1_000_000;

    @Test
    void aMillionRequestsTakeNoMemory() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (MirrorMeters meters = new MirrorMeters()) {
            HttpMeters http = meters.http(List.of("page", "file"), List.of("hit", "miss"), List.of("memory", "disk"));
            RequestMeters repository = http.repository("pypi");
            count(http, repository, 1000);
            long before = threads.getCurrentThreadAllocatedBytes();
            count(http, repository, REQUESTS);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(allocated).isLessThan(REQUESTS / 10);
        }
    }

    private static void count(HttpMeters http, RequestMeters repository, int requests) {
        for (int i = 0; i < requests; i++) {
            http.ended(repository, i & 1, 200, (i & 7) == 0 ? -1 : 0, i, 0, 30_000);
        }
    }
}
