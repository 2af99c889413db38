package dev.permafrost.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class WrkOutputIsUnderstoodTest {
    private static final String OUTPUT = """
            Running 3s test @ http://127.0.0.1:8080/
              1 threads and 32 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency   581.24us  299.87us   6.55ms   91.39%
                Req/Sec    47.79k     2.90k   51.28k    80.00%
              Latency Distribution
                 50%  543.00us
                 75%  639.00us
                 90%  778.00us
                 99%    1.07ms
              143898 requests in 3.00s, 4.63GB read
            """;
    private static final String RATES = "Requests/sec:  47941.25\nTransfer/sec:      1.54GB\n";

    @Test
    void aRunWithoutErrors() throws Exception {
        assertThat(Wrk.parse(OUTPUT + RATES, 0.5)).isEqualTo(new Load.Result(143_898, 47_941.25, 1070, 0, 0.5));
    }

    @Test
    void errorsOfEachKindAreAdded() throws Exception {
        String errors = """
                  Socket errors: connect 1, read 20, write 300, timeout 4000
                  Non-2xx or 3xx responses: 50000
                """;
        assertThat(Wrk.parse(OUTPUT + errors + RATES, 1).errors()).isEqualTo(54_321);
    }

    @Test
    void latencyComesInAnyUnit() throws Exception {
        String[][] inMicros = {
            {"1.07ms", "870.00us", "870"}, {"1.07ms", "1.50s", "1500000"}, {"1.07ms", "2.00m", "120000000"}
        };
        for (String[] c : inMicros) {
            assertThat(Wrk.parse(OUTPUT.replace(c[0], c[1]) + RATES, 1).latency99Micros())
                    .isEqualTo(Double.parseDouble(c[2]));
        }
    }

    @Test
    void anythingElseIsRefused() {
        assertThatThrownBy(() -> Wrk.parse("unable to connect to 127.0.0.1:1 Connection refused\n", 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Connection refused");
    }
}
