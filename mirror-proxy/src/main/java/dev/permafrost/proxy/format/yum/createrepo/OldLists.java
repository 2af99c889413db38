package dev.permafrost.proxy.format.yum.createrepo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.permafrost.proxy.format.yum.Decompressed;
import dev.permafrost.proxy.format.yum.PackageElements;
import dev.permafrost.proxy.format.yum.Repomd;
import dev.permafrost.proxy.format.yum.YumXml;
import dev.permafrost.proxy.format.yum.rpm.PackageList;
import dev.permafrost.proxy.format.yum.rpm.PackageXml;
import dev.permafrost.store.model.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the metadata at hand says of packages, to be said again of those whose files have not changed. The lists lie unpacked in one file
 * each, and only where in them a package is, is in memory: about 500 bytes for each.
 */
final class OldLists implements AutoCloseable {
    private static final long DOCUMENT_BYTES_MAX = 64L << 30;
    private static final int ELEMENTS_MAX = 10_000_000;

    private final Map<String, Old> byHref = new HashMap<>();
    private final Map<String, Old> byChecksum = new HashMap<>();
    private final Map<PackageList, FileChannel> lists = new EnumMap<>(PackageList.class);
    private final String kind;
    private final @Nullable String base;

    private OldLists(String kind, @Nullable String base) {
        this.kind = kind;
        this.base = base;
    }

    /** A package. */
    private static final class Old {
        private final long sizeBytes;
        private final long seconds;
        private final Map<PackageList, Place> places = new EnumMap<>(PackageList.class);
        /** Another one that is the same file. */
        private @Nullable Old same;

        Old(long sizeBytes, long seconds) {
            this.sizeBytes = sizeBytes;
            this.seconds = seconds;
        }
    }

    /**
     * Reads the metadata of a folder.
     *
     * @param spill where the lists may be unpacked
     * @throws dev.permafrost.store.model.StoreException if they are broken
     * @throws IOException if they are not there
     */
    static OldLists read(RepodataFolder repodata, Repomd repomd, CreaterepoOptions options, Path spill)
            throws IOException {
        OldLists old = new OldLists(options.checksum().label(), options.base());
        try (Ordered ordered = new Ordered(options.workers(), 0)) {
            ordered.each(
                    List.of(PackageList.values()),
                    (list, memory) -> old.unpacked(list, repomd, repodata.folder(), spill),
                    old::take);
            return old;
        } catch (UncheckedIOException e) {
            old.close();
            throw e.getCause();
        } catch (RuntimeException e) {
            old.close();
            throw e;
        }
    }

