package dev.permafrost.proxy.format.yum.rpm;

/** Which of two requirements of the C library is the stronger: {@code libc.so.6(GLIBC_2.4)(64bit)} implies {@code libc.so.6(GLIBC_2.3.4)(64bit)}. */
final class LibcVersion {
    private LibcVersion() {}

    /** Whether the first asks for more than the second, as createrepo_c sees it. */
    static boolean isNewer(String name, String than) {
        int open = name.indexOf('(');
        int otherOpen = than.indexOf('(');
        if (open < 0 || otherOpen < 0) {
            return open >= 0;
        }
        int close = name.indexOf(')', open);
        int otherClose = than.indexOf(')', otherOpen);
        if (close < 0 || otherClose < 0) {
            return close >= 0;
        }
        if (close == open + 1 || otherClose == otherOpen + 1) {
            return close != open + 1;
        }
        int digit = digit(name, open);
        int otherDigit = digit(than, otherOpen);
        if (digit > close || otherDigit > otherClose) {
            return digit <= close;
        }
        return RpmVersions.compare(name.substring(digit, close), than.substring(otherDigit, otherClose)) > 0;
    }

    /** The first digit after that; the end where there is none. */
    private static int digit(String name, int from) {
        int at = from;
        while (at < name.length() && (name.charAt(at) < '0' || name.charAt(at) > '9')) {
            at++;
        }
        return at;
    }
}
