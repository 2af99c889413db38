package dev.permafrost.store.index;

import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.Verification;

/** An {@link Entry} as a row's value; also the payload of a journal record. */
final class EntryCodec {
    private static final int VERSION = 1;

    private EntryCodec() {}

    static byte[] encode(Entry entry) {
        return new RowWriter(VERSION)
                .digest(entry.digest())
                .number(entry.sizeBytes())
                .number(entry.verification().code())
                .instant(entry.committedAt())
                .text(entry.origin())
                .bytes();
    }

    static Entry decode(byte[] row) {
        RowReader in = new RowReader("entry", row, VERSION);
        Digest digest = in.digest();
        long size = in.number();
        Verification verification = Verification.ofCode((int) in.number());
        return new Entry(digest, size, verification, in.instant(), in.text());
    }
}
