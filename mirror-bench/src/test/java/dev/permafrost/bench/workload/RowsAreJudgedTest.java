package dev.permafrost.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class RowsAreJudgedTest {
    @Test
    void bothRatiosCount() {
        assertThat(Row.HTTPS_PAGE.verdict(1.5, 0.7, 0.5)).isEqualTo("ok");
        assertThat(Row.HTTPS_PAGE.verdict(1.49, 0.7, 0.5)).isEqualTo("SHORT: rate");
        assertThat(Row.HTTPS_PAGE.verdict(1.5, 0.71, 0.5)).isEqualTo("SHORT: CPU");
        assertThat(Row.HTTPS_PAGE.verdict(1.4, 0.8, 0.5)).isEqualTo("SHORT: rate, CPU");
    }

    @Test
    void whatReadsAsTheTargetMeetsIt() {
        assertThat(Row.HTTP_PAGE.verdict(0.996, 1.004, 0.5)).isEqualTo("ok");
        assertThat(Row.HTTP_PAGE.verdict(0.994, 1.006, 0.5)).isEqualTo("SHORT: rate, CPU");
    }

    @Test
    void aPlainFilesRateIsLetPassWhereTheLoadCouldDoNoMore() {
        assertThat(Row.HTTP_1M.verdict(0.8, 0.9, 0.99)).isEqualTo("ok (load full)");
        assertThat(Row.HTTP_1M.verdict(0.8, 1.1, 0.99)).isEqualTo("SHORT: CPU (load full)");
        assertThat(Row.HTTP_1M.verdict(0.8, 0.9, 0.9)).isEqualTo("SHORT: rate");
        assertThat(Row.HTTP_PAGE.verdict(0.9, 0.9, 0.99)).isEqualTo("SHORT: rate (load full)");
        assertThat(Row.HTTPS_1M.verdict(1.2, 0.6, 0.99)).isEqualTo("SHORT: rate (load full)");
    }

    @Test
    void handshakesAreJudgedByCpuWhereTheLoadCouldDoNoMore() {
        assertThat(Row.RESUMED.verdict(0.9, 0.9, 0.5)).isEqualTo("SHORT: rate");
        assertThat(Row.RESUMED.verdict(0.9, 0.9, 0.99)).isEqualTo("ok (load full)");
        assertThat(Row.RESUMED.verdict(0.9, 1.2, 0.99)).isEqualTo("SHORT: rate (load full)");
    }

    @Test
    void rowsAreChosenByName() {
        Options options = Options.parse(List.of("--rows", "h2-1m,http-page"), new HitsBesideNginx().options());
        assertThat(Row.named(options.names("rows", Row.options()))).containsExactly(Row.HTTP_PAGE, Row.H2_1M);
        Options all = Options.parse(List.of(), new HitsBesideNginx().options());
        assertThat(Row.named(all.names("rows", Row.options()))).containsExactly(Row.values());
    }

    @Test
    void anUnknownRowIsRefusedWithThoseThereAre() {
        Options options = Options.parse(List.of("--rows", "http-2k"), new HitsBesideNginx().options());
        assertThatThrownBy(() -> options.names("rows", Row.options()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--rows has 'http-2k', which is not among http-page, http-1k,");
    }
}
