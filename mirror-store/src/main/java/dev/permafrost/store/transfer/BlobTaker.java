package dev.permafrost.store.transfer;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What becomes of the blobs in packs. */
interface BlobTaker {
    /** Begins with a blob; null where its bytes are not wanted. */
    @Nullable Taking begin(BlobFrame frame);

    /** A blob that is being taken. */
    interface Taking {
        /** Takes the buffer's remaining bytes. */
        void write(ByteBuffer bytes);

        /**
         * Takes it for good: all of its bytes are there.
         *
         * @throws dev.permafrost.store.model.StoreException DIGEST_MISMATCH if they are not those of its name
         */
        void end();

        /** Forgets it; does nothing once it has ended. */
        void abandon();
    }
}
