package dev.permafrost.bench.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class GcLogTellsTheFullestHeapTest {
    @Test
    void whicheverTheCollector() {
        String log = """
                [0.015s][info][gc] Using G1
                [1.1s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 23M->4M(256M) 2.1ms
                [2.2s][info][gc] GC(1) Pause Young (Normal) (G1 Evacuation Pause) 181M->9M(256M) 2.2ms
                [2.3s][info][gc] GC(2) Concurrent Mark Cycle 4.0ms
                """;
        assertThat(GcLog.peakBytes(log)).hasValue(181L << 20);
        assertThat(GcLog.peakBytes("[1s][info][gc] GC(0) Garbage Collection (Warmup) 52M(20%)->10M(4%)"))
                .hasValue(52L << 20);
        assertThat(GcLog.peakBytes("[1s][info][gc] GC(0) Pause Young (Allocation Failure) 900K->100K(9728K) 1ms"))
                .hasValue(900L << 10);
    }

    @Test
    void withoutACollectionThereIsNone() {
        assertThat(GcLog.peakBytes("[0.015s][info][gc] Using G1\n")).isEmpty();
    }
}
