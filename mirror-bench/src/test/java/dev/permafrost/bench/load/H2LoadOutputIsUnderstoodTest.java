package dev.permafrost.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.api.Test;

final class H2LoadOutputIsUnderstoodTest {
    private static final String OUTPUT = """
            TLS Protocol: TLSv1.3
            Cipher: TLS_AES_128_GCM_SHA256
            Server Temp Key: X25519 253 bits
            Application protocol: h2

            finished in 3.00s, 10420.00 req/s, 299.67MB/s
            requests: 20840 total, 20840 started, 20840 done, 20837 succeeded, 3 failed, 2 errored, 1 timeout
            status codes: 20841 2xx, 0 3xx, 20 4xx, 100 5xx
            traffic: 599.33MB (628446584) total, 2.94MB (3084840) headers (space savings 39.23%), 802.33MB data
            """;

    @Test
    void errorsOfEachKindAreAdded() throws Exception {
        assertThat(H2Load.parse(OUTPUT, 1070, 0.5)).isEqualTo(new Load.Result(20_840, 10_420, 1070, 126, 0.5));
    }

    @Test
    void anOlderProtocolIsRefused() {
        assertThatThrownBy(() -> H2Load.parse(OUTPUT.replace("protocol: h2", "protocol: http/1.1"), 1, 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not speak HTTP/2");
    }

    @Test
    void anythingElseIsRefused() {
        assertThatThrownBy(() -> H2Load.parse("could not connect", 1, 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("could not connect");
    }

    @Test
    void latencyIsTheThirdColumn() throws Exception {
        StringBuilder log = new StringBuilder();
        for (int i = 1; i <= 200; i++) {
            log.append("1795563443435871\t200\t").append(i).append('\n');
        }
        assertThat(H2Load.latency99Micros(new BufferedReader(new StringReader(log.toString()))))
                .isEqualTo(198);
    }
}
