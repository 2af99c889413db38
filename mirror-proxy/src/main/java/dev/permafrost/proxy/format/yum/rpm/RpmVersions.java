package dev.permafrost.proxy.format.yum.rpm;

/** Versions and releases, and which of two is the newer. */
public final class RpmVersions {
    private RpmVersions() {}

    /**
     * Compares two versions, or two releases, as rpm does: by runs of digits and of letters, a number being newer than a word; {@code ~} is
     * older than the end, {@code ^} newer than the end but older than anything else; all other characters only separate.
     *
     * @return less than, equal to or more than 0 as the first is older than, as old as or newer than the other
     */
    public static int compare(String a, String b) {
        int i = 0;
        int j = 0;
        while (i < a.length() || j < b.length()) {
            i = skipSeparators(a, i);
            j = skipSeparators(b, j);
            char first = at(a, i);
            char second = at(b, j);
            if (first == '~' || second == '~') {
                if (first != second) {
                    return first == '~' ? -1 : 1;
                }
                i++;
                j++;
                continue;
            }
            if (first == '^' || second == '^') {
                if (first != second) {
                    return caret(first, second);
                }
                i++;
                j++;
                continue;
            }
            if (i == a.length() || j == b.length()) {
                break;
            }
            boolean isNumber = isDigit(first);
            int end = endOfRun(a, i, isNumber);
            int otherEnd = endOfRun(b, j, isNumber);
            if (j == otherEnd) {
                return isNumber ? 1 : -1;
            }
            int order = isNumber
                    ? compareNumbers(a.substring(i, end), b.substring(j, otherEnd))
                    : a.substring(i, end).compareTo(b.substring(j, otherEnd));
            if (order != 0) {
                return order;
            }
            i = end;
            j = otherEnd;
        }
        return Boolean.compare(i < a.length(), j < b.length());
    }

    /** One of the two is a caret; 0 stands for the end. */
    private static int caret(char first, char second) {
        if (first == 0) {
            return -1;
        }
        if (second == 0) {
            return 1;
        }
        return first == '^' ? -1 : 1;
    }

    private static int compareNumbers(String a, String b) {
        String one = withoutZeros(a);
        String two = withoutZeros(b);
        return one.length() == two.length() ? one.compareTo(two) : Integer.compare(one.length(), two.length());
    }

    private static String withoutZeros(String digits) {
        int start = 0;
        while (start < digits.length() && digits.charAt(start) == '0') {
            start++;
        }
        return digits.substring(start);
    }

    private static char at(String text, int i) {
        return i < text.length() ? text.charAt(i) : 0;
    }

    private static int skipSeparators(String text, int from) {
        int i = from;
        while (i < text.length() && !isDigit(text.charAt(i)) && !isLetter(text.charAt(i)) && !isMark(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static int endOfRun(String text, int from, boolean ofDigits) {
        int i = from;
        while (i < text.length() && (ofDigits ? isDigit(text.charAt(i)) : isLetter(text.charAt(i)))) {
            i++;
        }
        return i;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isMark(char c) {
        return c == '~' || c == '^';
    }
}
