package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.PlainText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What the file name of a distribution tells: whose it is, which version, and whether it may be handled at all. */
final class DistributionName {
    /** Longest file name accepted, in bytes of UTF-8: what common file systems hold. */
    static final int BYTES_MAX = 255;

    /** Most projects that {@link #candidates} names. */
    static final int CANDIDATES_MAX = 16;

    /** Last extensions of everything that was ever uploaded as a distribution (PEP 527), and of later archives. */
    private static final Set<String> EXTENSIONS = Set.of(
            "whl", "egg", "zip", "tar", "gz", "tgz", "bz2", "tbz", "tbz2", "xz", "txz", "z", "lz", "tlz", "lzma", "zst",
            "exe", "msi", "rpm", "deb", "dmg", "7z", "pyz");

    private static final List<String> ARCHIVES =
            List.of(".tar.gz", ".tar.bz2", ".tar.xz", ".tar.z", ".tar.lz", ".tar.lzma", ".tar.zst");

    /** What {@code bdist_dumb} puts behind the version: the platform, as distutils spells it. */
    private static final Pattern DUMB_PLATFORM =
            Pattern.compile("\\.(?:win32|win-|linux-|macosx-|freebsd-|cygwin-|mingw)[-_.A-Za-z0-9]*$");

    private static final List<String> PLATFORMS = List.of(".win32", ".win", ".linux", ".macosx", ".noarch");

    private DistributionName() {}

    /**
     * Whether a name can stand as one path segment, one key and one line of a log without meaning anything else: 1 to
     * {@value #BYTES_MAX} bytes of UTF-8; no slash or backslash; no leading dot, so neither {@code .} nor {@code ..};
     * no space at either end; no control, format or line-separating character; and none of {@code ? # % ;}, which end a
     * path, begin an escape that someone might decode twice, or start what some servers take for path parameters.
     */
    static boolean isSafe(String fileName) {
        int length = fileName.length();
        if (length == 0
                || length > BYTES_MAX
                || fileName.charAt(0) == '.'
                || fileName.charAt(0) == ' '
                || fileName.charAt(length - 1) == ' ') {
            return false;
        }
        boolean ascii = true;
        for (int i = 0; i < length; i++) {
            char c = fileName.charAt(i);
            if (c == '/' || c == '\\' || c == '?' || c == '#' || c == '%' || c == ';' || PlainText.isInvisible(c)) {
                return false;
            }
            if (c > 0x7f) {
                ascii = false;
                if (PlainText.isLoneSurrogate(fileName, i)) {
                    return false;
                }
            }
        }
        return ascii || fileName.getBytes(StandardCharsets.UTF_8).length <= BYTES_MAX;
    }

    /** Whether the extension is one that distributions have or had; pages link to other things too. */
    static boolean isDistribution(String fileName) {
        int dot = fileName.lastIndexOf('.');
        return dot > 0 && EXTENSIONS.contains(fileName.substring(dot + 1).toLowerCase(Locale.ROOT));
    }

    /**
     * The projects that a file of this name may belong to, likeliest first, at most {@value #CANDIDATES_MAX}; empty for
     * an unsafe name. A wheel's is certain: what stands before its first dash. Elsewhere a dash may belong to the name,
     * to the version or between them; first come the splits before a digit, the rightmost of them first unless it
     * leaves something that looks like a version on its left ({@code foo-1.0-1.tar.gz}); then the others.
     */
    static List<ProjectName> candidates(String fileName) {
        if (!isSafe(fileName)) {
            return List.of();
        }
        String lower = fileName.toLowerCase(Locale.ROOT);
        Set<ProjectName> found = new LinkedHashSet<>();
        if (lower.endsWith(".whl")) {
            addPrefix(found, fileName, fileName.indexOf('-'));
            return List.copyOf(found);
        }
        if (lower.endsWith(".deb")) {
            addPrefix(found, fileName, fileName.indexOf('_'));
        }
        List<Integer> afterVersion = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        int versionEnd = endOfFirstVersion(fileName);
        for (int dash = fileName.lastIndexOf('-'); dash > 0; dash = fileName.lastIndexOf('-', dash - 1)) {
            if (!startsWithDigit(fileName, dash + 1)) {
                others.add(dash);
            } else if (dash >= versionEnd) {
                afterVersion.add(dash);
            } else {
                addPrefix(found, fileName, dash);
            }
        }
        afterVersion.forEach(dash -> addPrefix(found, fileName, dash));
        others.forEach(dash -> addPrefix(found, fileName, dash));
        return found.stream().limit(CANDIDATES_MAX).toList();
    }

