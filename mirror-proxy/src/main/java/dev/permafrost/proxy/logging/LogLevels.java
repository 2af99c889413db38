package dev.permafrost.proxy.logging;

import ch.qos.logback.classic.Level;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * How much is logged, from a text such as {@code debug} or {@code info,fetch=debug,io.netty=info}: a level of our own, then
 * levels of single loggers. A name without a dot is a package of ours.
 *
 * @param levels logger names and their levels; the root under {@code ROOT}
 * @param complaint what is wrong with the text, if anything
 */
record LogLevels(Map<String, Level> levels, @Nullable String complaint) {
    private static final String OURS = "dev.permafrost";
    private static final String EXPECTED =
            "write error, warn, info, debug or trace, and name=level for single parts, as in" + " info,fetch=debug";

    /** Reads the text; what can't be read in it is skipped and complained about. */
    static LogLevels parse(String text) {
        Map<String, Level> levels = new LinkedHashMap<>();
        levels.put(Logger.ROOT_LOGGER_NAME, Level.WARN);
        levels.put(OURS, Level.INFO);
        // it says again what we say of upstream ourselves, and with less
        levels.put("reactor.netty.http.client", Level.ERROR);
        String complaint = null;
        for (String part : text.split(",", -1)) {
            String word = part.strip();
            int equals = word.indexOf('=');
            Level level = level(word.substring(equals + 1));
            if (word.isEmpty()) {
                continue;
            }
            if (level == null || equals == 0) {
                complaint = "PERMAFROST_LOG: '" + word + "' is not a level; " + EXPECTED;
            } else {
                levels.put(equals < 0 ? OURS : logger(word.substring(0, equals)), level);
            }
        }
        return new LogLevels(levels, complaint);
    }

    private static String logger(String name) {
        if (name.equals("root") || name.indexOf('.') >= 0) {
            return name.equals("root") ? Logger.ROOT_LOGGER_NAME : name;
        }
        return OURS + (name.equals("store") ? ".store" : ".proxy." + name);
    }

    private static @Nullable Level level(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "error" -> Level.ERROR;
            case "warn" -> Level.WARN;
            case "info" -> Level.INFO;
            case "debug" -> Level.DEBUG;
            case "trace" -> Level.TRACE;
            case "off" -> Level.OFF;
            default -> null;
        };
    }
}
