package dev.permafrost.proxy.format.pypi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads requirements and markers (PEP 508, and the specification of dependency specifiers that took its place), a piece at a time, as
 * Python's {@code packaging} does; but no string with a backslash or a line's end in it, which the specification does not have.
 */
final class RequirementScanner {
    /** Longest text that is read; the longest of real projects have some hundreds of characters. */
    private static final int CHARS_MAX = 16 << 10;

    private static final int PARENTHESES_DEEP_MAX = 100;

    /** Those that begin with another come before it. */
    private static final List<String> OPERATORS = List.of("===", "==", "~=", "!=", "<=", ">=", "<", ">");

    private static final List<String> VARIABLES = List.of(
            "python_version",
            "python_full_version",
            "os_name",
            "os.name",
            "sys_platform",
            "sys.platform",
            "platform_release",
            "platform_system",
            "platform_version",
            "platform.version",
            "platform_machine",
            "platform.machine",
            "platform_python_implementation",
            "platform.python_implementation",
            "python_implementation",
            "implementation_name",
            "implementation_version",
            "extra",
            "extras",
            "dependency_groups");

    private final String text;
    private int at;
    private int deep;

    /** What is read is none. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1;

        MalformedException() {
            super("malformed", null, false, false);
        }
    }

    /** Begins to read a text. */
    RequirementScanner(String text) throws MalformedException {
        this.text = text;
        require(text.length() <= CHARS_MAX);
    }

    /** All of it, as a requirement. */
    Requirement requirement() throws MalformedException {
        spaces();
        String name = identifier();
        spaces();
        SortedSet<String> extras = extras();
        spaces();
        String url = null;
        Specifiers specifiers = Specifiers.NONE;
        Marker marker = null;
        if (take('@')) {
            spaces();
            url = url();
            if (!isAtEnd()) {
                require(spaces());
                marker = isAtEnd() ? null : requirementMarker();
            }
        } else {
            specifiers = specifiers();
            spaces();
            marker = isAtEnd() ? null : requirementMarker();
        }
        require(isAtEnd());
        return new Requirement(name, extras, specifiers, url, marker);
    }

    /** All of it, as a marker. */
    Marker marker() throws MalformedException {
        Marker marker = new Marker(group());
        require(isAtEnd());
        return marker;
    }

    private Marker requirementMarker() throws MalformedException {
        require(take(';'));
        Marker marker = new Marker(group());
        spaces();
        return marker;
    }

    private SortedSet<String> extras() throws MalformedException {
        SortedSet<String> extras = new TreeSet<>();
        if (!take('[')) {
            return extras;
        }
        spaces();
        if (!isAt(']')) {
            do {
                spaces();
                extras.add(identifier());
                spaces();
            } while (take(','));
        }
        require(take(']'));
        return extras;
    }

    private String url() throws MalformedException {
        int start = at;
        while (at < text.length() && text.charAt(at) != ' ' && text.charAt(at) != '\t') {
            at++;
        }
        require(at > start);
        return text.substring(start, at);
    }

    private Specifiers specifiers() throws MalformedException {
        boolean inParentheses = take('(');
        spaces();
        int start = at;
        boolean more = true;
        while (more && operator() != null) {
            specifier();
            spaces();
            more = take(',');
            spaces();
        }
        Specifiers read = specifiers(text.substring(start, at));
        spaces();
        require(!inParentheses || take(')'));
        return read;
    }

    private static Specifiers specifiers(String text) throws MalformedException {
        return Specifiers.parse(text).orElseThrow(MalformedException::new);
    }

    /** Passes over one, whose version ends where no version goes on; that of {@code ===} may have commas. */
    private void specifier() {
        String operator = String.valueOf(operator());
        at += operator.length();
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        while (at < text.length()
                && !isSpace(text.charAt(at))
                && text.charAt(at) != ';'
                && text.charAt(at) != ')'
                && (text.charAt(at) != ',' || operator.equals("==="))) {
            at++;
        }
    }

    private @Nullable String operator() {
        return OPERATORS.stream()
                .filter(operator -> text.startsWith(operator, at))
                .findFirst()
                .orElse(null);
    }

