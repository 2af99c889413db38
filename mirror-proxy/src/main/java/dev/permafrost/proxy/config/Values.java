package dev.permafrost.proxy.config;

import dev.permafrost.proxy.repo.Secret;
import dev.permafrost.proxy.repo.SecretSource;
import dev.permafrost.proxy.repo.UpstreamAuth;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parsers of single values. Each throws an IllegalArgumentException whose message goes on after the quoted value: what is
 * wrong with it, and what to write.
 */
final class Values {
    private static final Pattern QUANTITY = Pattern.compile("([0-9]{1,18})\\s?([A-Za-z]*)");
    private static final Pattern HOST = Pattern.compile("[a-z0-9](?:[a-z0-9_.-]{0,252})|\\[?[0-9a-f:.]*:[0-9a-f:.]*]?");
    private static final Map<String, Duration> TIME_UNITS = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));
    private static final Map<String, Long> SIZE_UNITS = Map.of(
            "", 1L,
            "b", 1L,
            "kib", 1L << 10,
            "mib", 1L << 20,
            "gib", 1L << 30,
            "tib", 1L << 40,
            "kb", 1_000L,
            "mb", 1_000_000L,
            "gb", 1_000_000_000L,
            "tb", 1_000_000_000_000L);

    private Values() {}

    /** {@code true} or {@code false}. */
    static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("is neither true nor false; write one of the two");
        };
    }

    /** A whole number from min to max. */
    static Function<String, Integer> count(int min, int max) {
        String expected = "write a whole number from " + min + " to " + max;
        return text -> {
            if (!text.matches("-?[0-9]{1,18}")) {
                throw new IllegalArgumentException("is not a whole number; " + expected);
            }
            long number = Long.parseLong(text);
            if (number < min || number > max) {
                throw new IllegalArgumentException("is out of range; " + expected);
            }
            return (int) number;
        };
    }

    /** A duration from min to max, such as 250ms, 10s, 10m, 2h, 1d. */
    static Function<String, Duration> duration(Duration min, Duration max) {
        String range = "write one from " + written(min) + " to " + written(max);
        return text -> {
            Matcher matcher = QUANTITY.matcher(text);
            Duration unit = matcher.matches() ? TIME_UNITS.get(matcher.group(2)) : null;
            if (unit == null) {
                throw new IllegalArgumentException(
                        "is not a duration; write a number and a unit, as in 250ms, 10s, 10m," + " 2h or 1d, from "
                                + written(min) + " to " + written(max));
            }
            long number = Long.parseLong(matcher.group(1));
            if (number > max.toMillis() / unit.toMillis()
                    || unit.multipliedBy(number).compareTo(min) < 0) {
                throw new IllegalArgumentException("is out of range; " + range);
            }
            return unit.multipliedBy(number);
        };
    }

    /** A number of bytes from min to max, such as 512, 64KiB, 1MiB, 2GB. */
    static Function<String, Long> bytes(long min, long max) {
        return text -> {
            Matcher matcher = QUANTITY.matcher(text);
            Long unit = matcher.matches() ? SIZE_UNITS.get(matcher.group(2).toLowerCase(Locale.ROOT)) : null;
            if (unit == null) {
                throw new IllegalArgumentException(
                        "is not a size; write bytes, or a number and a unit, as in 64KiB, 1MiB" + " or 2GB, from "
                                + written(min) + " to " + written(max));
            }
            long number = Long.parseLong(matcher.group(1));
            if (number > max / unit || number * unit < min) {
                throw new IllegalArgumentException(
                        "is out of range; write one from " + written(min) + " to " + written(max));
            }
            return number * unit;
        };
    }

    /** A number of bytes that fits an int. */
    static Function<String, Integer> smallBytes(int min, int max) {
        return bytes(min, max).andThen(Math::toIntExact);
    }

    /**
     * An upstream.
     *
     * @param index its URL, with a slash at its end, and without a login
     * @param auth the login that stood in it
     */
    record Upstream(URI index, UpstreamAuth auth) {}

    /** The URL of an index, given a slash at its end, from which a login is taken out. */
    static Upstream upstream(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "is not a URL (" + e.getReason() + "); write one such as https://pypi.org/simple/", e);
        }
        String scheme = uri.getScheme();
        if (scheme == null || uri.isOpaque()) {
            throw new IllegalArgumentException("has no scheme; write https:// or http:// in front of it");
        }
        if (!scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")) {
            throw new IllegalArgumentException("has a scheme that is not supported; write an https:// or http:// URL");
        }
        String authority = String.valueOf(uri.getRawAuthority());
        if (uri.getHost() == null && authority.indexOf('@') >= 0) {
            throw new IllegalArgumentException(
                    "has a login that can't be told from the host; write %40 for an '@' and %3A for a ':' in it, or put it"
                            + " into upstream-auth");
        }
        if (uri.getHost() == null || uri.getPort() > 65_535 || uri.getPort() == 0) {
            throw new IllegalArgumentException(
                    "has no usable host and port; write one such as https://pypi.org/simple/");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("has a query or a fragment; write the URL up to the '?' or '#'");
        }
        String login = uri.getUserInfo();
        String rest = login == null ? text : text.replaceFirst("//[^/]*@", "//");
        URI index = URI.create(rest.endsWith("/") ? rest : rest + "/");
        return new Upstream(index, login == null ? new UpstreamAuth.None() : basic(login));
    }

    private static UpstreamAuth.Basic basic(String login) {
        int colon = login.indexOf(':');
        return new UpstreamAuth.Basic(
                Secret.of(colon < 0 ? login : login.substring(0, colon)).reveal(),
                new SecretSource.Inline(Secret.of(colon < 0 ? "" : login.substring(colon + 1))));
    }

    /** A host name or an IP address, in lower case, without brackets. */
    static String host(String text) {
        String host = text.toLowerCase(Locale.ROOT);
        if (!HOST.matcher(host).matches()) {
            throw new IllegalArgumentException(
                    "is not a host; write a name or an address alone, such as files.example.org or 192.0.2.7");
        }
        return host.replaceAll("[\\[\\]]", "");
    }

    /** A duration as {@link #duration} reads it. */
    static String written(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + "s";
        }
        if (seconds % 3600 != 0) {
            return seconds / 60 + "m";
        }
        return seconds % 86_400 == 0 ? seconds / 86_400 + "d" : seconds / 3600 + "h";
    }

    /** A number of bytes as {@link #bytes} reads it. */
    static String written(long bytes) {
        String[] units = {"", "KiB", "MiB", "GiB", "TiB"};
        int unit = 0;
        long number = bytes;
        while (number != 0 && number % 1024 == 0 && unit < units.length - 1) {
            number /= 1024;
            unit++;
        }
        return number + units[unit];
    }
}
