package dev.permafrost.proxy.format.yum.rpm;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A header of an RPM: entries by their tags, each a number of values of one type. Nothing is copied: values are read from its bytes when
 * they are asked for, and whatever they claim is checked against these. An entry of another type than the one asked for is as good as none.
 */
final class RpmHeader {
    /** Most entries, as with rpm; those of distributions have up to 100. */
    static final int ENTRIES_MAX = 0xffff;

    /** Most values of one entry, as with rpm (HEADER_ARRAY_MAX); the largest known packages have 200,000 files. */
    static final int VALUES_MAX = 0xfffff;

    /** Longest string, which is in memory more than once while it is escaped; longest known descriptions have 100 KiB. */
    static final int STRING_BYTES_MAX = 16 << 20;

    static final int ENTRY_BYTES = 16;

    private static final int INT8 = 2;
    private static final int INT16 = 3;
    private static final int INT32 = 4;
    private static final int INT64 = 5;
    private static final int STRING = 6;
    private static final int BIN = 7;
    private static final int STRING_ARRAY = 8;
    private static final int I18NSTRING = 9;

    private final String title;
    private final byte[] intro;
    private final ByteBuffer bytes;
    /** The same where it is in the heap. */
    private final byte @Nullable [] array;

    private final int length;
    private final int storeStart;
    private final Map<Integer, Integer> entries = new HashMap<>();

    /**
     * A header.
     *
     * @param intro the sixteen bytes before the index; kept
     * @param bytes the index, and the store that it points to; kept
     * @param count how many entries the index has
     * @param title what it is of, as a message may say it
     */
    RpmHeader(byte[] intro, byte[] bytes, int count, String title) {
        this(intro, ByteBuffer.wrap(bytes), bytes, count, title);
    }

    /** The same outside of the heap: from the buffer's first byte to its last. */
    RpmHeader(byte[] intro, ByteBuffer bytes, int count, String title) {
        this(intro, bytes, null, count, title);
    }

    private RpmHeader(byte[] intro, ByteBuffer bytes, byte @Nullable [] array, int count, String title) {
        this.title = title;
        this.intro = intro;
        this.bytes = bytes;
        this.array = array;
        this.length = bytes.capacity();
        this.storeStart = count * ENTRY_BYTES;
        for (int at = 0; at < storeStart; at += ENTRY_BYTES) {
            entries.putIfAbsent(bytes.getInt(at), at);
        }
    }

    /** Whether there is an entry of that tag. */
    boolean has(int tag) {
        return entries.containsKey(tag);
    }

    /** All of its bytes, as the file has them. */
    InputStream raw() {
        return new SequenceInputStream(
                new ByteArrayInputStream(intro), new Bytes(bytes.duplicate().clear()));
    }

    /** The bytes of an entry; null where there is none of that type. */
    byte @Nullable [] binary(int tag) throws BadRpmException {
        Integer at = entries.get(tag);
        if (at == null || type(at) != BIN) {
            return null;
        }
        int count = count(tag, at);
        int offset = offset(tag, at);
        if (count > length - offset) {
            throw broken(tag, "ends beyond the header");
        }
        byte[] copy = new byte[count];
        bytes.get(offset, copy);
        return copy;
    }

    /** The only string of an entry, or the first of its translations; null where there is none. */
    @Nullable String string(int tag) throws BadRpmException {
        Strings strings = strings(tag);
        if (strings == null || (strings.count > 1 && strings.type == STRING_ARRAY)) {
            return null;
        }
        return strings.next();
    }

    /** The strings of an entry; null where there is none. */
    @Nullable Strings strings(int tag) throws BadRpmException {
        Integer at = entries.get(tag);
        int type = at == null ? 0 : type(at);
        if (at == null || (type != STRING && type != STRING_ARRAY && type != I18NSTRING)) {
            return null;
        }
        int offset = offset(tag, at);
        int count = type == STRING ? 1 : count(tag, at);
        if (count > length - offset) {
            throw broken(tag, "claims " + count + " strings, more than there are bytes for");
        }
        return new Strings(tag, type, offset, count);
    }

