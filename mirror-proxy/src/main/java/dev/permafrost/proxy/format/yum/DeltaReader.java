package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads which delta RPMs a repository has: {@code prestodelta} of Fedora and {@code deltainfo} of SUSE, which are the same but for their names. */
final class DeltaReader {
    /** The types of records that are such a list. */
    static final Set<String> TYPES = Set.of("prestodelta", "deltainfo");

    /** The largest known has some 20 MB. */
    private static final int BYTES_MAX = 32 << 20;

    private static final int ELEMENTS_MAX = 2_000_000;

    private DeltaReader() {}

    /** Takes what is listed. */
    interface Sink {
        /** A delta at that path; -1 where its size is not said. */
        void add(String path, Digest checksum, long sizeBytes);
    }

    /**
     * Reads a list, decompressed. What can't be asked for, or proved, is left out.
     *
     * @param title what it is, as a message may say it
     * @return how many were left out
     * @throws StoreException of kind UPSTREAM_INVALID if it is broken, of kind UPSTREAM_TOO_LARGE if it is beyond a limit
     */
    static int read(InputStream in, String title, Sink sink) throws IOException {
        byte[] document = in.readNBytes(BYTES_MAX + 1);
        if (document.length > BYTES_MAX) {
            throw MetadataFault.tooLarge(title, "it has more than " + BYTES_MAX + " bytes");
        }
        YumXml xml = new YumXml(document, 0, document.length, title, ELEMENTS_MAX);
        xml.root(TYPES);
        int skipped = 0;
        for (String name = xml.child(); name != null; name = xml.child()) {
            if (!name.equals("newpackage")) {
                xml.skip();
                continue;
            }
            for (String child = xml.child(); child != null; child = xml.child()) {
                if (child.equals("delta")) {
                    skipped += delta(xml, sink) ? 0 : 1;
                } else {
                    xml.skip();
                }
            }
        }
        xml.end();
        return skipped;
    }

    private static boolean delta(YumXml xml, Sink sink) {
        String path = null;
        Digest checksum = null;
        long size = -1;
        for (String name = xml.child(); name != null; name = xml.child()) {
            switch (name) {
                case "filename" -> path = path(xml.text());
                case "size" -> size = Numbers.parse(xml.text()).orElse(-1);
                case "checksum" -> {
                    String kind = xml.attribute("type");
                    checksum = checksum(kind, xml.text());
                }
                default -> xml.skip();
            }
        }
        if (path == null || checksum == null) {
            return false;
        }
        sink.add(path, checksum, size);
        return true;
    }

    private static @Nullable String path(String href) {
        try {
            return Location.of(href, null).path();
        } catch (OddValueException e) {
            return null;
        }
    }

    private static @Nullable Digest checksum(@Nullable String kind, String hex) {
        try {
            return Checksums.parse(kind, hex);
        } catch (OddValueException e) {
            return null;
        }
    }
}
