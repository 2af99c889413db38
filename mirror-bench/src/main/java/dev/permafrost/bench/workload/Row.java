package dev.permafrost.bench.workload;

import java.util.Arrays;
import java.util.List;

/**
 * A row of the table beside nginx: what is asked for, how, and what the ratios to nginx must be. A target of 0 for the
 * rate, or of {@link Double#MAX_VALUE} for CPU, is none.
 */
enum Row {
    HTTP_PAGE("http-page", "HTTP page 30 KB", Sample.PAGE, Road.HTTP, 32, 1.0, 1.0),
    HTTP_1K("http-1k", "HTTP metadata file 1 KB", Sample.FILE_1K, Road.HTTP, 32, 1.0, 1.0),
    HTTP_16K("http-16k", "HTTP metadata file 16 KB", Sample.FILE_16K, Road.HTTP, 32, 1.0, 1.0),
    HTTP_64K("http-64k", "HTTP file 64 KB", Sample.FILE_64K, Road.HTTP, 32, 0.9, 1.0),
    HTTP_1M("http-1m", "HTTP file 1 MB", Sample.FILE_1M, Road.HTTP, 32, 0.9, 1.0),
    HTTP_100M("http-100m", "HTTP file 100 MB", Sample.FILE_100M, Road.HTTP, 4, 0.9, 1.0),
    HTTPS_PAGE("https-page", "HTTPS page 30 KB", Sample.PAGE, Road.HTTPS, 32, 1.5, 0.7),
    HTTPS_64K("https-64k", "HTTPS file 64 KB", Sample.FILE_64K, Road.HTTPS, 32, 1.3, 0.7),
    HTTPS_1M("https-1m", "HTTPS file 1 MB", Sample.FILE_1M, Road.HTTPS, 32, 1.3, 0.7),
    HTTPS_100M("https-100m", "HTTPS file 100 MB", Sample.FILE_100M, Road.HTTPS, 4, 1.3, 0.7),
    FULL("full", "HTTPS full handshake, 1 KB", Sample.FILE_1K, Road.FULL, 32, 0.9, Double.MAX_VALUE),
    RESUMED("resumed", "HTTPS resumed handshake, 1 KB", Sample.FILE_1K, Road.RESUMED, 32, 1.0, Double.MAX_VALUE),
    H2_PAGE("h2-page", "HTTP/2 page 30 KB", Sample.PAGE, Road.H2, 8, 0.7, Double.MAX_VALUE),
    H2_1M("h2-1m", "HTTP/2 file 1 MB", Sample.FILE_1M, Road.H2, 8, 1.0, Double.MAX_VALUE);

    /** How it is asked for. */
    enum Road {
        /** HTTP/1.1, kept alive. */
        HTTP,
        /** The same over TLS. */
        HTTPS,
        /** A connection with a full handshake for each request. */
        FULL,
        /** A connection with a resumed session for each request. */
        RESUMED,
        /** HTTP/2 over TLS by h2load. */
        H2
    }

    /** What a load program computes at least where the server is not what limits the rate. */
    static final double SATURATED_SHARE = 0.95;

    private final String option;
    private final String title;
    private final Sample sample;
    private final Road road;
    private final int connections;
    private final double rateRatioLeast;
    private final double cpuRatioMost;

    Row(
            String option,
            String title,
            Sample sample,
            Road road,
            int connections,
            double rateRatioLeast,
            double cpuRatioMost) {
        this.option = option;
        this.title = title;
        this.sample = sample;
        this.road = road;
        this.connections = connections;
        this.rateRatioLeast = rateRatioLeast;
        this.cpuRatioMost = cpuRatioMost;
    }

    /** Its name on the command line. */
    String option() {
        return option;
    }

    /** Its name in the table. */
    String title() {
        return title;
    }

    Sample sample() {
        return sample;
    }

    Road road() {
        return road;
    }

    /** How many connections the load keeps. */
    int connections() {
        return connections;
    }

    /** Whether it has a target for CPU. */
    boolean judgesCpu() {
        return cpuRatioMost != Double.MAX_VALUE;
    }

    double rateRatioLeast() {
        return rateRatioLeast;
    }

    double cpuRatioMost() {
        return cpuRatioMost;
    }

    /**
     * What is to be said of those ratios: that they are as wanted, or in which of them the row is short. Where the load
     * program could do no more, the rate says nothing of the server: then a plain file's is let pass, and of handshakes
     * it is judged how many the server's CPU time would do.
     *
     * @param busyShare how much the load program computed while it asked Permafrost
     */
    String verdict(double rateRatio, double cpuRatio, double busyShare) {
        boolean full = busyShare >= SATURATED_SHARE;
        String note = full ? " (load full)" : "";
        boolean shakes = road == Road.FULL || road == Road.RESUMED;
        double judgedRate = full && shakes ? Math.max(rateRatio, 1 / cpuRatio) : rateRatio;
        boolean letPass = full && road == Road.HTTP && rateRatioLeast < 1;
        boolean rateShort = rounded(judgedRate) < rateRatioLeast && !letPass;
        boolean cpuShort = judgesCpu() && rounded(cpuRatio) > cpuRatioMost;
        if (rateShort) {
            return (cpuShort ? "SHORT: rate, CPU" : "SHORT: rate") + note;
        }
        return (cpuShort ? "SHORT: CPU" : "ok") + note;
    }

    /** To two decimals, as in the table, so that what reads as the target meets it. */
    private static double rounded(double ratio) {
        return Math.round(ratio * 100) / 100.0;
    }

    /** The names of all rows on the command line. */
    static List<String> options() {
        return Arrays.stream(values()).map(Row::option).toList();
    }

    /** The rows of those names. */
    static List<Row> named(List<String> options) {
        return Arrays.stream(values())
                .filter(row -> options.contains(row.option))
                .toList();
    }
}
