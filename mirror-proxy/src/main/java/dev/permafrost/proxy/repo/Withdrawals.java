package dev.permafrost.proxy.repo;

import dev.permafrost.store.View;

/** Tells what was withdrawn of files that are held, between two moments (PEP 592). */
@FunctionalInterface
public interface Withdrawals {
    /** Nothing is ever withdrawn. */
    Withdrawals NONE = (before, after, visitor) -> {};

    /** Is shown them one by one. */
    @FunctionalInterface
    interface Visitor {
        /**
         * Takes one.
         *
         * @param isYanked whether it is withdrawn now, or was so before
         */
        void visit(String repository, String project, String file, boolean isYanked);
    }

    /** Shows what is withdrawn in one view alone and held in the later one. Blocks, for as long as there is to read. */
    void between(View before, View after, Visitor visitor);
}
