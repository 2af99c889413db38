package dev.permafrost.proxy.format.pypi;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * The tokens of the HTML Living Standard §13.2.5, without the tree that is built from them: one pass, one character of
 * look-back, no recursion, so that depth costs nothing. Only the tags that say something on an index page keep their
 * attributes; of all others not a character is retained, however long they are. The contents of elements whose text is
 * not markup (script, style, title and their like) are passed over to their end tag.
 */
/** Scans HTML for the few tags that a simple index consists of. Time is linear, memory constant. */
final class HtmlScanner {
    /** Longest tag whose attributes are kept, in characters of their names and values. */
    static final int TAG_CHARS_MAX = 64 << 10;

    private static final int NAME_CHARS_MAX = 16;
    private static final int COMMENT_CHARS_KEPT_MAX = 64;
    private static final int HEADING_CHARS_KEPT_MAX = 256;
    /** What the headings of indexes, and of plain folders, say. */
    private static final List<String> INDEX_HEADINGS =
            List.of("links for", "simple index", "index of", "directory listing");

    private static final Set<String> KEPT_TAGS = Set.of("a", "base", "meta");
    private static final Set<String> KEPT_END_TAGS = Set.of("a", "body", "html");
    private static final Set<String> TEXT_ONLY =
            Set.of("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes");

    /** What {@link #next} came upon. */
    enum Token {
        /** One of {@code a}, {@code base}, {@code meta}. */
        START,
        /** The end of {@code a}, {@code body} or {@code html}. */
        END,
        /** A comment. */
        COMMENT,
        /** The end of the page, outside of any tag. */
        EOF
    }

    private final IndexSource source;
    private final Reader reader;
    private final char[] buffer = new char[8192];
    private int position;
    private int limit;

    private final StringBuilder text = new StringBuilder();
    private final List<String> attributeNames = new ArrayList<>();
    private final List<String> attributeValues = new ArrayList<>();
    private String name = "";
    private int tagChars;
    private boolean markupSeen;
    private boolean indexSeen;

    /** Scans that text, which is that source's page. */
    HtmlScanner(Reader reader, IndexSource source) {
        this.reader = reader;
        this.source = source;
    }

    /** The tag's name, in lower case. */
    String name() {
        return name;
    }

    /** The value of the start tag's attribute, its references replaced; "" if it has none, null without the attribute. */
    @Nullable String attribute(String attribute) {
        int i = attributeNames.indexOf(attribute);
        return i < 0 ? null : attributeValues.get(i);
    }

    /** The beginning of the comment. */
    String comment() {
        return text.toString();
    }

    /** Whether anything so far was markup rather than text. */
    boolean markupSeen() {
        return markupSeen;
    }

    /** Whether anything so far said that this is an index: its version (PEP 629), or a title or heading such as indexes have. */
    boolean indexSeen() {
        return indexSeen;
    }

    /** Goes on to the next token. */
    Token next() throws IOException {
        while (skipPast('<')) {
            int c = read();
            if (isLetter(c)) {
                markupSeen = true;
                boolean kept = startTag(c);
                if (kept) {
                    return Token.START;
                }
            } else if (c == '/') {
                if (endTag()) {
                    return Token.END;
                }
            } else if (c == '!') {
                markupSeen = true;
                if (declaration()) {
                    return Token.COMMENT;
                }
            } else if (c == '?') {
                require(skipPast('>'));
            } else {
                require(c >= 0);
                position--;
            }
        }
        return Token.EOF;
    }

    /** Reads a start tag, and the whole element if its content is no markup; answers whether it is one to report. */
    private boolean startTag(int first) throws IOException {
        int after = tagName(first);
        boolean kept = KEPT_TAGS.contains(name);
        attributes(after, kept);
        indexSeen |= switch (name) {
            case "meta" -> "pypi:repository-version".equals(attribute("name"));
            case "title", "h1" -> isIndexHeading();
            default -> false;
        };
        if (TEXT_ONLY.contains(name)) {
            skipText();
        }
        return kept;
    }

    /** Reads the text up to the next tag; answers whether it is that of an index. */
    private boolean isIndexHeading() throws IOException {
        text.setLength(0);
        int c = read();
        while (c >= 0 && c != '<') {
            if (text.length() < HEADING_CHARS_KEPT_MAX) {
                text.append((char) lower(c));
            }
            c = read();
        }
        if (c == '<') {
            position--;
        }
        return INDEX_HEADINGS.stream().anyMatch(heading -> text.indexOf(heading) >= 0);
    }

    /** Reads what follows "</"; answers whether it is an end tag to report. */
    private boolean endTag() throws IOException {
        int c = read();
        if (!isLetter(c)) {
            require(c >= 0);
            if (c != '>') {
                require(skipPast('>'));
            }
            return false;
        }
        attributes(tagName(c), false);
        return KEPT_END_TAGS.contains(name);
    }

