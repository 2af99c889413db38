package dev.permafrost.proxy.http;

/** The header fields of an answer while they are being added. A name may be added once. */
interface ResponseHead {
    /** Adds a field. What can't be in a value (RFC 9110 §5.5) becomes a question mark, so that no value can end its line. */
    ResponseHead add(Field field, CharSequence value);

    /** Adds a field with a number. */
    default ResponseHead add(Field field, long value) {
        return add(field, Long.toString(value));
    }
}
