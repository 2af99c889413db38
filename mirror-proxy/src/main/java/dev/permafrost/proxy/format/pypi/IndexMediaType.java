package dev.permafrost.proxy.format.pypi;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The three media types in which an index is served (PEP 691), in the order of preference among equals, which is
 * Warehouse's. Clients of the versioned types compare them exactly, so only the legacy one has a charset.
 */
enum IndexMediaType {
    LEGACY_HTML("text/html; charset=utf-8", "text/html", "text/html", IndexFormat.HTML),
    V1_HTML(
            "application/vnd.pypi.simple.v1+html",
            "application/vnd.pypi.simple.v1+html",
            "application/vnd.pypi.simple.latest+html",
            IndexFormat.HTML),
    JSON(
            "application/vnd.pypi.simple.v1+json",
            "application/vnd.pypi.simple.v1+json",
            "application/vnd.pypi.simple.latest+json",
            IndexFormat.JSON);

    private static final String FORMAT = "format=";
    private static final int Q_ONE = 1000;
    private static final int NOT_MATCHED = -1;
    private static final int MALFORMED = -2;

    /** What pip since 22.2, uv, older pip, and clients without a wish send, character by character. */
    private static final Map<String, Optional<IndexMediaType>> WELL_KNOWN = Map.of(
            "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01",
            Optional.of(JSON),
            "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01",
            Optional.of(JSON),
            "application/vnd.pypi.simple.v1+json",
            Optional.of(JSON),
            "text/html",
            Optional.of(LEGACY_HTML),
            "*/*",
            Optional.of(LEGACY_HTML));

    private final String contentType;
    private final String range;
    private final String latest;
    private final IndexFormat format;

    IndexMediaType(String contentType, String range, String latest, IndexFormat format) {
        this.contentType = contentType;
        this.range = range;
        this.latest = latest;
        this.format = format;
    }

    /** The Content-Type to send. */
    String contentType() {
        return contentType;
    }

    /** The form of the body. */
    IndexFormat format() {
        return format;
    }

    /**
     * The type to answer a request with: what a {@code format} parameter names goes over the Accept header (PEP 691 §URL Parameter);
     * empty where it names none of them, or the client takes none.
     *
     * @param query not decoded; a plus may be written as it is or encoded
     */
    static Optional<IndexMediaType> wanted(@Nullable String query, @Nullable String accept) {
        String format = query == null ? null : format(query);
        if (format == null) {
            return negotiated(accept);
        }
        String name = PercentCoding.decoded(format);
        return Arrays.stream(values())
                .filter(type -> type.range.equals(name) || type.latest.equals(name))
                .findFirst();
    }

    private static @Nullable String format(String query) {
        return Arrays.stream(query.split("&", -1))
                .filter(parameter -> parameter.startsWith(FORMAT))
                .findFirst()
                .map(parameter -> parameter.substring(FORMAT.length()))
                .orElse(null);
    }

    /**
     * The type to answer an Accept header with (RFC 9110 §12.5.1, PEP 691); empty if the client takes none of them. No
     * header, or one of which nothing can be understood, takes anything; a malformed element is passed over. Media type
     * parameters other than q are not compared.
     */
    static Optional<IndexMediaType> negotiated(@Nullable String accept) {
        if (accept == null) {
            return Optional.of(LEGACY_HTML);
        }
        Optional<IndexMediaType> known = WELL_KNOWN.get(accept);
        return known == null ? new Negotiation().heard(accept) : known;
    }

    /** One header being understood: for each type the quality that the most specific range so far gives it. */
    private static final class Negotiation {
        private static final IndexMediaType[] OFFERS = values();

        private final int[] qualities = new int[OFFERS.length];
        private final int[] specificities = new int[OFFERS.length];
        private boolean understood;

        Negotiation() {
            Arrays.fill(specificities, NOT_MATCHED);
        }

        /** The best offer after the whole header. */
        Optional<IndexMediaType> heard(String accept) {
            int start = 0;
            while (start <= accept.length()) {
                int end = next(accept, start, ',');
                element(accept.substring(start, end));
                start = end + 1;
            }
            if (!understood) {
                return Optional.of(LEGACY_HTML);
            }
            int best = 0;
            for (int i = 1; i < OFFERS.length; i++) {
                if (qualities[i] > qualities[best]) {
                    best = i;
                }
            }
            return qualities[best] > 0 ? Optional.of(OFFERS[best]) : Optional.empty();
        }

        /** Where the separator stands next outside quotes; the end of the text if it does not. */
        private static int next(String text, int start, char separator) {
            boolean quoted = false;
            for (int i = start; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '"') {
                    quoted = !quoted;
                } else if (c == '\\' && quoted) {
                    i++;
                } else if (c == separator && !quoted) {
                    return i;
                }
            }
            return text.length();
        }

        private void element(String element) {
            int semicolon = element.indexOf(';');
            String wanted = (semicolon < 0 ? element : element.substring(0, semicolon))
                    .strip()
                    .toLowerCase(Locale.ROOT);
            int quality = semicolon < 0 ? Q_ONE : quality(element, semicolon);
            int slash = wanted.indexOf('/');
            if (quality == MALFORMED || slash <= 0 || slash == wanted.length() - 1 || wanted.indexOf(' ') >= 0) {
                return;
            }
            understood = true;
            for (int i = 0; i < OFFERS.length; i++) {
                int specificity = specificity(OFFERS[i], wanted);
                if (specificity > specificities[i]) {
                    specificities[i] = specificity;
                    qualities[i] = quality;
                } else if (specificity >= 0 && specificity == specificities[i]) {
                    qualities[i] = Math.max(qualities[i], quality);
                }
            }
        }

        private static int specificity(IndexMediaType offer, String wanted) {
            if (wanted.equals(offer.range) || wanted.equals(offer.latest)) {
                return 2;
            }
            if (wanted.endsWith("/*") && offer.range.startsWith(wanted.substring(0, wanted.length() - 1))) {
                return 1;
            }
            return wanted.equals("*/*") ? 0 : NOT_MATCHED;
        }

        /** The q among the parameters in thousandths, 1000 if there is none. */
        private static int quality(String element, int semicolon) {
            int start = semicolon + 1;
            while (start <= element.length()) {
                int end = next(element, start, ';');
                String parameter = element.substring(start, end).strip();
                if (parameter.startsWith("q=") || parameter.startsWith("Q=")) {
                    return thousandths(parameter.substring(2).strip());
                }
                start = end + 1;
            }
            return Q_ONE;
        }

        /** RFC 9110's weight: 0 to 1 with up to three decimals. */
        private static int thousandths(String weight) {
            int length = weight.length();
            if (length == 0
                    || length > 5
                    || (weight.charAt(0) != '0' && weight.charAt(0) != '1')
                    || (length > 1 && weight.charAt(1) != '.')) {
                return MALFORMED;
            }
            int value = weight.charAt(0) - '0';
            for (int i = 2; i < 5; i++) {
                char c = i < length ? weight.charAt(i) : '0';
                if (c < '0' || c > '9') {
                    return MALFORMED;
                }
                value = value * 10 + c - '0';
            }
            return value > Q_ONE ? MALFORMED : value;
        }
    }
}
