package dev.permafrost.proxy.format.pypi;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a project's page in HTML (PEP 503, with the attributes of PEP 592, 629, 658, 714, 740 and 792), as UTF-8. A
 * file's name is the last segment of its URL, which is what pip goes by, whatever the link's text says. Links whose
 * name is not a distribution's, such as those to a parent folder, are no files and are not counted as skipped. A page without
 * files must say that it is an index: proxies and portals send their pages with status 200 too.
 */
final class HtmlIndexReader implements IndexReader {
    private static final String SERIAL = "SERIAL ";
    private static final int SERIAL_DIGITS_MAX = 18;

    @Override
    public Result read(InputStream body, IndexSource source, IndexLimits limits) throws IOException {
        PageCollector collector = new PageCollector(source, IndexFormat.HTML, limits);
        LinkResolver links = new LinkResolver(source.base());
        HtmlScanner scanner = new HtmlScanner(
                new InputStreamReader(new CappedInputStream(body, source, limits), StandardCharsets.UTF_8), source);
        boolean inLink = false;
        for (HtmlScanner.Token token = scanner.next(); token != HtmlScanner.Token.EOF; token = scanner.next()) {
            switch (token) {
                case START -> {
                    inLink |= scanner.name().equals("a");
                    start(scanner, links, collector);
                }
                case END -> inLink = false;
                case COMMENT -> {
                    if (scanner.comment().startsWith(SERIAL)) {
                        collector.lastSerial(serial(scanner.comment()));
                    }
                }
                case EOF -> throw new AssertionError();
            }
        }
        if (!scanner.markupSeen()) {
            throw IndexFault.invalid(source, "there is not one HTML tag in it", null);
        }
        if (inLink) {
            throw IndexFault.invalid(source, "it ends in the middle of a link", null);
        }
        if (!collector.filesSeen() && !scanner.indexSeen()) {
            throw IndexFault.invalid(
                    source,
                    "it has no link to a file and neither a title nor a heading \"Links for …\", as if it were a login or"
                            + " maintenance page; what is stored of the project stays",
                    null);
        }
        return collector.finish();
    }

    private static void start(HtmlScanner tag, LinkResolver links, PageCollector collector) {
        String href = tag.attribute("href");
        switch (tag.name()) {
            case "a" -> {
                if (href != null) {
                    link(tag, href, links, collector);
                }
            }
            case "base" -> {
                if (href != null) {
                    links.rebase(href);
                }
            }
            default -> meta(tag.attribute("name"), tag.attribute("content"), collector);
        }
    }

    private static void link(HtmlScanner tag, String href, LinkResolver links, PageCollector collector) {
        LinkResolver.Link link = links.resolve(href);
        if (link.refusal() != null) {
            collector.skip(LinkResolver.withoutUserInfo(href), link.refusal());
            return;
        }
        String filename = link.lastSegment();
        if (filename == null) {
            collector.skip(LinkResolver.withoutUserInfo(href), "a name that is not UTF-8 in percent-encoding");
            return;
        }
        if (filename.isEmpty() || (DistributionName.isSafe(filename) && !DistributionName.isDistribution(filename))) {
            return;
        }
        PageCollector.Draft draft = new PageCollector.Draft();
        draft.filename = filename;
        draft.link = link;
        hashes(link.fragment(), draft.hashes);
        draft.requiresPython = tag.attribute("data-requires-python");
        draft.yanked = tag.attribute("data-yanked");
        String coreMetadata = tag.attribute("data-core-metadata");
        draft.coreMetadata =
                coreMetadata(coreMetadata == null ? tag.attribute("data-dist-info-metadata") : coreMetadata);
        draft.gpgSig = truth(tag.attribute("data-gpg-sig"));
        String provenance = tag.attribute("data-provenance");
        draft.provenance = provenance == null || provenance.isEmpty()
                ? null
                : links.resolve(provenance).url();
        collector.add(draft);
    }

    /** Takes every {@code name=value} of a fragment; what is no hash is dropped later, as an unknown name. */
    private static void hashes(String fragment, Map<String, String> hashes) {
        int start = 0;
        while (start < fragment.length()) {
            int ampersand = fragment.indexOf('&', start);
            int end = ampersand < 0 ? fragment.length() : ampersand;
            int equals = fragment.indexOf('=', start);
            if (equals > start && equals < end) {
                hashes.putIfAbsent(fragment.substring(start, equals), fragment.substring(equals + 1, end));
            }
            start = end + 1;
        }
    }

    private static @Nullable Map<String, String> coreMetadata(@Nullable String value) {
        if (value == null || value.isEmpty() || value.equals("false")) {
            return null;
        }
        Map<String, String> hashes = new HashMap<>(2);
        hashes(value, hashes);
        return hashes;
    }

    private static @Nullable Boolean truth(@Nullable String value) {
        if (value == null) {
            return null;
        }
        return switch (value) {
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default -> null;
        };
    }

    private static void meta(@Nullable String name, @Nullable String content, PageCollector collector) {
        if (name != null && content != null) {
            switch (name) {
                case "pypi:repository-version" -> collector.apiVersion(content);
                case "pypi:project-status" -> collector.status(content);
                case "pypi:project-status-reason" -> collector.statusReason(content);
                default -> {}
            }
        }
    }

    /** Warehouse ends its pages with {@code <!--SERIAL 12345-->}; -1 for any other comment. */
    static long serial(String comment) {
        if (!comment.startsWith(SERIAL)) {
            return -1;
        }
        int end = SERIAL.length();
        long serial = 0;
        while (end < comment.length()
                && end - SERIAL.length() < SERIAL_DIGITS_MAX
                && comment.charAt(end) >= '0'
                && comment.charAt(end) <= '9') {
            serial = serial * 10 + comment.charAt(end) - '0';
            end++;
        }
        return end == SERIAL.length() ? -1 : serial;
    }
}
