package dev.permafrost.store;

import java.util.concurrent.ThreadLocalRandom;

/** Where tests that draw lots get their seed: {@code -Dpermafrost.seed=N}, or a new one; printed in any case. */
final class Seeds {
    private Seeds() {}

    static long next(String what) {
        Long given = Long.getLong("permafrost.seed");
        long seed = given != null ? given : ThreadLocalRandom.current().nextLong(1L << 32);
        System.out.println(what + ": seed " + seed + "; again with -Dpermafrost.seed=" + seed);
        return seed;
    }
}
