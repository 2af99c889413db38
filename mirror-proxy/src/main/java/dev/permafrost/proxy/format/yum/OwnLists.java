package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.model.Algorithm;
import java.util.List;

/** The metalink and the list of mirrors by which clients find a repository here: they name this server and no other. */
final class OwnLists {
    private static final List<String> METALINKS = List.of("metalink", "metalink.xml");
    private static final String MIRRORLIST = "mirrorlist";

    /** The kinds of checksums that yum reads, and that dnf reads. */
    private static final List<Algorithm> ALGORITHMS =
            List.of(Algorithm.MD5, Algorithm.SHA1, Algorithm.SHA256, Algorithm.SHA512);

    private OwnLists() {}

    /** Whether a path is where a directory's list would be. */
    static boolean isOne(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return METALINKS.contains(name) || name.equals(MIRRORLIST);
    }

    /** Whether it is a text that says nothing of what there is. */
    static boolean isMirrorlist(String path) {
        return path.endsWith(MIRRORLIST);
    }

    /** A list of one, of which the lines end as everywhere else. */
    static byte[] mirrorlist(String url) {
        return (url + "\n").getBytes(UTF_8);
    }

    /**
     * A metalink of version 3, as MirrorManager writes them and yum reads them.
     *
     * @param url of the directory, with a slash at its end
     * @param served what its {@code repomd.xml} is
     */
    static byte[] metalink(String url, Generation served) {
        StringBuilder hashes = new StringBuilder();
        ALGORITHMS.forEach(algorithm -> hashes.append("    <hash type=\"")
                .append(algorithm.label())
                .append("\">")
                .append(Checksums.of(algorithm, served.repomd()).hex())
                .append("</hash>\n"));
        String protocol = url.substring(0, url.indexOf(':'));
        return """
                <?xml version="1.0" encoding="utf-8"?>
                <metalink version="3.0" xmlns="http://www.metalinker.org/" type="dynamic" generator="permafrost" \
                xmlns:mm0="http://fedorahosted.org/mirrormanager">
                 <files>
                  <file name="repomd.xml">
                   <mm0:timestamp>%1$d</mm0:timestamp>
                   <size>%2$d</size>
                   <verification>
                %3$s   </verification>
                   <resources>
                    <url protocol="%4$s" type="%4$s" preference="100">%5$s</url>
                   </resources>
                  </file>
                 </files>
                </metalink>
                """.formatted(
                        served.header().newest(),
                        served.repomd().length,
                        hashes,
                        protocol,
                        escaped(url + Repodata.REPOMD))
                .getBytes(UTF_8);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
