package dev.permafrost.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FiguresAreRenderedTest {
    @Test
    void theMedianIsInTheMiddle() {
        assertThat(Median.of(List.of(9.0, 1.0, 5.0))).isEqualTo(5);
        assertThat(Median.of(List.of(9.0, 1.0, 5.0, 6.0))).isEqualTo(5.5);
        assertThatThrownBy(() -> Median.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRatioIsThatOfTurnsSideBySide() {
        assertThat(Median.ofRatios(List.of(20.0, 22.0, 9.0), List.of(10.0, 11.0, 10.0)))
                .isEqualTo(2);
        assertThatThrownBy(() -> Median.ofRatios(List.of(1.0), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 figures beside 0");
    }

    @Test
    void aTableIsMarkdown() {
        assertThat(new MarkdownTable("what", "figure")
                        .row("one", "1")
                        .row("another", "12,345")
                        .render())
                .isEqualTo("""
                        | what    | figure |
                        | ------- | -----: |
                        | one     |      1 |
                        | another | 12,345 |
                        """);
    }

    @Test
    void aRowFitsItsTable() {
        assertThatThrownBy(() -> new MarkdownTable("a", "b").row("1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a row of 1 cells in a table of 2 columns");
    }

    @Test
    void jsonEscapesWhatItMust() {
        assertThat(Json.write(Map.of("a\"b\\", List.of(1, 2.5, true, "line\nend"))))
                .isEqualTo("{\"a\\\"b\\\\\":[1,2.5,true,\"line\\u000aend\"]}");
        assertThat(Json.write(List.of())).isEqualTo("[]");
        assertThatThrownBy(() -> Json.write(new Object())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theMachineIsOneLine() {
        assertThat(Machine.describe()).contains("cores", "Linux", "JDK").doesNotContain("\n");
    }
}
