package dev.permafrost.store.index;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.Verification;
import java.time.Instant;

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
        if (digest.algorithm() != Algorithm.SHA256) {
            throw in.corrupt("a blob named by its " + digest.algorithm().label());
        }
        long size = in.count();
        Verification verification = Verification.ofCode(in.next());
        Instant committedAt = in.instant();
        String origin = in.text();
        if (origin.length() > Entry.ORIGIN_CHARS_MAX) {
            throw in.corrupt("an origin of " + origin.length() + " characters");
        }
        Entry entry = new Entry(digest, size, verification, committedAt, origin);
        in.end();
        return entry;
    }
}
