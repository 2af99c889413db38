package dev.permafrost.proxy.format.yum.rpm;

import org.jspecify.annotations.Nullable;

/**
 * A capability that a package provides, requires and so on.
 *
 * @param relation {@code EQ}, {@code LT}, {@code GT}, {@code LE}, {@code GE}; null where any version will do
 * @param epoch empty where no version is said
 * @param version empty where none is said
 * @param release empty where none is said
 * @param pre whether it has to be there before the package's scripts run
 */
record Dependency(String name, @Nullable String relation, String epoch, String version, String release, boolean pre) {
    private static final int RELATION_MASK = 0xf;

    /** What a dependency's flags say of the version. */
    static @Nullable String relation(long flags) {
        return switch ((int) flags & RELATION_MASK) {
            case 2 -> "LT";
            case 4 -> "GT";
            case 8 -> "EQ";
            case 10 -> "LE";
            case 12 -> "GE";
            default -> null;
        };
    }

    /** A dependency on {@code [epoch:]version[-release]}; null where the epoch is not a number, which is not listed. */
    static @Nullable Dependency of(String name, @Nullable String relation, String evr, boolean pre) {
        if (evr.isEmpty()) {
            return new Dependency(name, relation, "", "", "", pre);
        }
        int colon = evr.indexOf(':');
        if (colon > 0 && !isNumber(evr.substring(0, colon))) {
            return null;
        }
        String epoch = colon > 0 ? evr.substring(0, colon) : "0";
        int dash = evr.indexOf('-', colon + 1);
        return new Dependency(
                name,
                relation,
                epoch,
                evr.substring(colon + 1, dash < 0 ? evr.length() : dash),
                dash < 0 ? "" : evr.substring(dash + 1),
                pre);
    }

    /** As C's strtol takes it, which createrepo_c asks. */
    private static boolean isNumber(String text) {
        String rest = text.stripLeading();
        int sign = rest.startsWith("-") || rest.startsWith("+") ? 1 : 0;
        return rest.length() > sign && rest.chars().skip(sign).allMatch(c -> c >= '0' && c <= '9');
    }
}
