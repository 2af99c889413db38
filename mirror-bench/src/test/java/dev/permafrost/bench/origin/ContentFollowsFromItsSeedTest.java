package dev.permafrost.bench.origin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class ContentFollowsFromItsSeedTest {
    private final Content content = new Content(7, 1003);

    @Test
    void anyPartIsAPartOfTheWhole() {
        byte[] whole = bytes(content, 0, 1003);
        for (int from = 0; from < 40; from++) {
            for (int until = from; until < 1003; until += 37) {
                assertThat(bytes(content, from, until)).isEqualTo(Arrays.copyOfRange(whole, from, until));
            }
        }
        assertThat(bytes(content, 995, 1003)).isEqualTo(Arrays.copyOfRange(whole, 995, 1003));
    }

    @Test
    void isTheSameInOneBuffer() {
        assertThat(content.bytes()).isEqualTo(ByteBuffer.wrap(bytes(content, 0, 1003)));
    }

    @Test
    void isTheSameInEveryRun() throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes(content, 0, 1003));
        assertThat(content.sha256())
                .isEqualTo(HexFormat.of().formatHex(digest))
                .isEqualTo(new Content(7, 1003).sha256())
                .isNotEqualTo(new Content(8, 1003).sha256());
        assertThat(new Content(0, 0).sha256())
                .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    @Test
    void hasNothingBeyondItsEnd() {
        assertThatThrownBy(() -> content.fill(1000, ByteBuffer.allocate(4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1000 to 1004 of content that has 1003");
    }

    private static byte[] bytes(Content content, int from, int until) {
        byte[] bytes = new byte[until - from];
        content.fill(from, ByteBuffer.wrap(bytes));
        return bytes;
    }
}
