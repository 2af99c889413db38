package dev.permafrost.proxy.format.yum.rpm;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A package's elements in a repository's three lists, as createrepo_c writes them, to the byte; the last line feed included. */
public final class PackageXml {
    private final byte[] primary;
    private final byte[] filelists;
    private final byte[] other;

    /** Elements that were made before; kept, not copied. */
    public PackageXml(byte[] primary, byte[] filelists, byte[] other) {
        this.primary = primary;
        this.filelists = filelists;
        this.other = other;
    }

    /** What clients read first; not a copy. */
    public byte[] primary() {
        return primary;
    }

    /** Its files; not a copy. */
    public byte[] filelists() {
        return filelists;
    }

    /** Its changelog; not a copy. */
    public byte[] other() {
        return other;
    }

    /**
     * What the file itself does not say.
     *
     * @param href where it is, below the base or the repository
     * @param base the URL that is below; null for the repository
     * @param checksumKind as createrepo names it, such as {@code sha256}
     * @param checksum in hexadecimal digits; it is the package's name in the other lists too
     * @param sizeBytes of the file
     * @param fileSeconds when the file was changed, since 1970
     * @param changesMax how many entries of the changelog are listed; negative for all
     */
    public record Listing(
            String href,
            @Nullable String base,
            String checksumKind,
            String checksum,
            long sizeBytes,
            long fileSeconds,
            int changesMax) {}

    /**
     * Makes the elements. Takes memory of several times the header's size.
     *
     * @throws BadRpmException if the header contradicts itself, or would make an element longer than is read
     */
    public static PackageXml of(RpmPackage rpm, Listing listing) throws BadRpmException {
        return new Writing(rpm, listing).write();
    }

    /** A file that primary lists. */
    private record PrimaryFile(String type, String path) {}

    private static final class Writing {
        private final RpmPackage rpm;
        private final Listing listing;
        /** The paths of files that primary lists, and these files. */
        private final Set<String> primaryPaths = new HashSet<>();

        private final List<PrimaryFile> primaryFiles = new ArrayList<>();

        Writing(RpmPackage rpm, Listing listing) {
            this.rpm = rpm;
            this.listing = listing;
        }

        PackageXml write() throws BadRpmException {
            byte[] filelists = filelists();
            return new PackageXml(primary(), filelists, other());
        }

        private byte[] filelists() throws BadRpmException {
            XmlBuffer out = begin();
            PackageFiles files = PackageFiles.of(rpm);
            while (files != null && files.next()) {
                file(out, "  ", files.type(), files.path());
                if (PackageFiles.isPrimary(files.path())) {
                    rpm.allowance().takeString(files.path());
                    primaryPaths.add(files.path());
                    primaryFiles.add(new PrimaryFile(files.type(), files.path()));
                }
            }
            return out.raw("</package>\n").bytes();
        }

        private byte[] other() throws BadRpmException {
            XmlBuffer out = begin();
            List<Changelog.Entry> entries = Changelog.of(rpm, listing.changesMax);
            for (int i = entries.size() - 1; i >= 0; i--) {
                Changelog.Entry entry = entries.get(i);
                out.raw("  <changelog")
                        .attribute("author", entry.author())
                        .attribute("date", Long.toString(entry.seconds()));
                out.close("changelog", entry.text());
            }
            return out.raw("</package>\n").bytes();
        }

        private XmlBuffer begin() throws BadRpmException {
            XmlBuffer out = new XmlBuffer(rpm.allowance());
            out.raw("<package")
                    .attribute("pkgid", listing.checksum)
                    .attribute("name", rpm.name())
                    .attribute("arch", rpm.arch())
                    .raw(">\n");
            version(out);
            return out;
        }

