package dev.permafrost.proxy.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** How long something is, as it is written on the command line. */
final class Amounts {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,6})([smhd])");

    private Amounts() {}

    /** A time such as 90s, 30m, 24h or 7d; 0 without a unit too. */
    static Duration duration(String option, String text, CommandLine command) {
        Matcher duration = DURATION.matcher(text);
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        if (!duration.matches()) {
            throw new ParameterException(
                    command, option + " is no time: '" + text + "'; write a number and s, m, h or d, such as 24h");
        }
        long number = Long.parseLong(duration.group(1));
        return switch (duration.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}