    /** The numbers of an entry; null where there is none. */
    @Nullable Values values(int tag) throws BadRpmException {
        Integer at = entries.get(tag);
        int size = at == null ? 0 : size(type(at));
        if (at == null || size == 0) {
            return null;
        }
        int count = count(tag, at);
        int offset = offset(tag, at);
        if ((long) offset + (long) count * size > length) {
            throw broken(tag, "ends beyond the header");
        }
        return new Values(offset, count, size);
    }

    /** The first number of an entry, unsigned where it has less than 64 bits; 0 where there is none. */
    long number(int tag) throws BadRpmException {
        Values values = values(tag);
        return values == null || values.count == 0 ? 0 : values.get(0);
    }

    private int type(int at) {
        return bytes.getInt(at + 4);
    }

    private static int size(int type) {
        return switch (type) {
            case 1, INT8 -> 1;
            case INT16 -> 2;
            case INT32 -> 4;
            case INT64 -> 8;
            default -> 0;
        };
    }

    private int offset(int tag, int at) throws BadRpmException {
        int offset = bytes.getInt(at + 8);
        if (offset < 0 || offset >= length - storeStart) {
            throw broken(tag, "begins at byte " + Integer.toUnsignedString(offset) + ", beyond the header");
        }
        return storeStart + offset;
    }

    private int count(int tag, int at) throws BadRpmException {
        int count = bytes.getInt(at + 12);
        if (count < 0 || count > length - storeStart) {
            throw broken(tag, "claims " + Integer.toUnsignedString(count) + " values, more than the header has bytes");
        }
        if (count > VALUES_MAX) {
            throw BadRpmException.tooLarge(
                    title, "entry " + tag + " of its header has " + count + " values, more than " + VALUES_MAX);
        }
        return count;
    }

    /** Where the string that begins there ends: its zero byte, or the header's end. */
    private int end(int start) {
        int end = start;
        if (array == null) {
            while (end < length && bytes.get(end) != 0) {
                end++;
            }
        } else {
            while (end < length && array[end] != 0) {
                end++;
            }
        }
        return end;
    }

    private String text(int start, int end) {
        if (array != null) {
            return RpmText.decoded(array, start, end);
        }
        byte[] copy = new byte[end - start];
        bytes.get(start, copy);
        return RpmText.decoded(copy, 0, copy.length);
    }

    private BadRpmException broken(int tag, String why) {
        return BadRpmException.broken(title, "entry " + tag + " of its header " + why);
    }

    /** Numbers, in their order. */
    final class Values {
        private final int offset;
        private final int count;
        private final int size;

        private Values(int offset, int count, int size) {
            this.offset = offset;
            this.count = count;
            this.size = size;
        }

        int count() {
            return count;
        }

        /** One of them, unsigned where it has less than 64 bits. */
        long get(int i) {
            int at = offset + i * size;
            return switch (size) {
                case 1 -> bytes.get(at) & 0xffL;
                case 2 -> bytes.getShort(at) & 0xffffL;
                case 4 -> bytes.getInt(at) & 0xffffffffL;
                default -> bytes.getLong(at);
            };
        }
    }

    /** Strings, one after the other. */
    final class Strings {
        private final int tag;
        private final int type;
        private final int count;
        private int position;
        private int read;

        private Strings(int tag, int type, int offset, int count) {
            this.tag = tag;
            this.type = type;
            this.position = offset;
            this.count = count;
        }

        int count() {
            return count;
        }

        boolean hasNext() {
            return read < count;
        }

        /** The next one. */
        String next() throws BadRpmException {
            int start = position;
            int end = end(start);
            if (end == length || read == count) {
                throw broken(tag, "has a string without an end");
            }
            if (end - start > STRING_BYTES_MAX) {
                throw BadRpmException.tooLarge(
                        title,
                        "entry " + tag + " of its header has a string of " + (end - start) + " bytes, more than "
                                + STRING_BYTES_MAX);
            }
            position = end + 1;
            read++;
            return text(start, end);
        }
    }

    /** A buffer's bytes as a stream. */
    private static final class Bytes extends InputStream {
        private final ByteBuffer left;

        Bytes(ByteBuffer left) {
            this.left = left;
        }

        @Override
        public int read() {
            return left.hasRemaining() ? left.get() & 0xff : -1;
        }

        @Override
        public int read(byte[] to, int start, int most) {
            int count = Math.min(most, left.remaining());
            if (count == 0) {
                return most == 0 ? 0 : -1;
            }
            left.get(to, start, count);
            return count;
        }
    }
}
