package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.format.pypi.WheelMetadata.RefusedException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * Not a library, since those that read tar take a long name into memory whatever its length, and read on where Python's tarfile
 * and they would disagree about what the archive holds. This one knows what sdists are made of, and refuses the rest.
 */
/** Finds the PKG-INFO of a source distribution in a tar archive: ustar, pax (POSIX.1-2017), or with GNU's long names. */
final class TarMember {
    private static final int BLOCK_BYTES = 512;
    /** Longest name, or list of pax records, that is read. */
    private static final int EXTENSION_BYTES_MAX = 64 << 10;

    private static final int NAME_BYTES = 100;
    private static final int SIZE = 124;
    private static final int NUMBER_BYTES = 12;
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_BYTES = 8;
    private static final int TYPE = 156;
    private static final int MAGIC = 257;
    private static final byte[] USTAR = {'u', 's', 't', 'a', 'r', 0};
    private static final int PREFIX = 345;
    private static final int PREFIX_BYTES = 155;

    private final InputStream tar;
    private final ProjectName project;

    /** A header, with what stood before it. */
    private record Entry(String name, char type, long sizeBytes) {
        boolean isFile() {
            return type == '0' || type == 0 || type == '7';
        }

        /** Whether it is a link, a device, a folder or a pipe. */
        boolean hasNoBytes() {
            return type >= '1' && type <= '6';
        }
    }

    private TarMember(InputStream tar, ProjectName project) {
        this.tar = tar;
        this.project = project;
    }

    /**
     * The bytes of the one {@code <project>-<version>/PKG-INFO}. Reads to the end.
     *
     * @throws RefusedException where there is none, or several, or one that is too long, or the archive is broken
     */
    static byte[] pkgInfo(InputStream tar, ProjectName project) throws IOException, RefusedException {
        byte[] found = new TarMember(tar, project).find();
        if (found == null) {
            throw new RefusedException("it has no " + SdistMetadata.PKG_INFO);
        }
        return found;
    }

    private byte @Nullable [] find() throws IOException, RefusedException {
        byte[] found = null;
        for (Entry entry = next(); entry != null; entry = next()) {
            if (entry.hasNoBytes() && entry.sizeBytes != 0) {
                throw new RefusedException("a link or a folder in it has bytes of its own");
            }
            if (!isWanted(entry.name)) {
                skip(entry.sizeBytes);
            } else if (!entry.isFile()) {
                throw new RefusedException("its PKG-INFO is no file");
            } else if (found != null) {
                throw new RefusedException("it has two PKG-INFO");
            } else {
                found = bytes(entry.sizeBytes, WheelMetadata.BYTES_MAX, "its PKG-INFO");
            }
        }
        // what lies behind the end is nothing, but the checksum that covers all of it comes last
        var unused = tar.skip(Long.MAX_VALUE);
        return found;
    }

    /** The next header that is of a file or the like; null at the end. */
    private @Nullable Entry next() throws IOException, RefusedException {
        String longName = null;
        Map<String, String> pax = Map.of();
        while (true) {
            byte[] header = tar.readNBytes(BLOCK_BYTES);
            if (header.length == 0 || isZero(header)) {
                return null;
            }
            if (header.length < BLOCK_BYTES) {
                throw new EOFException("it is cut off");
            }
            check(header);
            long size = number(header, SIZE, NUMBER_BYTES);
            char type = (char) (header[TYPE] & 0xff);
            switch (type) {
                case 'L' -> longName = text(extension(size), 0, EXTENSION_BYTES_MAX);
                case 'x' -> pax = records(extension(size));
                case 'g' -> {
                    if (records(extension(size)).keySet().stream().anyMatch(TarMember::changesWhatIsRead)) {
                        throw new RefusedException("it says something of all files in it that is said of each");
                    }
                }
                case 'K' -> skip(size);
                case 'S' -> throw new RefusedException("a file in it has holes");
                default -> {
                    return entry(header, type, size, longName, pax);
                }
            }
        }
    }

    private static boolean changesWhatIsRead(String key) {
        return key.equals("path") || key.equals("size") || key.startsWith("GNU.sparse");
    }