    /** Reads a tag's name; answers the character after it. */
    private int tagName(int first) throws IOException {
        text.setLength(0);
        int c = first;
        while (c >= 0 && !isSpace(c) && c != '/' && c != '>') {
            if (text.length() < NAME_CHARS_MAX) {
                text.append((char) lower(c));
            }
            c = read();
        }
        require(c >= 0);
        name = text.toString();
        return c;
    }

    /** Reads a tag from after its name to its end. */
    private void attributes(int first, boolean kept) throws IOException {
        attributeNames.clear();
        attributeValues.clear();
        tagChars = 0;
        int c = first;
        while (c != '>') {
            if (isSpace(c) || c == '/') {
                c = read();
            } else {
                require(c >= 0);
                c = attribute(c, kept);
            }
        }
    }

    /** Reads one attribute; answers the character after it. */
    private int attribute(int first, boolean kept) throws IOException {
        text.setLength(0);
        int c = first;
        do {
            keep(lower(c), kept);
            c = read();
        } while (c >= 0 && !isSpace(c) && c != '/' && c != '>' && c != '=');
        String attribute = text.toString();
        text.setLength(0);
        while (isSpace(c)) {
            c = read();
        }
        if (c == '=') {
            c = value(kept);
        }
        require(c >= 0);
        if (kept && !attributeNames.contains(attribute) && isKnown(attribute)) {
            attributeNames.add(attribute);
            attributeValues.add(HtmlEntities.decoded(text.toString()));
        }
        return c;
    }

    /** Reads an attribute's value into {@link #text}; answers the character after it. */
    private int value(boolean kept) throws IOException {
        int c = read();
        while (isSpace(c)) {
            c = read();
        }
        if (c == '"' || c == '\'') {
            int quote = c;
            for (c = read(); c >= 0 && c != quote; c = read()) {
                keep(c, kept);
            }
            require(c >= 0);
            return read();
        }
        while (c >= 0 && !isSpace(c) && c != '>') {
            keep(c, kept);
            c = read();
        }
        return c;
    }

    private void keep(int c, boolean kept) {
        if (kept) {
            if (++tagChars > TAG_CHARS_MAX) {
                throw IndexFault.tooLarge(
                        source,
                        "a <" + name + "> tag of more than " + TAG_CHARS_MAX + " characters",
                        "tag-chars-max",
                        TAG_CHARS_MAX);
            }
            text.append((char) c);
        }
    }

    private static boolean isKnown(String attribute) {
        return switch (attribute) {
            case "href",
                    "name",
                    "content",
                    "data-requires-python",
                    "data-yanked",
                    "data-core-metadata",
                    "data-dist-info-metadata",
                    "data-gpg-sig",
                    "data-provenance" -> true;
            default -> false;
        };
    }

    /** Reads what follows "<!"; answers whether it is a comment. */
    private boolean declaration() throws IOException {
        int c = read();
        if (c != '-') {
            require(c == '>' || (c >= 0 && skipPast('>')));
            return false;
        }
        c = read();
        if (c != '-') {
            require(c == '>' || (c >= 0 && skipPast('>')));
            return false;
        }
        text.setLength(0);
        int dashes = 2;
        for (c = read(); c != '>' || dashes < 2; c = read()) {
            require(c >= 0);
            if (c == '-') {
                dashes++;
            } else if (c != '!' || dashes < 2) {
                dashes = 0;
            }
            if (text.length() < COMMENT_CHARS_KEPT_MAX) {
                text.append((char) c);
            }
        }
        return true;
    }

    /** Passes over text that is no markup, and over the end tag that ends it. */
    private void skipText() throws IOException {
        String element = name;
        while (true) {
            require(skipPast('<'));
            int c = read();
            if (c != '/') {
                require(c >= 0);
                position--;
                continue;
            }
            int matched = 0;
            c = read();
            while (matched < element.length() && lower(c) == element.charAt(matched)) {
                matched++;
                c = read();
            }
            require(c >= 0);
            if (matched == element.length() && (isSpace(c) || c == '/' || c == '>')) {
                attributes(c, false);
                return;
            }
            position--;
        }
    }

    /** Passes over everything up to that character and over it; answers false at the end of the page. */
    private boolean skipPast(char wanted) throws IOException {
        do {
            while (position < limit) {
                if (buffer[position++] == wanted) {
                    return true;
                }
            }
        } while (fill());
        return false;
    }

    private int read() throws IOException {
        return position < limit || fill() ? buffer[position++] : -1;
    }

    private boolean fill() throws IOException {
        int n = reader.read(buffer, 0, buffer.length);
        position = 0;
        limit = Math.max(n, 0);
        return n > 0;
    }

    private void require(boolean complete) {
        if (!complete) {
            throw IndexFault.invalid(source, "it ends in the middle of a tag, a comment or a script", null);
        }
    }

    private static boolean isLetter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isSpace(int c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
    }

    private static int lower(int c) {
        return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
    }
}
