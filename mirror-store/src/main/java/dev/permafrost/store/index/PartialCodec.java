package dev.permafrost.store.index;

/** A {@link Partial} as a row's value. */
final class PartialCodec {
    private static final int VERSION = 1;

    private PartialCodec() {}

    static byte[] encode(Partial partial) {
        return new RowWriter(VERSION)
                .text(partial.staged())
                .text(partial.url())
                .text(partial.validator())
                .number(partial.offsetBytes())
                .instant(partial.suspendedAt())
                .bytes();
    }

    static Partial decode(byte[] row) {
        RowReader in = new RowReader("partial", row, VERSION);
        Partial partial = new Partial(in.text(), in.text(), in.text(), in.count(), in.instant());
        in.end();
        return partial;
    }
}
