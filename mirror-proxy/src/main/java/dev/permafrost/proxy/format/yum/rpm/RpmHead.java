package dev.permafrost.proxy.format.yum.rpm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/**
 * What an RPM has before its payload: a lead of 96 bytes, which says hardly more than that it is one; a header of signatures, padded to 8
 * bytes; and the header. (rpm's docs/manual/format.md.)
 */
public final class RpmHead {
    /** Most bytes of values in a header, as with rpm (HEADER_DATA_MAX); the longest known have 10 MiB. */
    static final int HEADER_BYTES_MAX = 0x0fffffff;

    /** Most bytes of values in a header of signatures, as with rpm. */
    static final int SIGNATURES_BYTES_MAX = 64 << 20;

    /** A longer header is not in the heap. */
    static final int HEAP_BYTES_MAX = 32 << 20;

    private static final int BLOCK_BYTES = 64 << 10;

    /** A header, and a string of it while it is decoded, take so many times its bytes. */
    private static final int MEMORY_PER_BYTE = 3;

    private static final int LEAD_BYTES = 96;
    private static final int INTRO_BYTES = 16;
    private static final int LEAD_MAGIC = 0xedabeedb;
    private static final int HEADER_MAGIC = 0x8eade801;
    private static final int LEAD_VERSION_AT = 4;
    private static final int LEAD_SIGNATURE_AT = 78;
    private static final int SIGNATURE_IS_HEADER = 5;
    private static final int ALIGNMENT = 8;

    private final InputStream in;
    private final long sizeBytes;
    private final String title;
    private final IntConsumer admission;
    private long position;

    private RpmHead(InputStream in, long sizeBytes, String title, IntConsumer admission) {
        this.in = in;
        this.sizeBytes = sizeBytes;
        this.title = title;
        this.admission = admission;
    }

    /**
     * Reads what is before the payload, and leaves the stream where that begins. Blocks.
     *
     * @param in the file from its first byte; small reads have to be cheap
     * @param sizeBytes how long the file is
     * @param title which file it is, as a message may say it
     * @throws BadRpmException if it is no RPM, or a damaged one
     * @throws IOException if it can't be read
     */
    public static RpmPackage read(InputStream in, long sizeBytes, String title) throws IOException, BadRpmException {
        return read(in, sizeBytes, title, bytes -> {});
    }

    /**
     * The same, and tells how many bytes of memory are needed before they are taken, for the header and for what comes of it.
     *
     * @param admission may wait until there is memory enough
     */
    public static RpmPackage read(InputStream in, long sizeBytes, String title, IntConsumer admission)
            throws IOException, BadRpmException {
        return new RpmHead(in, sizeBytes, title, admission).read();
    }

    private RpmPackage read() throws IOException, BadRpmException {
        readLead();
        RpmHeader signature = readHeader("header of signatures", SIGNATURES_BYTES_MAX);
        long padding = -position & (ALIGNMENT - 1);
        bytes((int) padding, "header of signatures");
        long start = position;
        RpmHeader header = readHeader("header", HEADER_BYTES_MAX);
        return new RpmPackage(title, signature, header, start, position, new Allowance(title, admission));
    }

    private void readLead() throws IOException, BadRpmException {
        ByteBuffer lead = ByteBuffer.wrap(in.readNBytes(LEAD_BYTES));
        position = lead.limit();
        if (lead.limit() < 4 || lead.getInt(0) != LEAD_MAGIC) {
            throw BadRpmException.broken(
                    title, sizeBytes == 0 ? "it is empty" : "it does not begin with ed ab ee db, as RPMs do");
        }
        if (lead.limit() < LEAD_BYTES) {
            throw cutOff("lead");
        }
        int major = lead.get(LEAD_VERSION_AT);
        int signature = lead.getShort(LEAD_SIGNATURE_AT);
        if (major < 3 || major > 4 || signature != SIGNATURE_IS_HEADER) {
            throw BadRpmException.broken(
                    title,
                    "it is of version " + major + " of the format with signatures of kind " + signature
                            + ", and only versions 3 and 4 with kind " + SIGNATURE_IS_HEADER
                            + " are read, which rpm writes since 1998");
        }
    }

    private RpmHeader readHeader(String which, int bytesMax) throws IOException, BadRpmException {
        ByteBuffer intro = ByteBuffer.wrap(bytes(INTRO_BYTES, which));
        if (intro.getInt(0) != HEADER_MAGIC) {
            throw BadRpmException.broken(
                    title, "its " + which + " does not begin with 8e ad e8 01, at byte " + (position - INTRO_BYTES));
        }
        int entries = intro.getInt(8);
        int storeBytes = intro.getInt(12);
        if (entries < 0 || entries > RpmHeader.ENTRIES_MAX) {
            throw BadRpmException.tooLarge(
                    title,
                    "its " + which + " has " + Integer.toUnsignedString(entries) + " entries, more than "
                            + RpmHeader.ENTRIES_MAX);
        }
        int indexBytes = entries * RpmHeader.ENTRY_BYTES;
        if (storeBytes < 0 || storeBytes > bytesMax) {
            throw BadRpmException.tooLarge(
                    title,
                    "its " + which + " has " + Integer.toUnsignedLong(storeBytes) + " bytes of values, more than "
                            + bytesMax);
        }
        int length = indexBytes + storeBytes;
        if (position + length > sizeBytes) {
            throw cutOff(which);
        }
        admission.accept(MEMORY_PER_BYTE * length);
        return length > HEAP_BYTES_MAX
                ? new RpmHeader(intro.array(), outsideOfHeap(length, which), entries, title)
                : new RpmHeader(intro.array(), bytes(length, which), entries, title);
    }

    private ByteBuffer outsideOfHeap(int length, String which) throws IOException, BadRpmException {
        ByteBuffer to;
        try {
            to = ByteBuffer.allocateDirect(length);
        } catch (OutOfMemoryError e) {
            throw BadRpmException.tooLarge(
                    title,
                    "its " + which + " has " + length
                            + " bytes, for which there is no memory outside of the heap (-XX:MaxDirectMemorySize)");
        }
        while (to.hasRemaining()) {
            to.put(bytes(Math.min(BLOCK_BYTES, to.remaining()), which));
        }
        return to.flip();
    }

    private byte[] bytes(int count, String which) throws IOException, BadRpmException {
        byte[] bytes = in.readNBytes(count);
        position += bytes.length;
        if (bytes.length < count) {
            throw cutOff(which);
        }
        return bytes;
    }

    private BadRpmException cutOff(String which) {
        return BadRpmException.broken(title, "it is cut off in its " + which + ", after " + sizeBytes + " bytes");
    }
}
