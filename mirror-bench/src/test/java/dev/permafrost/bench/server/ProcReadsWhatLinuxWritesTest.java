package dev.permafrost.bench.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ProcReadsWhatLinuxWritesTest {
    @Test
    void timesFollowANameWithAnythingInIt() {
        String stat = "4711 (a) (b c) S 1 4711 4711 0 -1 4194560 1700 0 5 0 123 45 7 8 20 0 1 0 55 1000 200 18446 1";
        assertThat(Proc.cpuTicks(stat)).isEqualTo(168);
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