        private byte[] primary() throws BadRpmException {
            XmlBuffer out = new XmlBuffer(rpm.allowance());
            out.raw("<package type=\"rpm\">\n")
                    .element("  ", "name", rpm.name())
                    .element("  ", "arch", rpm.arch());
            version(out);
            out.raw("  <checksum").attribute("type", listing.checksumKind).raw(" pkgid=\"YES\"");
            out.close("checksum", listing.checksum);
            out.element("  ", "summary", rpm.text(RpmTag.SUMMARY))
                    .element("  ", "description", rpm.text(RpmTag.DESCRIPTION))
                    .element("  ", "packager", rpm.text(RpmTag.PACKAGER))
                    .element("  ", "url", rpm.text(RpmTag.URL));
            out.raw("  <time")
                    .attribute("file", Long.toString(listing.fileSeconds))
                    .attribute("build", Long.toString(rpm.header().number(RpmTag.BUILDTIME)))
                    .raw("/>\n  <size")
                    .attribute("package", Long.toString(listing.sizeBytes))
                    .attribute("installed", Long.toString(rpm.installedBytes()))
                    .attribute("archive", Long.toString(rpm.archiveBytes()))
                    .raw("/>\n  <location");
            if (listing.base != null && !listing.base.isEmpty()) {
                out.attribute("xml:base", listing.base);
            }
            out.attribute("href", listing.href).raw("/>\n");
            format(out);
            return out.raw("</package>\n").bytes();
        }

        private void format(XmlBuffer out) throws BadRpmException {
            out.raw("  <format>\n")
                    .element("    ", "rpm:license", rpm.text(RpmTag.LICENSE))
                    .element("    ", "rpm:vendor", rpm.text(RpmTag.VENDOR))
                    .element("    ", "rpm:group", rpm.text(RpmTag.GROUP))
                    .element("    ", "rpm:buildhost", rpm.text(RpmTag.BUILDHOST))
                    .element("    ", "rpm:sourcerpm", rpm.sourceRpm());
            out.raw("    <rpm:header-range")
                    .attribute("start", Long.toString(rpm.headerStart()))
                    .attribute("end", Long.toString(rpm.headerEnd()))
                    .raw("/>\n");
            for (Dependencies.Group group : Dependencies.of(rpm, primaryPaths::contains)) {
                group(out, group);
            }
            for (PrimaryFile file : primaryFiles) {
                file(out, "    ", file.type, file.path);
            }
            out.raw("  </format>\n");
        }

        private static void group(XmlBuffer out, Dependencies.Group group) throws BadRpmException {
            if (group.entries().isEmpty()) {
                return;
            }
            out.raw("    <").raw(group.element());
            if (group.entries().stream().allMatch(entry -> entry.name().isEmpty())) {
                out.raw("/>\n");
                return;
            }
            out.raw(">\n");
            for (Dependency dependency : group.entries()) {
                if (!dependency.name().isEmpty()) {
                    entry(out, dependency);
                }
            }
            out.raw("    </").raw(group.element()).raw(">\n");
        }

        private static void entry(XmlBuffer out, Dependency dependency) throws BadRpmException {
            out.raw("      <rpm:entry").attribute("name", dependency.name());
            if (dependency.relation() != null) {
                out.attribute("flags", dependency.relation());
                unlessEmpty(out, "epoch", dependency.epoch());
                unlessEmpty(out, "ver", dependency.version());
                unlessEmpty(out, "rel", dependency.release());
            }
            out.raw(dependency.pre() ? " pre=\"1\"/>\n" : "/>\n");
        }

        private static void unlessEmpty(XmlBuffer out, String name, String value) throws BadRpmException {
            if (!value.isEmpty()) {
                out.attribute(name, value);
            }
        }

        private void version(XmlBuffer out) throws BadRpmException {
            out.raw("  <version")
                    .attribute("epoch", Long.toString(rpm.epoch()))
                    .attribute("ver", rpm.version())
                    .attribute("rel", rpm.release())
                    .raw("/>\n");
        }

        private static void file(XmlBuffer out, String indent, String type, String path) throws BadRpmException {
            out.raw(indent).raw("<file");
            if (!type.isEmpty()) {
                out.attribute("type", type);
            }
            out.close("file", path);
        }
    }
}
