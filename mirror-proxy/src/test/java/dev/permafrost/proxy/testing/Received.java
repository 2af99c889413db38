package dev.permafrost.proxy.testing;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as {@link ScriptedUpstream} read it from the wire.
 *
 * @param method the method, as sent
 * @param target the request target, as sent, query included
 * @param headers the header fields in the order and the spelling in which they came
 * @param body the body, empty without one
 * @param at when its head had been read
 * @param connection the number of the connection that it came on, from 1
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares these, and the bytes are the point.
public record Received(
        String method,
        String target,
        List<Map.Entry<String, String>> headers,
        byte[] body,
        Instant at,
        int connection) {
    /** The request target up to its query. */
    public String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** The value of the first field of that name, in any case; null without one. */
    public @Nullable String header(String name) {
        for (Map.Entry<String, String> field : headers) {
            if (field.getKey().equalsIgnoreCase(name)) {
                return field.getValue();
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return method + " " + target + " " + headers;
    }
}
