package dev.permafrost.proxy.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import org.junit.jupiter.api.Test;

/** How much is logged, as the environment says it. */
final class LogLevelTest {
    @Test
    void isInfoForUsAndWarnForOthersByDefault() {
        LogLevels levels = LogLevels.parse("");
        assertThat(levels.levels()).containsEntry("ROOT", Level.WARN).containsEntry("dev.permafrost", Level.INFO);
        assertThat(levels.complaint()).isNull();
    }

    @Test
    void isGivenForAllOfUsAndForSingleParts() {
        LogLevels levels = LogLevels.parse("warn, fetch=debug,store=trace,io.netty=INFO,root=error");
        assertThat(levels.levels())
                .containsEntry("dev.permafrost", Level.WARN)
                .containsEntry("dev.permafrost.proxy.fetch", Level.DEBUG)
                .containsEntry("dev.permafrost.store", Level.TRACE)
                .containsEntry("io.netty", Level.INFO)
                .containsEntry("ROOT", Level.ERROR);
        assertThat(levels.complaint()).isNull();
    }

    @Test
    void isComplainedAboutWhenItIsNone() {
        LogLevels levels = LogLevels.parse("loud,fetch=debug");
        assertThat(levels.levels())
                .containsEntry("dev.permafrost", Level.INFO)
                .containsEntry("dev.permafrost.proxy.fetch", Level.DEBUG);
        assertThat(levels.complaint())
                .isEqualTo(
                        "PERMAFROST_LOG: 'loud' is not a level; write error, warn, info, debug or trace, and name=level for"
                                + " single parts, as in info,fetch=debug");
    }
}
