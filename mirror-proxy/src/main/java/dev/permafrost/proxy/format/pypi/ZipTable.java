package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.format.pypi.WheelMetadata.RefusedException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** The table of contents of a ZIP archive that comes from strangers, record by record, and only if everybody reads the same there. */
final class ZipTable {
    /** Longest table of contents that is read: about a million files. */
    private static final long DIRECTORY_BYTES_MAX = 100L << 20;

    /* APPNOTE.TXT of PKWARE: 4.3.12 central directory, 4.3.14 to 4.3.16 its end. */
    private static final int END_BYTES = 22;
    private static final int END = 0x06054b50;
    private static final int COMMENT_BYTES_MAX = 0xffff;
    private static final int END64_LOCATOR_BYTES = 20;
    private static final int END64_LOCATOR = 0x07064b50;
    private static final int END64_BYTES = 56;
    private static final int END64 = 0x06064b50;
    /** What each record has, before the name of its file. */
    static final int RECORD_BYTES = 46;

    private static final int RECORD = 0x02014b50;
    /** With a name, more fields, and a comment. */
    private static final int RECORD_BYTES_MAX = RECORD_BYTES + 3 * 0xffff;
    /** 4.5.3: the first of what follows in a record of the longer form is how long the file is. */
    private static final int EXTRA64 = 1;

    private static final int EXTRA_BYTES = 4;
    /** What a record says beyond that is taken for that. */
    private static final long SAID_BYTES_MAX = 1L << 40;
    /** The largest number of four bytes; where it stands, the number may be in the longer form. */
    static final long UNSIGNED_INT = 0xffff_ffffL;

    private static final int BUFFER_BYTES = 512 << 10;

    private final FileChannel channel;
    private final long sizeBytes;

    /**
     * That of an archive.
     *
     * @param channel read by position only
     */
    ZipTable(FileChannel channel, long sizeBytes) {
        this.channel = channel;
        this.sizeBytes = sizeBytes;
    }

    /** Where it lies. */
    private record Directory(long start, long sizeBytes) {}

    /** What is done with each record of the table of contents, which begins at the window's position. */
    interface Visit {
        void record(ByteBuffer window) throws RefusedException;
    }

    /**
     * Goes through all of it.
     *
     * @throws RefusedException what the visit throws, and where the file is no ZIP archive, broken or too long
     */
    void each(Visit visit) throws IOException, RefusedException {
        Directory directory = directory();
        long at = directory.start;
        long end = directory.start + directory.sizeBytes;
        ByteBuffer window = ByteBuffer.allocate(0);
        while (at < end) {
            if (window.remaining() < RECORD_BYTES_MAX && at + window.remaining() < end) {
                window = at(at, (int) Math.min(BUFFER_BYTES, end - at));
            }
            if (window.remaining() < RECORD_BYTES || window.getInt(window.position()) != RECORD) {
                throw new RefusedException("its table of contents is broken");
            }
            visit.record(window);
            int length = RECORD_BYTES
                    + unsigned(window, window.position() + 28)
                    + unsigned(window, window.position() + 30)
                    + unsigned(window, window.position() + 32);
            at += length;
            window.position(Math.min(window.limit(), window.position() + length));
        }
    }

    /**
     * Whether the archive may be unpacked.
     *
     * @throws RefusedException where it is no ZIP archive, or broken; of the excessive kind where it unpacks to more than
     *     {@link Decompression#UNPACKED_BYTES_MAX} bytes, and to more than {@link Decompression#RATIO_MAX} times its own
     */
    void requireModest() throws IOException, RefusedException {
        long[] unpacked = new long[1];
        each(window -> unpacked[0] += unpackedBytes(window));
        if (unpacked[0] > Decompression.UNPACKED_BYTES_MAX && sizeBytes * Decompression.RATIO_MAX < unpacked[0]) {
            throw RefusedException.excessive("it unpacks to more than " + Decompression.UNPACKED_BYTES_MAX
                    + " bytes, and to more than " + Decompression.RATIO_MAX + " times its own " + sizeBytes);
        }
    }

