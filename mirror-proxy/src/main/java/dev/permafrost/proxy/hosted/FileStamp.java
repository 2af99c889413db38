package dev.permafrost.proxy.hosted;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What tells that a file has not changed since it was looked at, without reading it.
 *
 * @param device of its file system
 * @param inode its number there
 * @param modifiedNanos when its bytes changed last, since 1970; who writes them can set it
 * @param changedNanos when anything of it changed last, since 1970; nobody can set it
 */
record FileStamp(long device, long inode, long sizeBytes, long modifiedNanos, long changedNanos) {
    /** That of a file as it is now; of the one that a symbolic link leads to. Blocks. */
    static FileStamp of(Path file) throws IOException {
        Map<String, Object> is = Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime");
        return new FileStamp(
                number(is, "dev"),
                number(is, "ino"),
                number(is, "size"),
                nanos(is, "lastModifiedTime"),
                nanos(is, "ctime"));
    }

    private static long number(Map<String, Object> attributes, String name) {
        return attributes.get(name) instanceof Number number ? number.longValue() : 0;
    }

    private static long nanos(Map<String, Object> attributes, String name) {
        return attributes.get(name) instanceof FileTime time ? time.to(TimeUnit.NANOSECONDS) : 0;
    }

    /** Whether it is the same file, whatever became of it. */
    boolean isSameFile(FileStamp other) {
        return device == other.device && inode == other.inode;
    }

    /** Whether it is the same file with the same bytes; its permissions and names may be others. */
    boolean hasSameBytes(FileStamp other) {
        return isSameFile(other) && sizeBytes == other.sizeBytes && modifiedNanos == other.modifiedNanos;
    }
}