    private static Entry entry(byte[] header, char type, long size, @Nullable String longName, Map<String, String> pax)
            throws RefusedException {
        if (pax.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse"))) {
            throw new RefusedException("a file in it has holes");
        }
        String paxSize = pax.get("size");
        if (paxSize != null && !paxSize.equals(Long.toString(size))) {
            throw new RefusedException("a file in it has two sizes");
        }
        String paxPath = pax.get("path");
        if (paxPath != null || longName != null) {
            return new Entry(paxPath != null ? paxPath : String.valueOf(longName), type, size);
        }
        String name = text(header, 0, NAME_BYTES);
        boolean ustar = Arrays.equals(header, MAGIC, MAGIC + USTAR.length, USTAR, 0, USTAR.length);
        String prefix = ustar ? text(header, PREFIX, PREFIX_BYTES) : "";
        return new Entry(prefix.isEmpty() ? name : prefix + "/" + name, type, size);
    }

    /** Whether that name is {@code <project>-<version>/PKG-INFO}, where no other spelling leads to the same file. */
    private boolean isWanted(String name) throws RefusedException {
        int slash = name.length() - SdistMetadata.PKG_INFO.length() - 1;
        if (!name.endsWith(SdistMetadata.PKG_INFO) || slash < 0) {
            return false;
        }
        for (String part : name.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new RefusedException("its PKG-INFO has a name that is not plain");
            }
        }
        return name.charAt(slash) == '/' && WheelMetadata.isOf(project, name.substring(0, slash));
    }

    private byte[] extension(long size) throws IOException, RefusedException {
        return bytes(size, EXTENSION_BYTES_MAX, "a name in it");
    }

    private byte[] bytes(long size, int bytesMax, String what) throws IOException, RefusedException {
        if (size > bytesMax) {
            throw RefusedException.excessive(what + " has more than " + bytesMax + " bytes");
        }
        byte[] bytes = tar.readNBytes((int) size);
        if (bytes.length < size) {
            throw new EOFException("it is cut off");
        }
        tar.skipNBytes(padding(size));
        return bytes;
    }

    private void skip(long size) throws IOException {
        tar.skipNBytes(size + padding(size));
    }

    private static long padding(long size) {
        return -size & (BLOCK_BYTES - 1);
    }

    private static boolean isZero(byte[] block) {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** The sum of all bytes, those of the sum itself taken for spaces. */
    private static void check(byte[] header) throws RefusedException {
        int sum = 0;
        for (int i = 0; i < BLOCK_BYTES; i++) {
            sum += i >= CHECKSUM && i < CHECKSUM + CHECKSUM_BYTES ? ' ' : header[i] & 0xff;
        }
        if (sum != number(header, CHECKSUM, CHECKSUM_BYTES)) {
            throw new RefusedException("it is no tar archive, or broken");
        }
    }

    /** Octal digits; the other form, for what is longer than 8 GiB, is longer than anything that is read. */
    private static long number(byte[] header, int start, int length) throws RefusedException {
        String digits = text(header, start, length).strip();
        if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '7')) {
            throw new RefusedException("a number in it is none, or too large");
        }
        return Long.parseLong(digits, 8);
    }

    /** The text up to the first NUL. */
    private static String text(byte[] bytes, int start, int lengthMax) {
        int end = start;
        int last = Math.min(bytes.length, start + lengthMax);
        while (end < last && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, start, end - start, UTF_8);
    }

    /** Each {@code "%d %s=%s\n"}: its own length, a key, a value. */
    private static Map<String, String> records(byte[] bytes) throws RefusedException {
        Map<String, String> records = new HashMap<>();
        int at = 0;
        while (at < bytes.length) {
            int space = at;
            while (space < bytes.length && bytes[space] >= '0' && bytes[space] <= '9' && space - at < 6) {
                space++;
            }
            int length = space == at ? 0 : Integer.parseInt(new String(bytes, at, space - at, US_ASCII));
            int end = at + length;
            if (space >= bytes.length
                    || bytes[space] != ' '
                    || end > bytes.length
                    || end <= space + 1
                    || bytes[end - 1] != '\n') {
                throw new RefusedException("a list of attributes in it is broken");
            }
            String record = new String(bytes, space + 1, end - space - 2, UTF_8);
            int equals = record.indexOf('=');
            if (equals <= 0) {
                throw new RefusedException("a list of attributes in it is broken");
            }
            records.put(record.substring(0, equals), record.substring(equals + 1));
            at = end;
        }
        return records;
    }
}
