package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Takes a primary, filelists or other document, decompressed, apart into its packages, byte for byte: {@link #head}, then for each package
 * its {@link #gap} and its {@link #element}, then {@link #tail}, are the document again. Memory grows with the longest element, not with
 * the document. Only as much of XML is understood as it takes to see where an element ends; whether it is well-formed inside is for
 * its reader to say. All methods throw a {@link StoreException} of kind {@link FailureKind#UPSTREAM_INVALID} where there is no telling, and
 * of kind {@link FailureKind#UPSTREAM_TOO_LARGE} beyond a limit.
 */
public final class PackageElements {
    /** Longest element of one package; the longest known, of file lists, have 10 MiB. */
    static final int ELEMENT_BYTES_MAX = 64 << 20;

    /** Longest of what is before, between and after packages. */
    static final int REST_BYTES_MAX = 1 << 20;

    private static final int FIRST_BUFFER_BYTES = 128 << 10;

    /** So many children of a package are remembered; primary has twelve. */
    private static final int CHILDREN_MAX = 16;

    private static final int DECLARATION_BYTES_MAX = 256;
    private static final byte[] PACKAGE = "package".getBytes(UTF_8);

    private final InputStream document;
    private final String title;
    private final byte[] head;
    private final String root;
    private final OptionalLong declared;

    private byte[] buffer = new byte[FIRST_BUFFER_BYTES];
    /** How many bytes of the document are no longer in the buffer. */
    private long dropped;
    /** Where in the buffer the part begins that is being read: what is before it is no longer needed. */
    private int mark;

    private int position;
    private int end;
    private int partBytesMax = REST_BYTES_MAX;

    /** How many elements are open. */
    private int depth;

    /** Where the children of the package at hand begin, below its mark, those of them alone that {@link #plain} may be asked for. */
    private final int[] children = new int[CHILDREN_MAX];

    private int childCount;

    private int gapStart;
    private int elementStart;
    private int elementEnd;
    private @Nullable String pkgid;
    private byte @Nullable [] tail;

    /** Where the tag, the comment or the like that was read last begins, and where the name in it ends. */
    private int tagStart;

    private int nameEnd;

    /**
     * Reads up to the first package.
     *
     * @param document read to its end by and by, and not closed
     * @param title what it is, as a message may say it
     */
    public PackageElements(InputStream document, String title) throws IOException {
        this.document = document;
        this.title = title;
        refuseOtherEncodings();
        Token token = token();
        while (token == Token.OTHER) {
            token = token();
        }
        if (token != Token.START && token != Token.EMPTY) {
            throw MetadataFault.invalid(title, "there is no XML element in it");
        }
        this.head = Arrays.copyOfRange(buffer, mark, position);
        YumXml xml = headXml(token);
        this.root = String.valueOf(xml.child());
        String packages = xml.attribute("packages");
        this.declared = packages == null ? OptionalLong.empty() : Numbers.parse(packages.strip());
        xml.skip();
        open(token);
        beginPart(position, REST_BYTES_MAX);
    }

    /** The outermost element's name, without a prefix. */
    String root() {
        return root;
    }

    /** How many packages the document says that it has; empty where it does not say. */
    OptionalLong declared() {
        return declared;
    }

    /** All that is before the first gap: up to the end of the outermost element's tag. */
    public byte[] head() {
        return head.clone();
    }

    /** What is between the package before, or the head, and this one; read-only, and valid until the next call of {@link #next}. */
    ByteBuffer gap() {
        return ByteBuffer.wrap(buffer, gapStart, elementStart - gapStart)
                .slice()
                .asReadOnlyBuffer();
    }

    /** The package, from its tag's {@code <} to its end tag's {@code >}; read-only, and valid until the next call of {@link #next}. */
    public ByteBuffer element() {
        return ByteBuffer.wrap(buffer, elementStart, elementEnd - elementStart)
                .slice()
                .asReadOnlyBuffer();
    }

    /** Where in the document the package begins. */
    long elementOffset() {
        return dropped + elementStart;
    }

    /** How long the package is. */
    public int elementBytes() {
        return elementEnd - elementStart;
    }

    /** Walks through the package. */
    public YumXml elementXml(int elementsMax) {
        return new YumXml(
                buffer,
                elementStart,
                elementEnd - elementStart,
                title + ", at byte " + elementOffset() + ",",
                elementsMax);
    }

    /** The package's {@code pkgid}, the checksum that it has in primary; null in primary itself, and where it has entities in it. */
    public @Nullable String pkgid() {
        return pkgid;
    }

    /**
     * A child of the package, as its first {@value #CHILDREN_MAX} are found without a parser of XML; null where there is none of that name,
     * or several, or a name with a prefix: then {@link #elementXml} tells. Valid until the next call of {@link #next}.
     */
    public @Nullable Plain plain(String name) {
        byte[] bytes = name.getBytes(UTF_8);
        Plain found = null;
        for (int i = 0; i < childCount; i++) {
            int start = gapStart + children[i] + 1;
            int stop = start + bytes.length;
            if (Arrays.equals(buffer, start, stop, bytes, 0, bytes.length) && !isName(buffer[stop])) {
                if (found != null) {
                    return null;
                }
                found = new Plain(stop);
            }
        }
        return found;
    }

    /** A child that is read as it is written. */
    public final class Plain {
        private final int behindName;

        private Plain(int behindName) {
            this.behindName = behindName;
        }

        /** An attribute as it is written, entities and all; null where it is not there. */
        public @Nullable String attribute(String name) {
            return PackageElements.this.attribute(name, behindName);
        }

        /** What is in it as it is written, without blanks around it; null where that may be more than text. */
        public @Nullable String text() {
            int at = behindName;
            while (buffer[at] != '>') {
                at++;
            }
            int start = at + 1;
            at = start;
            while (buffer[at] != '<') {
                at++;
            }
            String text = new String(buffer, start, at - start, UTF_8);
            // a > may have been within quotes
            return buffer[at + 1] != '/' || text.indexOf('>') >= 0 ? null : text.strip();
        }
    }

    /** All that is after the last package; null before {@link #next} has said that there is none. */
    byte @Nullable [] tail() {
        return tail == null ? null : tail.clone();
    }

    /** Goes to the next package; false where there is none. */
    public boolean next() throws IOException {
        if (tail != null) {
            return false;
        }
        while (true) {
            Token token = token();
            switch (token) {
                case START, EMPTY -> {
                    if (depth == 0) {
                        throw MetadataFault.invalid(title, "there is more after its outermost element");
                    }
                    if (depth == 1 && isPackage()) {
                        readElement(token);
                        return true;
                    }
                    open(token);
                }
                case CLOSE -> close();
                case OTHER -> {}
                case END -> {
                    if (depth > 0) {
                        throw cutOff();
                    }
                    tail = Arrays.copyOfRange(buffer, mark, end);
                    return false;
                }
            }
        }
    }

    /** The document without all that is in it. */
    private YumXml headXml(Token token) {
        String name = new String(buffer, tagStart + 1, nameEnd - tagStart - 1, UTF_8);
        byte[] end = token == Token.START ? ("</" + name + ">").getBytes(UTF_8) : new byte[0];
        byte[] whole = Arrays.copyOf(head, head.length + end.length);
        System.arraycopy(end, 0, whole, head.length, end.length);
        return new YumXml(whole, 0, whole.length, title, 1);
    }

    private void readElement(Token first) throws IOException {
        String written = attribute("pkgid", nameEnd);
        pkgid = written == null || written.indexOf('&') >= 0 ? null : written;
        childCount = 0;
        // the gap stays in the buffer with the element, and moves with it
        int gap = tagStart - mark;
        partBytesMax = gap + ELEMENT_BYTES_MAX;
        if (first == Token.START) {
            open(first);
            while (depth > 1) {
                Token token = token();
                switch (token) {
                    case START, EMPTY -> {
                        noteChild();
                        open(token);
                    }
                    case CLOSE -> close();
                    case OTHER -> {}
                    case END -> throw cutOff();
                }
            }
        }
        gapStart = mark;
        elementStart = mark + gap;
        elementEnd = position;
        if (elementEnd - elementStart > ELEMENT_BYTES_MAX) {
            throw tooLong(ELEMENT_BYTES_MAX);
        }
        beginPart(position, REST_BYTES_MAX);
    }

    private void noteChild() {
        if (depth == 2 && childCount < CHILDREN_MAX) {
            children[childCount++] = tagStart - mark;
        }
    }

    private void open(Token token) {
        if (token == Token.START && ++depth > YumXml.DEPTH_MAX) {
            throw MetadataFault.invalid(title, "its elements are nested more than " + YumXml.DEPTH_MAX + " deep");
        }
    }

    private void close() {
        if (--depth < 0) {
            throw MetadataFault.invalid(title, "an element ends that never began, at byte " + (dropped + tagStart));
        }
    }

    private void beginPart(int at, int bytesMax) {
        mark = at;
        partBytesMax = bytesMax;
    }

    private enum Token {
        /** The tag of an element that has an end tag. */
        START,
        /** The tag of an element without one. */
        EMPTY,
        /** An end tag. */
        CLOSE,
        /** A comment, a section of text, or an instruction. */
        OTHER,
        /** The document's end. */
        END
    }

    /** Reads text up to the next tag, comment or the like, and that. */
    private Token token() throws IOException {
        if (!skipText()) {
            return Token.END;
        }
        // kept as a distance: reading on may move what is in the buffer
        int start = position - 1 - mark;
        Token token = switch (required()) {
            case '?' -> {
                skipPast("?>");
                yield Token.OTHER;
            }
            case '!' -> {
                skipComment();
                yield Token.OTHER;
            }
            case '/' -> {
                skipPast((byte) '>');
                yield Token.CLOSE;
            }
            default -> {
                position--;
                yield skipTag();
            }
        };
        tagStart = mark + start;
        if (token == Token.START || token == Token.EMPTY) {
            skipName();
        }
        return token;
    }

    /*
     * Nearly all bytes of a document are passed by the three methods that follow, mostly before Java has compiled them well: so each looks
     * at what is in the buffer in a loop of its own, without a call or a field in it.
     */

    /** Reads up to the next {@code <} and that; false where there is none. */
    private boolean skipText() throws IOException {
        do {
            byte[] bytes = buffer;
            int stop = end;
            for (int at = position; at < stop; at++) {
                if (bytes[at] == '<') {
                    position = at + 1;
                    return true;
                }
            }
            position = stop;
        } while (fill());
        return false;
    }

    /** Reads on to the next such byte and that. */
    private void skipPast(byte last) throws IOException {
        while (true) {
            byte[] bytes = buffer;
            int stop = end;
            for (int at = position; at < stop; at++) {
                if (bytes[at] == last) {
                    position = at + 1;
                    return;
                }
            }
            position = stop;
            if (!fill()) {
                throw cutOff();
            }
        }
    }

    /** Reads a tag to its end; a > within quotes is none. */
    private Token skipTag() throws IOException {
        while (true) {
            byte[] bytes = buffer;
            int stop = end;
            int at = position;
            while (at < stop && !endsTagText(bytes[at])) {
                at++;
            }
            position = at;
            if (at == stop) {
                if (!fill()) {
                    throw cutOff();
                }
                continue;
            }
            position++;
            switch (bytes[at]) {
                // what is before it is in the buffer, as the tag's beginning is
                case '>' -> {
                    return bytes[at - 1] == '/' ? Token.EMPTY : Token.START;
                }
                case '<' -> throw MetadataFault.invalid(title, "a tag has no end, at byte " + (dropped + position));
                default -> skipPast(bytes[at]);
            }
        }
    }

    private static boolean endsTagText(byte b) {
        return b <= '>' && (b == '>' || b == '"' || b == '\'' || b == '<');
    }

    private void skipComment() throws IOException {
        int first = required();
        if (first == '-' && required() == '-') {
            skipPast("-->");
        } else if (first == '[' && depth > 0 && follows("CDATA[")) {
            skipPast("]]>");
        } else {
            throw MetadataFault.invalid(
                    title,
                    "it has a document type (<!DOCTYPE …>), which no metadata has, or something else that begins with <!,"
                            + " at byte " + (dropped + position));
        }
    }

    private boolean follows(String text) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            if (required() != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Reads on until the last bytes read are these, the first of which may be repeated before them. */
    private void skipPast(String text) throws IOException {
        int last = text.charAt(text.length() - 1);
        int read = 0;
        while (true) {
            read++;
            if (required() == last && read >= text.length() && endsWith(text)) {
                return;
            }
        }
    }

    private boolean endsWith(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (buffer[position - text.length() + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private int required() throws IOException {
        if (position == end && !fill()) {
            throw cutOff();
        }
        return buffer[position++];
    }

    /** Reads more; false at the end. Makes room by dropping what is before the mark, and else by growing. */
    private boolean fill() throws IOException {
        if (end - mark > partBytesMax) {
            throw tooLong(partBytesMax);
        }
        if (end == buffer.length) {
            int kept = end - mark;
            byte[] room = kept > buffer.length / 2 ? new byte[roomBytes()] : buffer;
            System.arraycopy(buffer, mark, room, 0, kept);
            buffer = room;
            dropped += mark;
            position -= mark;
            end = kept;
            mark = 0;
        }
        int n = document.read(buffer, end, buffer.length - end);
        if (n <= 0) {
            return false;
        }
        end += n;
        return true;
    }

    private int roomBytes() {
        return Math.max(buffer.length, Math.min(2 * buffer.length, partBytesMax + FIRST_BUFFER_BYTES));
    }

    private StoreException tooLong(int bytesMax) {
        return MetadataFault.tooLarge(
                title,
                "what begins at its byte " + (dropped + mark) + " is longer than " + bytesMax
                        + " bytes, and no package needs as many");
    }

    private StoreException cutOff() {
        return MetadataFault.invalid(title, "it is cut off after " + (dropped + end) + " bytes");
    }

    private void skipName() {
        nameEnd = tagStart + 1;
        while (isName(buffer[nameEnd])) {
            nameEnd++;
        }
    }

    private static boolean isName(byte b) {
        return b != '>' && b != '/' && b != '=' && b != '"' && b != '\'' && !isBlank(b);
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\n' || b == '\t' || b == '\r';
    }

    private boolean isPackage() {
        int start = tagStart + 1;
        for (int i = start; i < nameEnd; i++) {
            if (buffer[i] == ':') {
                start = i + 1;
            }
        }
        return Arrays.equals(buffer, start, nameEnd, PACKAGE, 0, PACKAGE.length);
    }

    /** An attribute of a tag whose name ends there, as it is written; null where it is not there. */
    private @Nullable String attribute(String wanted, int behindName) {
        byte[] name = wanted.getBytes(UTF_8);
        int at = behindName;
        while (true) {
            while (isBlank(buffer[at])) {
                at++;
            }
            int nameStart = at;
            while (isName(buffer[at])) {
                at++;
            }
            boolean found = Arrays.equals(buffer, nameStart, at, name, 0, name.length);
            while (isBlank(buffer[at]) || buffer[at] == '=') {
                at++;
            }
            byte quote = buffer[at];
            if (quote != '"' && quote != '\'') {
                // the tag's end, or no attribute of XML
                return null;
            }
            int start = ++at;
            while (buffer[at] != quote) {
                at++;
            }
            if (found) {
                return new String(buffer, start, at - start, UTF_8);
            }
            at++;
        }
    }

    /** All that is read here goes by bytes of ASCII, which other encodings than UTF-8 may have in the middle of a character. */
    private void refuseOtherEncodings() throws IOException {
        end = document.readNBytes(buffer, 0, DECLARATION_BYTES_MAX);
        String text = new String(buffer, 0, end, UTF_8);
        if (text.indexOf('\0') >= 0 || text.startsWith("\uFFFD")) {
            throw MetadataFault.invalid(title, "it is not in UTF-8, or no text at all");
        }
        int declaration = text.indexOf("<?xml");
        int stop = text.indexOf("?>");
        if (declaration < 0 || stop < declaration) {
            return;
        }
        String[] words = text.substring(declaration, stop).split("[\\s=]*encoding[\\s=]*", -1);
        if (words.length > 1 && words[1].length() > 1) {
            int close = words[1].indexOf(words[1].charAt(0), 1);
            String encoding = words[1].substring(1, Math.max(1, close)).toUpperCase(Locale.ROOT);
            if (!encoding.equals("UTF-8") && !encoding.equals("US-ASCII") && !encoding.equals("ASCII")) {
                throw MetadataFault.invalid(
                        title, "it is in the encoding " + PlainText.quoted(encoding) + ", and only UTF-8 is read");
            }
        }
    }
}
