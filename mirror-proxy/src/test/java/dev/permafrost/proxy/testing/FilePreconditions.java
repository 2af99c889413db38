package dev.permafrost.proxy.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What RFC 9110 §13 and §14 make of a request for a file with a strong ETag. One range only; more are ignored. */
final class FilePreconditions {
    private static final Pattern SINGLE_RANGE = Pattern.compile("bytes=(\\d*)-(\\d*)");

    private FilePreconditions() {}

    /** The whole file, a part of it, 304 or 416. */
    static Answer.Wire apply(Answer.Wire whole, Received request) {
        String etag = whole.header("ETag");
        String noneMatch = request.header("If-None-Match");
        if (noneMatch != null && etag != null && lists(noneMatch, etag)) {
            return whole.with(304, List.of(Map.entry("ETag", etag)), 0, 0);
        }
        String range = request.header("Range");
        String ifRange = request.header("If-Range");
        if (range == null || (ifRange != null && !ifRange.equals(etag))) {
            return whole;
        }
        Matcher m = SINGLE_RANGE.matcher(range);
        if (!m.matches() || (m.group(1).isEmpty() && m.group(2).isEmpty())) {
            return whole;
        }
        int[] part = part(m.group(1), m.group(2), whole.length());
        if (part == null) {
            return whole.with(416, plus(whole.headers(), "bytes */" + whole.length()), 0, 0);
        }
        String contentRange = "bytes " + part[0] + "-" + part[1] + "/" + whole.length();
        return whole.with(206, plus(whole.headers(), contentRange), part[0], part[1] - part[0] + 1);
    }

    private static boolean lists(String noneMatch, String etag) {
        if (noneMatch.trim().equals("*")) {
            return true;
        }
        for (String tag : noneMatch.split(",", -1)) {
            String opaque = tag.trim();
            if ((opaque.startsWith("W/") ? opaque.substring(2) : opaque).equals(etag)) {
                return true;
            }
        }
        return false;
    }

    /** First and last byte of the range, or null where it can't be satisfied. */
    private static int @Nullable [] part(String first, String last, int length) {
        if (first.isEmpty()) {
            long suffix = Math.min(Long.parseLong(last), length);
            return suffix == 0 ? null : new int[] {(int) (length - suffix), length - 1};
        }
        long from = Long.parseLong(first);
        long to = last.isEmpty() ? length - 1L : Math.min(Long.parseLong(last), length - 1L);
        return from >= length || to < from ? null : new int[] {(int) from, (int) to};
    }

    private static List<Map.Entry<String, String>> plus(List<Map.Entry<String, String>> headers, String contentRange) {
        List<Map.Entry<String, String>> all = new ArrayList<>(headers);
        all.add(Map.entry("Content-Range", contentRange));
        return all;
    }
}
