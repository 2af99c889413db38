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

    /** Shows what an entry names, and reads no more of it. */
    static void named(byte[] row, Catalog.NamedVisitor visitor) {
        RowReader in = new RowReader("entry", row, VERSION);
        visitor.visit(blob(in), in.count(), Verification.ofCode(in.next()));
    }

    private static Digest blob(RowReader in) {
        Digest digest = in.digest();
        if (digest.algorithm() != Algorithm.SHA256) {
            throw in.corrupt("a blob named by its " + digest.algorithm().label());
        }
        return digest;
    }

    static Entry decode(byte[] row) {
        RowReader in = new RowReader("entry", row, VERSION);
        Digest digest = blob(in);
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
