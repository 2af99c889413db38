package dev.permafrost.bench.load;

import java.util.function.Supplier;

/**
 * A GET that a client of a {@link Fleet} is to make.
 *
 * @param target the request target
 * @param leaveAfterBytes hang up once so many bytes of the body have come
 * @param check makes what looks at the body
 */
public record Download(String target, long leaveAfterBytes, Supplier<Check> check) {
    /** One that reads to the end. */
    public static Download whole(String target, Supplier<Check> check) {
        return new Download(target, Long.MAX_VALUE, check);
    }
}
