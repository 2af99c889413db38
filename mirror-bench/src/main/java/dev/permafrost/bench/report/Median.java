package dev.permafrost.bench.report;

import java.util.List;
import java.util.stream.IntStream;

/** The middle of a few figures. */
public final class Median {
    private Median() {}

    /**
     * The median; the mean of the two in the middle where their number is even.
     *
     * @throws IllegalArgumentException without any
     */
    public static double of(List<Double> figures) {
        if (figures.isEmpty()) {
            throw new IllegalArgumentException("no figures have no median");
        }
        List<Double> sorted = figures.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /**
     * The median of what each figure is to its peer's of the same turn: a slow minute is slow for both.
     *
     * @throws IllegalArgumentException without any, or where one has no peer
     */
    public static double ofRatios(List<Double> figures, List<Double> peers) {
        if (figures.size() != peers.size()) {
            throw new IllegalArgumentException(figures.size() + " figures beside " + peers.size());
        }
        return of(IntStream.range(0, figures.size())
                .mapToObj(turn -> figures.get(turn) / peers.get(turn))
                .toList());
    }
}
