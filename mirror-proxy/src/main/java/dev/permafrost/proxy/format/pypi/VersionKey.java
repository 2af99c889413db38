package dev.permafrost.proxy.format.pypi;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Tells whether two spellings of a version mean the same one (PEP 440 §Normalization). For comparing, not for display. */
final class VersionKey {
    /* A dash before a number is the old spelling of a post-release; wheels write it as an underscore. */
    private static final Pattern PEP_440 = Pattern.compile("v?(?:(?<epoch>\\d+)!)?(?<release>\\d+(?:\\.\\d+)*)"
            + "(?:[-_.]?(?<phase>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<pre>\\d*))?"
            + "(?:[-_](?<implicit>\\d+)|[-_.]?(?<after>post|rev|r)[-_.]?(?<post>\\d*))?"
            + "(?:[-_.]?(?<dev>dev)[-_.]?(?<devNumber>\\d*))?"
            + "(?:\\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?");

    private VersionKey() {}

    /** A key that is equal for equal versions, as for {@code v1.0-Beta_2} and {@code 1b2}. */
    static String of(String version) {
        String text = version.strip().toLowerCase(Locale.ROOT);
        Matcher parts = PEP_440.matcher(text);
        if (!parts.matches()) {
            return text;
        }
        StringBuilder key = new StringBuilder(text.length());
        String epoch = number(parts.group("epoch"));
        if (!epoch.equals("0")) {
            key.append(epoch).append('!');
        }
        release(key, parts.group("release"));
        if (parts.group("phase") != null) {
            key.append(phase(parts.group("phase"))).append(number(parts.group("pre")));
        }
        if (parts.group("implicit") != null) {
            key.append(".post").append(number(parts.group("implicit")));
        } else if (parts.group("after") != null) {
            key.append(".post").append(number(parts.group("post")));
        }
        if (parts.group("dev") != null) {
            key.append(".dev").append(number(parts.group("devNumber")));
        }
        if (parts.group("local") != null) {
            key.append('+').append(parts.group("local").replace('-', '.').replace('_', '.'));
        }
        return key.toString();
    }

    /** The release without leading zeros in its numbers and without zeros at its end. */
    private static void release(StringBuilder key, String release) {
        int end = 0;
        int start = 0;
        while (start <= release.length()) {
            int dot = release.indexOf('.', start);
            int stop = dot < 0 ? release.length() : dot;
            String number = number(release.substring(start, stop));
            key.append(start == 0 ? "" : ".").append(number);
            if (start == 0 || !number.equals("0")) {
                end = key.length();
            }
            start = stop + 1;
        }
        key.setLength(end);
    }

    private static String phase(String word) {
        return switch (word) {
            case "alpha" -> "a";
            case "beta" -> "b";
            case "c", "pre", "preview" -> "rc";
            default -> word;
        };
    }

    private static String number(@Nullable String digits) {
        int zeros = 0;
        while (digits != null && zeros < digits.length() && digits.charAt(zeros) == '0') {
            zeros++;
        }
        return digits == null || zeros == digits.length() ? "0" : digits.substring(zeros);
    }
}
