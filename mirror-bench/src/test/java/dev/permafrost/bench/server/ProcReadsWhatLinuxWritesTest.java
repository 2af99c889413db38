package dev.permafrost.bench.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ProcReadsWhatLinuxWritesTest {
    @Test
    void timesFollowANameWithAnythingInIt() {
        String stat = "4711 (a) (b c) S 1 4711 4711 0 -1 4194560 1700 0 5 0 123 45 7 8 20 0 1 0 55 1000 200 18446 1";
        assertThat(Proc.cpuTicks(stat)).isEqualTo(168);
    }

    @Test
    void timesOfEndedChildrenComeBehind() {
        String stat = "4711 (a) (b c) S 1 4711 4711 0 -1 4194560 1700 0 5 0 123 45 7 8 20 0 1 0 55 1000 200 18446 1";
        assertThat(Proc.childrenTicks(stat)).isEqualTo(15);
    }

    @Test
    void aThreadsTimeIsTheFirstFigure() {
        assertThat(Proc.runNanos("123456789 42 7\n")).isEqualTo(123_456_789);
    }

    @Test
    void timeIsToTheNanosecondWhileNoThreadEnds() {
        Proc.Cpu before = new Proc.Cpu(Map.of(1L, 1_000L, 2L, 5_000L), 0);
        Proc.Cpu after = new Proc.Cpu(Map.of(1L, 2_500L, 2L, 5_000L, 3L, 700L), 10_000);
        assertThat(after.microsSince(before)).isEqualTo(2.2);
    }

    @Test
    void timeIsToTheTickOnceAThreadHasEnded() {
        Proc.Cpu before = new Proc.Cpu(Map.of(1L, 1_000L, 2L, 5_000L), 30_000);
        Proc.Cpu after = new Proc.Cpu(Map.of(1L, 2_500L), 50_000);
        assertThat(after.microsSince(before)).isEqualTo(20_000);
    }

    @Test
    void thisProcessRunsOn() {
        assumeTrue(Files.exists(Path.of("/proc/self/schedstat")), "no schedstat here");
        long pid = ProcessHandle.current().pid();
        Proc.Cpu before = Proc.cpu(pid);
        long until = System.nanoTime() + 20_000_000;
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        assertThat(before.nanosByThread()).hasSizeGreaterThan(1);
        assertThat(Proc.cpu(pid).microsSince(before)).isPositive();
    }

    @Test
    void sizesAreInKilobytes() {
        String status = "Name:\tjava\nVmHWM:\t  123456 kB\nVmRSS:\t     100 kB\nRssAnon:\t      60 kB\n";
        assertThat(Proc.statusBytes(status, "VmHWM")).hasValue(123_456L * 1024);
        assertThat(Proc.statusBytes(status, "RssAnon")).hasValue(60 * 1024);
        assertThat(Proc.statusBytes(status, "VmSwap")).isEmpty();
    }

    @Test
    void thisProcessHasUsedTimeAndMemory() {
        assumeTrue(Files.exists(Path.of("/proc/self/stat")), "no proc(5) here");
        long pid = ProcessHandle.current().pid();
        assertThat(Proc.cpuMicros(pid)).isPositive();
        Proc.Memory memory = Proc.memory(pid);
        assertThat(memory.peak()).isGreaterThanOrEqualTo(memory.now()).isGreaterThan(1 << 20);
        assertThat(memory.anonymous()).isPositive();
    }

    @Test
    void aProcessThatIsGoneHasNone() {
        assertThat(Proc.cpuMicros(Integer.MAX_VALUE)).isZero();
        assertThat(Proc.memory(Integer.MAX_VALUE)).isEqualTo(new Proc.Memory(0, 0, 0));
    }
}
