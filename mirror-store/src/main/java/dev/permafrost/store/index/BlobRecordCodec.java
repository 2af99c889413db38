package dev.permafrost.store.index;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.util.Map;

/** A {@link BlobRecord} as a row's value. */
final class BlobRecordCodec {
    private static final int VERSION = 1;

    private BlobRecordCodec() {}

    static byte[] encode(BlobRecord record) {
        return new RowWriter(VERSION)
                .number(record.sizeBytes())
                .digests(record.digests())
                .instant(record.verifiedAt())
                .bytes();
    }

    static BlobRecord decode(byte[] row) {
        RowReader in = new RowReader("blob", row, VERSION);
        long size = in.count();
        Map<Algorithm, Digest> digests = in.digests();
        BlobRecord record = new BlobRecord(size, digests, in.instant());
        in.end();
        return record;
    }
}
