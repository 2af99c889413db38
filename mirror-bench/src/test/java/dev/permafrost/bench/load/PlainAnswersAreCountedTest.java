package dev.permafrost.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class PlainAnswersAreCountedTest {
    private static final String BODY = "abcdef";
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n" + BODY;

    private final PlainTally tally = new PlainTally(BODY.length());

    @Test
    void anAnswerIsWholeWithItsLastByteHoweverItComes() throws Exception {
        for (int piece = 1; piece <= ANSWER.length(); piece++) {
            tally.expect();
            for (int at = 0; at < ANSWER.length(); at += piece) {
                int end = Math.min(ANSWER.length(), at + piece);
                assertThat(tally.take(bytes(ANSWER.substring(at, end))))
                        .as("pieces of %d, at %d", piece, end)
                        .isEqualTo(end == ANSWER.length());
            }
            assertThat(tally.isExpecting()).isFalse();
        }
    }

    @Test
    void anAnswerCutShortIsNotWhole() throws Exception {
        tally.expect();
        assertThat(tally.take(bytes(ANSWER.substring(0, ANSWER.length() - 1)))).isFalse();
        assertThat(tally.isExpecting()).isTrue();
        assertThat(tally.progress()).isEqualTo("5 of 6 bytes");
    }

    @Test
    void aHeadMayBeLongerThanTheFirstButNotForEver() throws Exception {
        tally.expect();
        assertThat(tally.take(bytes(ANSWER.replace("OK", "OK\r\nAge: 10")))).isTrue();
        tally.expect();
        assertThat(tally.take(bytes("HTTP/1.1 200 OK\r\n"))).isFalse();
        assertThat(tally.progress()).isEqualTo("17 bytes of the head");
        assertThatThrownBy(() -> tally.take(bytes("a".repeat(8 << 10))))
                .hasMessage("the head of an answer has more than 8192 bytes");
    }

    @Test
    void anotherStatusIsRefusedHoweverItComes() throws Exception {
        String refusal = ANSWER.replace("200 OK", "404 NO");
        tally.expect();
        assertThatThrownBy(() -> tally.take(bytes(refusal)))
                .isInstanceOf(IOException.class)
                .hasMessage("an answer begins with 'HTTP/1.1 404 NO'");
        tally.expect();
        assertThat(tally.take(bytes(refusal.substring(0, 9)))).isFalse();
        assertThatThrownBy(() -> tally.take(bytes(refusal.substring(9))))
                .hasMessageContaining("an answer begins with '404 NO'");
    }

    @Test
    void bytesBeyondTheAnswerAreRefused() throws Exception {
        tally.expect();
        assertThatThrownBy(() -> tally.take(bytes(ANSWER + "g")))
                .hasMessage("7 bytes in place of the first answer's 6");
        PlainTally done = new PlainTally(BODY.length());
        done.expect();
        assertThat(done.take(bytes(ANSWER))).isTrue();
        assertThatThrownBy(() -> done.take(bytes("g"))).hasMessageContaining("nothing was asked for");
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }
}