    /**
     * What the three lists say of a file that has not changed; null where it has, or is not known. May be asked by several threads.
     *
     * @param attributes of the file now; null to take it for unchanged
     * @param memory is told how many bytes are needed before they are taken, and may wait
     * @throws UncheckedIOException if the unpacked lists can't be read
     */
    @Nullable PackageXml unchanged(FoundPackage found, @Nullable BasicFileAttributes attributes, LongConsumer memory) {
        Old old = byHref.get(found.href());
        if (old == null
                || (attributes != null
                        && (attributes.size() != old.sizeBytes || PackageScan.seconds(attributes) != old.seconds))) {
            return null;
        }
        memory.accept(old.places.values().stream().mapToLong(Place::length).sum());
        try {
            byte[] primary = element(old, PackageList.PRIMARY);
            byte[] filelists = element(old, PackageList.FILELISTS);
            byte[] other = element(old, PackageList.OTHER);
            return primary == null || filelists == null || other == null
                    ? null
                    : new PackageXml(primary, filelists, other);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An element and a line feed; null where the list has none. */
    private byte @Nullable [] element(Old old, PackageList list) throws IOException {
        Place place = old.places.get(list);
        FileChannel file = lists.get(list);
        if (place == null || file == null) {
            return null;
        }
        byte[] element = new byte[place.length + 1];
        element[place.length] = '\n';
        ByteBuffer to = ByteBuffer.wrap(element, 0, place.length);
        while (to.hasRemaining()) {
            if (file.read(to, place.at + to.position()) < 0) {
                throw new IOException("the unpacked list of old metadata has become shorter");
            }
        }
        return element;
    }

    /** Where an element is in a list. */
    private record Place(long at, int length) {}

    /** What a list says of a package of that checksum. */
    private record Said(String pkgid, Place place) {}

    /** A list that lies unpacked in that file. What primary says of where packages are is in the maps; what the others say, here. */
    private record Unpacked(PackageList list, Path file, List<Said> said) {}

    private Unpacked unpacked(PackageList list, Repomd repomd, Path folder, Path spill) {
        Path open = spill.resolve("old-" + list.type());
        try {
            Repomd.Data data = repomd.record(list.type())
                    .orElseThrow(() -> new IOException("it names no list of the type " + list.type()));
            Path file = folder.resolve(data.location().path().replaceFirst("^.*/", ""));
            return new Unpacked(list, open, unpack(list, data, file, open));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes a list, primary before the others. */
    private void take(Unpacked unpacked) {
        try {
            lists.put(
                    unpacked.list,
                    FileChannel.open(unpacked.file, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (Said said : unpacked.said) {
            // the same file at several places is said the same of
            for (Old old = byChecksum.get(said.pkgid); old != null; old = old.same) {
                old.places.put(unpacked.list, said.place);
            }
        }
    }

    private List<Said> unpack(PackageList list, Repomd.Data data, Path file, Path open) throws IOException {
        List<Said> said = new ArrayList<>();
        MessageDigest digest = PackageScan.newDigest(data.checksum().algorithm());
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest);
                OutputStream out = new BufferedOutputStream(Files.newOutputStream(open));
                InputStream from = Decompressed.open(in, file.toString(), DOCUMENT_BYTES_MAX)) {
            PackageElements elements = new PackageElements(from, file.toString());
            boolean fits = list.fits(new String(elements.head(), ISO_8859_1));
            long at = 0;
            while (fits && elements.next()) {
                byte[] element = new byte[elements.elementBytes()];
                elements.element().get(element);
                out.write(element);
                Place place = new Place(at, element.length);
                if (list == PackageList.PRIMARY) {
                    note(elements, place);
                } else {
                    String pkgid = elements.pkgid();
                    said.add(new Said(pkgid == null ? "" : pkgid, place));
                }
                at += element.length;
            }
            in.transferTo(OutputStream.nullOutputStream());
        }
        if (!Digest.of(data.checksum().algorithm(), digest.digest()).equals(data.checksum())) {
            throw new IOException(file + " has not the checksum that repomd.xml says");
        }
        return said;
    }

    private void note(PackageElements elements, Place place) {
        Old old = primary(elements);
        if (old != null) {
            old.places.put(PackageList.PRIMARY, place);
        }
    }

    private @Nullable Old primary(PackageElements elements) {
        Stated stated = stated(elements);
        if (stated == null) {
            stated = parsed(elements);
        }
        String checksum = stated.checksum;
        String href = stated.href;
        if (checksum == null
                || href == null
                || !kind.equals("sha".equals(stated.checksumKind) ? "sha1" : stated.checksumKind)
                || !Objects.equals(stated.xmlBase, base)) {
            return null;
        }
        Old old = new Old(number(stated.size), number(stated.time));
        byHref.put(href, old);
        old.same = byChecksum.put(checksum, old);
        return old;
    }

    /** What primary says of a package. */
    private record Stated(
            @Nullable String checksumKind,
            @Nullable String checksum,
            @Nullable String time,
            @Nullable String size,
            @Nullable String href,
            @Nullable String xmlBase) {}

    /** The same, where it is written as createrepo_c and we write it; null where a parser has to tell. */
    private static @Nullable Stated stated(PackageElements elements) {
        PackageElements.Plain checksum = elements.plain("checksum");
        PackageElements.Plain time = elements.plain("time");
        PackageElements.Plain size = elements.plain("size");
        PackageElements.Plain location = elements.plain("location");
        if (checksum == null || time == null || size == null || location == null) {
            return null;
        }
        Stated stated = new Stated(
                checksum.attribute("type"),
                checksum.text(),
                time.attribute("file"),
                size.attribute("package"),
                location.attribute("href"),
                location.attribute("xml:base"));
        boolean isAll = stated.checksumKind != null
                && stated.checksum != null
                && stated.time != null
                && stated.size != null
                && stated.href != null;
        return isAll
                        && Stream.of(stated.checksum, stated.time, stated.size, stated.href, stated.xmlBase)
                                .allMatch(OldLists::isMeantAsWritten)
                ? stated
                : null;
    }

    /** Whether XML would not read it as something else. */
    private static boolean isMeantAsWritten(@Nullable String text) {
        return text == null || text.chars().allMatch(c -> c >= ' ' && c != '&' && c != '\uFFFD');
    }

    private static Stated parsed(PackageElements elements) {
        YumXml xml = elements.elementXml(ELEMENTS_MAX);
        String checksum = null;
        String checksumKind = null;
        String href = null;
        String xmlBase = null;
        String size = null;
        String time = null;
        xml.child();
        // what comes after these is most of it, and nothing is taken from there
        boolean isAll = false;
        for (String child = xml.child(); child != null; child = isAll ? null : xml.child()) {
            switch (child) {
                case "checksum" -> {
                    checksumKind = xml.attribute("type");
                    checksum = xml.text();
                }
                case "time" -> time = taken(xml, "file");
                case "size" -> size = taken(xml, "package");
                case "location" -> {
                    xmlBase = xml.attribute("xml:base");
                    href = taken(xml, "href");
                }
                default -> xml.skip();
            }
            isAll = checksum != null && href != null && size != null && time != null;
        }
        return new Stated(checksumKind, checksum, time, size, href, xmlBase);
    }

    private static @Nullable String taken(YumXml xml, String attribute) {
        String value = xml.attribute(attribute);
        xml.skip();
        return value;
    }

    private static long number(@Nullable String text) {
        return text == null || !text.matches("[0-9]{1,18}") ? -1 : Long.parseLong(text);
    }

    @Override
    public void close() throws IOException {
        for (FileChannel list : lists.values()) {
            list.close();
        }
    }
}
