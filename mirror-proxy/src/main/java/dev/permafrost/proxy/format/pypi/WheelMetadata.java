package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Takes the METADATA out of a wheel (PEP 427), byte by byte as it is; or the PKG-INFO out of a source distribution that is a ZIP
 * archive too. It comes from strangers: no more is read of it than its table of contents, record by record, and that one file, and
 * nothing it says of sizes is believed.
 */
final class WheelMetadata {
    /** Longest METADATA that is taken; the longest of real projects have some hundreds of KiB. */
    static final int BYTES_MAX = 8 << 20;

    private static final byte[] IN_FOLDER = ".dist-info/METADATA".getBytes(UTF_8);

    /* APPNOTE.TXT of PKWARE: 4.3.7 local header. */
    private static final int LOCAL_BYTES = 30;
    private static final int LOCAL = 0x04034b50;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int ENCRYPTED_FLAG = 1;

    private final ZipTable table;
    private final ProjectName project;
    private final byte[] inFolder;
    private final String called;

    private WheelMetadata(ZipTable table, ProjectName project, byte[] inFolder, String called) {
        this.table = table;
        this.project = project;
        this.inFolder = inFolder;
        this.called = called;
    }

    /** A distribution has no metadata that could be served for it, and why. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        private final boolean excessive;

        RefusedException(String why) {
            this(why, false);
        }

        private RefusedException(String why, boolean excessive) {
            super(why);
            this.excessive = excessive;
        }

        /** There is more of something than anybody can want. */
        static RefusedException excessive(String why) {
            return new RefusedException(why, true);
        }

        /** Whether there is, so that others had better not have it either. */
        boolean isExcessive() {
            return excessive;
        }
    }

    /** What the table of contents says of the METADATA. */
    private record Member(int method, long crc, long compressedBytes, long sizeBytes, long localHeader) {}

    /**
     * The bytes of the METADATA.
     *
     * @param channel the wheel, read by position only
     * @param project whose wheel it is
     * @throws RefusedException where the wheel is broken, or has none or several, or one that is too long
     * @throws IOException where it can't be read
     */
    static byte[] of(FileChannel channel, long sizeBytes, ProjectName project) throws IOException, RefusedException {
        return of(channel, sizeBytes, project, IN_FOLDER, "METADATA");
    }

    /**
     * The bytes of another file in a folder that is the project's.
     *
     * @param inFolder how its name ends, behind that of the project and a version
     * @param called what it is called where it is wrong
     */
    static byte[] of(FileChannel channel, long sizeBytes, ProjectName project, byte[] inFolder, String called)
            throws IOException, RefusedException {
        return new WheelMetadata(new ZipTable(channel, sizeBytes), project, inFolder, called).read();
    }

    /** Whether the name of a folder is that of a project, a dash, and anything that is no folder within. */
    static boolean isOf(ProjectName project, String nameAndVersion) {
        boolean projects = false;
        for (int dash = nameAndVersion.indexOf('-'); dash >= 0; dash = nameAndVersion.indexOf('-', dash + 1)) {
            projects |= ProjectName.parse(nameAndVersion.substring(0, dash))
                    .filter(project::equals)
                    .isPresent();
        }
        return projects && nameAndVersion.indexOf('/') < 0;
    }

    private byte[] read() throws IOException, RefusedException {
        Member member = member();
        if (member.sizeBytes > BYTES_MAX || member.compressedBytes > BYTES_MAX) {
            throw RefusedException.excessive("its " + called + " has more than " + BYTES_MAX + " bytes");
        }
        ByteBuffer local = table.at(member.localHeader, LOCAL_BYTES);
        if (local.getInt(0) != LOCAL) {
            throw new RefusedException("its table of contents leads nowhere");
        }
        long data = member.localHeader + LOCAL_BYTES + ZipTable.unsigned(local, 26) + ZipTable.unsigned(local, 28);
        byte[] bytes = unpacked(member, table.at(data, (int) member.compressedBytes));
        CRC32 crc = new CRC32();
        crc.update(bytes);
        if (crc.getValue() != member.crc) {
            throw new RefusedException("its " + called + " does not match its checksum");
        }
        return bytes;
    }

    private byte[] unpacked(Member member, ByteBuffer packed) throws RefusedException {
        byte[] bytes = new byte[(int) member.sizeBytes];
        if (member.method == STORED) {
            if (packed.remaining() != bytes.length) {
                throw new RefusedException("its " + called + " has two sizes");
            }
            packed.get(bytes);
            return bytes;
        }
        if (member.method != DEFLATED) {
            throw new RefusedException("its " + called + " is packed by method " + member.method + ", not by deflate");
        }
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(packed);
            int got = 0;
            while (got < bytes.length) {
                int more = inflater.inflate(bytes, got, bytes.length - got);
                if (more == 0) {
                    break;
                }
                got += more;
            }
            // one byte more than it says would be another METADATA than pip's
            if (got < bytes.length || inflater.inflate(new byte[1]) > 0 || !inflater.finished()) {
                throw new RefusedException("its " + called + " has another size than it says");
            }
            return bytes;
        } catch (DataFormatException e) {
            throw new RefusedException("its " + called + " can't be unpacked: " + e.getMessage());
        } finally {
            inflater.end();
        }
    }

    private Member member() throws IOException, RefusedException {
        Member[] found = new Member[1];
        table.each(window -> {
            if (isWanted(window)) {
                if (found[0] != null) {
                    throw new RefusedException("it has two " + called);
                }
                found[0] = member(window, window.position());
            }
        });
        Member member = found[0];
        if (member == null) {
            throw new RefusedException("it has no " + called);
        }
        return member;
    }

    /** Whether a record is that of the METADATA: pip takes the one in the folder at the root that is the project's. */
    private boolean isWanted(ByteBuffer window) {
        int nameBytes = ZipTable.unsigned(window, window.position() + 28);
        int start = window.position() + ZipTable.RECORD_BYTES;
        int folder = nameBytes - inFolder.length;
        if (folder <= 0
                || start + nameBytes > window.limit()
                || !window.slice(start + folder, inFolder.length).equals(ByteBuffer.wrap(inFolder))) {
            return false;
        }
        byte[] name = new byte[folder];
        window.get(start, name);
        return isOf(project, new String(name, UTF_8));
    }

    private Member member(ByteBuffer window, int record) throws RefusedException {
        if ((ZipTable.unsigned(window, record + 8) & ENCRYPTED_FLAG) != 0) {
            throw new RefusedException("its " + called + " is encrypted");
        }
        Member member = new Member(
                ZipTable.unsigned(window, record + 10),
                window.getInt(record + 16) & ZipTable.UNSIGNED_INT,
                window.getInt(record + 20) & ZipTable.UNSIGNED_INT,
                window.getInt(record + 24) & ZipTable.UNSIGNED_INT,
                window.getInt(record + 42) & ZipTable.UNSIGNED_INT);
        if (member.localHeader == ZipTable.UNSIGNED_INT) {
            throw new RefusedException("its " + called + " lies beyond 4 GiB");
        }
        return member;
    }
}
