package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** RFC 9110 §5.6.7, which java.time's own RFC 1123 format does not follow. */
class DatesHaveTwoDigitsForTheDayTest {
    @Test
    void onTheSixthToo() {
        assertThat(Preconditions.format(Instant.parse("1994-11-06T08:49:37Z")))
                .isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
