package dev.permafrost.proxy.format.pypi;

import java.util.Locale;
import java.util.Optional;

/** The two languages in which a simple index is written. */
enum IndexFormat {
    /** Anchors in a page (PEP 503). */
    HTML(1),
    /** PEP 691. */
    JSON(2);

    private final int code;

    IndexFormat(int code) {
        this.code = code;
    }

    /** The number that stands for it on disk; never reused. */
    int code() {
        return code;
    }

    /**
     * The format of that on-disk number.
     *
     * @throws IllegalArgumentException for a number that no version has written
     */
    static IndexFormat ofCode(int code) {
        return switch (code) {
            case 1 -> HTML;
            case 2 -> JSON;
            default -> throw new IllegalArgumentException("index format number " + code);
        };
    }

    /** The format that a Content-Type names, its parameters aside; empty for one that is no index. */
    static Optional<IndexFormat> ofContentType(String contentType) {
        int semicolon = contentType.indexOf(';');
        String type = (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
                .strip()
                .toLowerCase(Locale.ROOT);
        return switch (type) {
            case "text/html", "application/xhtml+xml", "application/vnd.pypi.simple.v1+html" -> Optional.of(HTML);
            case "application/vnd.pypi.simple.v1+json", "application/json" -> Optional.of(JSON);
            default -> Optional.empty();
        };
    }

    /** What reads it. */
    IndexReader reader() {
        return this == HTML ? new HtmlIndexReader() : new JsonIndexReader();
    }
}
