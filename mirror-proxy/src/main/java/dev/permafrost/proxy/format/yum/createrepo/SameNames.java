package dev.permafrost.proxy.format.yum.createrepo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.permafrost.proxy.format.yum.rpm.PackageXml;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Packages of the same name, version and architecture, of which clients take any. They are all listed, as createrepo_c does. */
final class SameNames {
    /** So many are told one by one. */
    private static final int TOLD_MAX = 20;

    private static final int NAME_BYTES_MAX = 4 << 10;
    private static final byte[] AFTER_NAME = "<checksum".getBytes(ISO_8859_1);
    private static final Pattern NAME = Pattern.compile(
            "<name>(.*?)</name>\\s*<arch>(.*?)</arch>\\s*<version epoch=\"(.*?)\" ver=\"(.*?)\" rel=\"(.*?)\"",
            Pattern.DOTALL);

    private final Map<String, String> hrefs = new HashMap<>();
    private final List<String> told = new ArrayList<>();
    private long count;

    /** Notes a package that is listed. */
    void add(PackageXml xml, String href) {
        String name = name(xml.primary());
        String other = name == null ? null : hrefs.putIfAbsent(name, href);
        if (name != null && other != null) {
            count++;
            if (told.size() < TOLD_MAX) {
                told.add(other + " and " + href + " are both " + shown(name)
                        + ", and a client takes either; leave one of them out if they differ");
            }
        }
    }

    /** What there is to tell, a line each. */
    List<String> told() {
        List<String> all = new ArrayList<>(told);
        if (count > told.size()) {
            all.add((count - told.size())
                    + " more packages are of a name, version and architecture that others have too");
        }
        return all;
    }

    /** What is before the checksum: the element's beginning, which says these; null where that is not to be seen. */
    private static @Nullable String name(byte[] primary) {
        int most = Math.min(primary.length - AFTER_NAME.length, NAME_BYTES_MAX);
        for (int i = 0; i < most; i++) {
            int same = 0;
            while (same < AFTER_NAME.length && primary[i + same] == AFTER_NAME[same]) {
                same++;
            }
            if (same == AFTER_NAME.length) {
                return new String(primary, 0, i, ISO_8859_1);
            }
        }
        return null;
    }

    private static String shown(String name) {
        Matcher m = NAME.matcher(name);
        return m.find()
                ? m.group(1) + "-" + (m.group(3).equals("0") ? "" : m.group(3) + ":") + m.group(4) + "-" + m.group(5)
                        + "." + m.group(2)
                : "the same";
    }
}