    private static void addPrefix(Set<ProjectName> found, String fileName, int end) {
        if (end > 0) {
            ProjectName.parse(fileName.substring(0, end)).ifPresent(found::add);
        }
    }

    /** Where the first part between dashes that begins with a digit and holds a dot ends; the name's length if none. */
    private static int endOfFirstVersion(String fileName) {
        int start = fileName.indexOf('-') + 1;
        while (start > 0) {
            int end = fileName.indexOf('-', start);
            if (end < 0) {
                break;
            }
            int dot = fileName.indexOf('.', start);
            if (startsWithDigit(fileName, start) && dot >= 0 && dot < end) {
                return end;
            }
            start = end + 1;
        }
        return fileName.length();
    }

    /** The version in a project's file name, as the name spells it; empty if the name is not the project's or has none. */
    static Optional<String> version(ProjectName project, String fileName) {
        for (int dash = fileName.indexOf('-'); dash > 0; dash = fileName.indexOf('-', dash + 1)) {
            if (ProjectName.parse(fileName.substring(0, dash))
                    .filter(project::equals)
                    .isPresent()) {
                String version = versionOf(fileName.substring(dash + 1));
                return version.isEmpty() ? Optional.empty() : Optional.of(version);
            }
        }
        return Optional.empty();
    }

    /** The version at the start of what follows the project's name and a dash. */
    private static String versionOf(String rest) {
        String lower = rest.toLowerCase(Locale.ROOT);
        for (String archive : ARCHIVES) {
            if (lower.endsWith(archive)) {
                return withoutPlatform(rest.substring(0, rest.length() - archive.length()));
            }
        }
        int dot = rest.lastIndexOf('.');
        String stem = dot < 0 ? "" : rest.substring(0, dot);
        String extension = dot < 0 ? "" : lower.substring(dot + 1);
        if (extension.equals("zip") || extension.equals("tar") || extension.equals("tgz") || extension.equals("tbz")) {
            return stem;
        }
        int dash = stem.indexOf('-');
        String version = dash < 0 ? stem : stem.substring(0, dash);
        for (String platform : PLATFORMS) {
            if (version.endsWith(platform)) {
                return version.substring(0, version.length() - platform.length());
            }
        }
        return version;
    }

    private static String withoutPlatform(String version) {
        return DUMB_PLATFORM.matcher(version).replaceFirst("");
    }

    /** What kind of distribution it is, in the words of Warehouse. */
    static String packageType(String fileName) {
        String lower = fileName.toLowerCase(Locale.ROOT);
        return switch (lower.substring(lower.lastIndexOf('.') + 1)) {
            case "whl" -> "bdist_wheel";
            case "egg" -> "bdist_egg";
            case "exe" -> "bdist_wininst";
            case "msi" -> "bdist_msi";
            case "rpm" -> "bdist_rpm";
            case "dmg" -> "bdist_dmg";
            default -> "sdist";
        };
    }

    /** For which Python it is, in the words of Warehouse: a wheel's first tag (PEP 425), an egg's version, else {@code source}. */
    static String pythonTag(String fileName) {
        String[] parts =
                fileName.substring(0, Math.max(0, fileName.lastIndexOf('.'))).split("-", -1);
        return switch (packageType(fileName)) {
            case "bdist_wheel" -> parts.length >= 5 ? parts[parts.length - 3] : "any";
            case "sdist" -> "source";
            default -> parts.length >= 3 && parts[2].startsWith("py") ? parts[2].substring(2) : "any";
        };
    }

    private static boolean startsWithDigit(String text, int start) {
        return start < text.length() && text.charAt(start) >= '0' && text.charAt(start) <= '9';
    }
}
