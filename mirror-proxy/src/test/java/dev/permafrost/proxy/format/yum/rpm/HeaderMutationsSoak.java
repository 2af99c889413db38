package dev.permafrost.proxy.format.yum.rpm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A million damaged heads, those of the real packages at hand among them. */
@Tag("soak")
@Tag("soak-rpm")
final class HeaderMutationsSoak {
    private static final int TIMES = 1_000_000;

    @Test
    void eachIsReadOrRefused() throws Exception {
        long seed = Long.getLong("permafrost.seed", System.nanoTime());
        HeaderMutations mutations = new HeaderMutations(seed).withRealOnes();
        try {
            mutations.read(TIMES);
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
        assertThat(mutations.refused()).as("seed %d", seed).isBetween(TIMES / 100, TIMES - TIMES / 100);
    }
}