    private Marker.Group group() throws MalformedException {
        require(++deep <= PARENTHESES_DEEP_MAX);
        List<Marker.Node> nodes = new ArrayList<>();
        List<Boolean> ors = new ArrayList<>();
        nodes.add(atom());
        while (true) {
            boolean or = takeWord("or");
            if (!or && !takeWord("and")) {
                break;
            }
            ors.add(or);
            nodes.add(atom());
        }
        deep--;
        return new Marker.Group(nodes, ors);
    }

    private Marker.Node atom() throws MalformedException {
        spaces();
        Marker.Node atom;
        if (take('(')) {
            atom = group();
            spaces();
            require(take(')'));
        } else {
            Marker.Term left = term();
            spaces();
            String operator = markerOperator();
            spaces();
            atom = Marker.Comparison.of(left, operator, term());
        }
        spaces();
        return atom;
    }

    private String markerOperator() throws MalformedException {
        if (takeWord("in")) {
            return "in";
        }
        if (takeWord("not")) {
            require(spaces());
            require(takeWord("in"));
            return "not in";
        }
        String operator = operator();
        if (operator == null) {
            throw new MalformedException();
        }
        at += operator.length();
        return operator;
    }

    private Marker.Term term() throws MalformedException {
        for (String variable : VARIABLES) {
            if (takeWord(variable)) {
                String name = variable.replace('.', '_');
                return new Marker.Term(
                        name.equals("python_implementation") ? "platform_python_implementation" : name, true);
            }
        }
        require(at < text.length());
        char quote = text.charAt(at);
        require(quote == '\'' || quote == '"');
        int end = text.indexOf(quote, at + 1);
        require(end > 0);
        String value = text.substring(at + 1, end);
        require(value.indexOf('\\') < 0 && value.indexOf('\n') < 0 && value.indexOf('\r') < 0);
        at = end + 1;
        return new Marker.Term(value, false);
    }

    /** A letter or digit, then those, dots, dashes and underscores, the last neither a dot nor a dash. */
    private String identifier() throws MalformedException {
        int end = at;
        while (end < text.length() && (isAlphanumeric(text.charAt(end)) || "._-".indexOf(text.charAt(end)) >= 0)) {
            end++;
        }
        require(end > at && isAlphanumeric(text.charAt(at)));
        boolean ended = end == text.length() || !Character.isLetterOrDigit(text.codePointAt(end));
        while (text.charAt(end - 1) == '.' || text.charAt(end - 1) == '-') {
            end--;
            ended = true;
        }
        require(ended);
        String name = text.substring(at, end);
        at = end;
        return name;
    }

    /** Whether there were any. */
    private boolean spaces() {
        int start = at;
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
        return at > start;
    }

    private boolean isAt(char c) {
        return at < text.length() && text.charAt(at) == c;
    }

    private boolean take(char c) {
        boolean there = isAt(c);
        at += there ? 1 : 0;
        return there;
    }

    private boolean takeWord(String word) {
        int end = at + word.length();
        boolean there = text.startsWith(word, at) && !isWord(at - 1) && !isWord(end);
        at = there ? end : at;
        return there;
    }

    private boolean isWord(int index) {
        return index >= 0
                && index < text.length()
                && (text.charAt(index) == '_' || Character.isLetterOrDigit(text.charAt(index)));
    }

    /** One line's end more is none. */
    private boolean isAtEnd() {
        return at == text.length() || (at == text.length() - 1 && text.charAt(at) == '\n');
    }

    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    private static boolean isAlphanumeric(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static void require(boolean holds) throws MalformedException {
        if (!holds) {
            throw new MalformedException();
        }
    }

    /** What a reader makes of a text; empty where it is none. */
    static <T> Optional<T> read(String text, Reader<T> reader) {
        try {
            return Optional.of(reader.read(new RequirementScanner(text)));
        } catch (MalformedException e) {
            return Optional.empty();
        }
    }

    /** Reads one thing. */
    interface Reader<T> {
        /** Reads all of a text. */
        T read(RequirementScanner scanner) throws MalformedException;
    }
}