    /** What a record says of the length of its file; no installer unpacks more than that. */
    private static long unpackedBytes(ByteBuffer window) {
        long bytes = window.getInt(window.position() + 24) & UNSIGNED_INT;
        if (bytes != UNSIGNED_INT) {
            return bytes;
        }
        int at = window.position() + RECORD_BYTES + unsigned(window, window.position() + 28);
        int end = Math.min(window.limit(), at + unsigned(window, window.position() + 30));
        while (at + EXTRA_BYTES <= end) {
            int length = unsigned(window, at + 2);
            if (unsigned(window, at) == EXTRA64 && length >= Long.BYTES && at + EXTRA_BYTES + Long.BYTES <= end) {
                long said = window.getLong(at + EXTRA_BYTES);
                // so that no sum turns negative
                return said < 0 || said > SAID_BYTES_MAX ? SAID_BYTES_MAX : said;
            }
            at += EXTRA_BYTES + length;
        }
        return bytes;
    }

    /** Whether Python would find one, wherever it lies: it takes the last end there is, and what comes right before that. */
    boolean isThere() throws IOException, RefusedException {
        ByteBuffer last = last();
        int end = end(last);
        if (end < 0) {
            return false;
        }
        long at = sizeBytes - last.limit() + end;
        long sizeBefore = last.getInt(end + 12) & UNSIGNED_INT;
        return isAt(at - END64_LOCATOR_BYTES, END64_LOCATOR) || isAt(at - sizeBefore, RECORD);
    }

    private boolean isAt(long position, int mark) throws IOException, RefusedException {
        return position >= 0
                && position <= sizeBytes - Integer.BYTES
                && at(position, Integer.BYTES).getInt(0) == mark;
    }

    private Directory directory() throws IOException, RefusedException {
        ByteBuffer last = last();
        int end = end(last);
        if (end < 0) {
            throw new RefusedException("it is no ZIP archive");
        }
        // Python takes the last one there is, so that no other may be taken here
        if (unsigned(last, end + 20) != last.limit() - END_BYTES - end) {
            throw new RefusedException("it has more than one end");
        }
        return directory(last, end, sizeBytes - last.limit() + end);
    }

    private ByteBuffer last() throws IOException, RefusedException {
        int tail = (int) Math.min(sizeBytes, END_BYTES + COMMENT_BYTES_MAX);
        return at(sizeBytes - tail, tail);
    }

    /** Where in it the last end begins; -1 where there is none. */
    private static int end(ByteBuffer last) {
        int end = last.limit() - END_BYTES;
        while (end >= 0 && last.getInt(end) != END) {
            end--;
        }
        return Math.max(-1, end);
    }

    private Directory directory(ByteBuffer last, int i, long end) throws IOException, RefusedException {
        long size = last.getInt(i + 12) & UNSIGNED_INT;
        long start = last.getInt(i + 16) & UNSIGNED_INT;
        long after = end;
        if (end >= END64_LOCATOR_BYTES) {
            ByteBuffer locator = at(end - END64_LOCATOR_BYTES, END64_LOCATOR_BYTES);
            if (locator.getInt(0) == END64_LOCATOR) {
                after = locator.getLong(8);
                ByteBuffer end64 = at(after, END64_BYTES);
                if (end64.getInt(0) != END64) {
                    throw new RefusedException("its table of contents leads nowhere");
                }
                size = end64.getLong(40);
                start = end64.getLong(48);
            }
        }
        if (start + size != after) {
            // there may be another, which others would read
            throw new RefusedException("its table of contents does not lie where it should");
        }
        if (size > DIRECTORY_BYTES_MAX) {
            throw RefusedException.excessive("its table of contents has more than " + DIRECTORY_BYTES_MAX + " bytes");
        }
        if (size < 0 || start < 0 || start > sizeBytes - size) {
            throw new RefusedException("its table of contents is cut off");
        }
        return new Directory(start, size);
    }

    /** Bytes of the archive; refused where they are not there. */
    ByteBuffer at(long position, int count) throws IOException, RefusedException {
        if (position < 0 || count < 0 || position > sizeBytes - count) {
            throw new RefusedException("it is cut off, or no ZIP archive");
        }
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, position + bytes.position()) < 0) {
                throw new EOFException("the file ends after " + (position + bytes.position()) + " bytes");
            }
        }
        return bytes.flip();
    }

    /** A number of two bytes. */
    static int unsigned(ByteBuffer bytes, int at) {
        return bytes.getShort(at) & 0xffff;
    }
}
