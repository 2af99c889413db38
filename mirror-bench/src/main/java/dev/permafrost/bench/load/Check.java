package dev.permafrost.bench.load;

import dev.permafrost.bench.origin.Artifact;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Looks at the bytes of one download as they come. Not shared between downloads. */
public interface Check {
    /** Takes the buffer's remaining bytes, which come next; may leave the buffer's position anywhere. */
    void accept(ByteBuffer bytes);

    /** What is wrong with so many bytes, all that came; null where nothing is. */
    @Nullable String complaint(long bytes);

    /** Only that all the bytes have come. */
    static Check length(Artifact file) {
        return new Check() {
            @Override
            public void accept(ByteBuffer bytes) {}

            @Override
            public @Nullable String complaint(long bytes) {
                return bytes == file.lengthBytes() ? null : bytes + " bytes of " + file.lengthBytes();
            }
        };
    }

    /** That all the bytes have come and have the right SHA-256. */
    static Check sha256(Artifact file) {
        return sha256(new Answer(file.lengthBytes(), file.sha256()));
    }

    /** The same for a body of which no more is known. */
    static Check sha256(Answer answer) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        return new Check() {
            @Override
            public void accept(ByteBuffer bytes) {
                digest.update(bytes);
            }

            @Override
            public @Nullable String complaint(long bytes) {
                if (bytes != answer.lengthBytes()) {
                    return bytes + " bytes of " + answer.lengthBytes();
                }
                String hex = HexFormat.of().formatHex(digest.digest());
                return hex.equals(answer.sha256()) ? null : "sha256 " + hex + " in place of " + answer.sha256();
            }
        };
    }

    /**
     * That what has come, all or not, is how these bytes begin: the check that costs the load generator least.
     *
     * @param file the bytes, from the buffer's start to its limit
     */
    static Check prefix(ByteBuffer file) {
        return new Check() {
            private final ByteBuffer expected = file.duplicate();
            private int position;
            private int wrongFrom = -1;

            @Override
            public void accept(ByteBuffer bytes) {
                int end = (int) Math.min(file.limit(), (long) position + bytes.remaining());
                int differs = expected.limit(end).position(position).mismatch(bytes);
                if (wrongFrom < 0 && differs >= 0) {
                    wrongFrom = position + differs;
                }
                position = end;
            }

            @Override
            public @Nullable String complaint(long bytes) {
                return wrongFrom < 0 ? null : "wrong bytes from position " + wrongFrom;
            }
        };
    }

    /** That all of these bytes have come, and no others; see {@link #prefix}. */
    static Check whole(ByteBuffer file) {
        Check prefix = prefix(file);
        return new Check() {
            @Override
            public void accept(ByteBuffer bytes) {
                prefix.accept(bytes);
            }

            @Override
            public @Nullable String complaint(long bytes) {
                return bytes == file.limit() ? prefix.complaint(bytes) : bytes + " bytes of " + file.limit();
            }
        };
    }
}
