package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A list of mirrors as text: a base URL a line, the best first; lines that begin with {@code #} say nothing.
 *
 * @param mirrors the URLs of HTTP and HTTPS, each once, ending in a slash, in the list's order
 * @param left how many lines were left out: other protocols, and what is no URL
 */
record Mirrorlist(List<URI> mirrors, int left) {
    /** Most bytes of a list. */
    static final int BYTES_MAX = 1 << 20;

    /** Most mirrors that it may name. */
    static final int MIRRORS_MAX = 10_000;

    /**
     * Reads a list; one without a mirror is a list too.
     *
     * @param document its bytes
     * @param title what it is, as a message may say it
     * @throws StoreException of kind {@link FailureKind#UPSTREAM_INVALID} if it is something else, of kind
     *     {@link FailureKind#UPSTREAM_TOO_LARGE} if it is beyond a limit
     */
    static Mirrorlist read(byte[] document, String title) {
        if (document.length > BYTES_MAX) {
            throw MetadataFault.tooLarge(
                    title, "it has " + document.length + " bytes, and more than " + BYTES_MAX + " are not read");
        }
        String text = new String(document, UTF_8).strip();
        if (text.startsWith("<")) {
            throw MetadataFault.invalid(
                    title,
                    text.contains("<metalink")
                            ? "it is a metalink; name it as one, with metalink: in place of mirrorlist:"
                            : "it is a page, not a list of mirrors: it begins with "
                                    + PlainText.quoted(text.lines().findFirst().orElse("")));
        }
        Set<URI> mirrors = new LinkedHashSet<>();
        int left = 0;
        for (String line : (Iterable<String>) text.lines()::iterator) {
            String url = line.strip();
            if (url.isEmpty() || url.startsWith("#")) {
                continue;
            }
            URI uri = MirrorUrl.parse(url);
            if (uri == null) {
                left++;
            } else {
                mirrors.add(MirrorUrl.folder(uri));
            }
            if (mirrors.size() > MIRRORS_MAX) {
                throw MetadataFault.tooLarge(title, "it names more than " + MIRRORS_MAX + " mirrors");
            }
        }
        return new Mirrorlist(List.copyOf(mirrors), left);
    }
}
