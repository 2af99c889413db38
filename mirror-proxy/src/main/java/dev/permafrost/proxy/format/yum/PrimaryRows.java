package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.proxy.format.yum.sqlite.MetadataDatabase;
import org.jspecify.annotations.Nullable;

/** What packages there are, what they need and provide, and the files by which they may be asked for. */
final class PrimaryRows implements PackageRows {
    private final MetadataDatabase database;

    PrimaryRows(MetadataDatabase database) {
        this.database = database;
    }

    /** The row of one package; what is null there is not said. */
    private static final class Row {
        private @Nullable String pkgid;
        private boolean isPkgid;
        private @Nullable String checksumType;
        private @Nullable String name;
        private @Nullable String arch;
        private @Nullable String epoch;
        private @Nullable String version;
        private @Nullable String release;
        private @Nullable String summary;
        private @Nullable String description;
        private @Nullable String packager;
        private @Nullable String url;
        private long fileTime;
        private long buildTime;
        private long packageBytes;
        private long installedBytes;
        private long archiveBytes;
        private @Nullable String href;
        private @Nullable String base;
        private @Nullable String license;
        private String vendor = "";
        private @Nullable String group;
        private @Nullable String buildHost;
        private String sourceRpm = "";
        private long headerStart;
        private long headerEnd;

        void checksum(YumXml xml) {
            boolean says = "YES".equals(xml.attribute("pkgid"));
            String type = xml.attribute("type");
            String hex = xml.text();
            if (pkgid == null || (says && !isPkgid)) {
                pkgid = hex;
                checksumType = type;
                isPkgid = says;
            }
        }

        /** Takes an element without text; leaves it. */
        void attributes(String element, YumXml xml) {
            switch (element) {
                case "version" -> {
                    epoch = xml.attribute("epoch");
                    version = xml.attribute("ver");
                    release = xml.attribute("rel");
                }
                case "time" -> {
                    fileTime = PackageRows.number(xml.attribute("file"));
                    buildTime = PackageRows.number(xml.attribute("build"));
                }
                case "size" -> {
                    packageBytes = PackageRows.number(xml.attribute("package"));
                    installedBytes = PackageRows.number(xml.attribute("installed"));
                    archiveBytes = PackageRows.number(xml.attribute("archive"));
                }
                case "location" -> {
                    href = xml.attribute("href");
                    base = PackageRows.textOrNull(xml.attribute("xml:base"));
                }
                case "header-range" -> {
                    headerStart = PackageRows.number(xml.attribute("start"));
                    headerEnd = PackageRows.number(xml.attribute("end"));
                }
                default -> {}
            }
            xml.skip();
        }
    }

    @Override
    public void add(YumXml element) {
        long key = database.nextPackage();
        Row row = new Row();
        element.child();
        for (String child = element.child(); child != null; child = element.child()) {
            switch (child) {
                case "name" -> row.name = element.content();
                case "arch" -> row.arch = element.content();
                case "checksum" -> row.checksum(element);
                case "summary" -> row.summary = PackageRows.textOrNull(element.content());
                case "description" -> row.description = PackageRows.textOrNull(element.content());
                case "packager" -> row.packager = PackageRows.textOrNull(element.content());
                case "url" -> row.url = PackageRows.textOrNull(element.content());
                case "format" -> format(key, row, element);
                default -> row.attributes(child, element);
            }
        }
        element.end();
        insert(key, row);
    }

    private void format(long key, Row row, YumXml xml) {
        for (String child = xml.child(); child != null; child = xml.child()) {
            switch (child) {
                case "license" -> row.license = PackageRows.textOrNull(xml.content());
                case "vendor" -> row.vendor = xml.content();
                case "group" -> row.group = PackageRows.textOrNull(xml.content());
                case "buildhost" -> row.buildHost = PackageRows.textOrNull(xml.content());
                case "sourcerpm" -> row.sourceRpm = xml.content();
                case "file" -> file(key, xml);
                default -> {
                    if (DatabaseKind.RELATIONS.contains(child)) {
                        relation(child, key, xml);
                    } else {
                        row.attributes(child, xml);
                    }
                }
            }
        }
    }

    private void relation(String table, long key, YumXml xml) {
        for (String child = xml.child(); child != null; child = xml.child()) {
            if (child.equals("entry")) {
                String name = xml.attribute("name");
                String flags = xml.attribute("flags");
                String epoch = xml.attribute("epoch");
                String version = xml.attribute("ver");
                String release = xml.attribute("rel");
                if (table.equals("requires")) {
                    database.insert(table, name, flags, epoch, version, release, key, pre(xml.attribute("pre")));
                } else {
                    database.insert(table, name, flags, epoch, version, release, key);
                }
            }
            xml.skip();
        }
    }

    private static String pre(@Nullable String pre) {
        return pre == null || pre.equals("0") || pre.equals("FALSE") ? "FALSE" : "TRUE";
    }

    /** A file by which a package may be asked for without the list of all files; others that a list has are left out. */
    private void file(long key, YumXml xml) {
        String type = xml.attribute("type");
        String path = xml.content();
        if (path.contains("bin/") || path.startsWith("/etc/") || path.equals("/usr/lib/sendmail")) {
            database.insert("files", path, type == null || type.isEmpty() ? "file" : type, key);
        }
    }

    private void insert(long key, Row row) {
        database.insert(
                "packages",
                key,
                row.pkgid,
                row.name,
                row.arch,
                row.version,
                row.epoch,
                row.release,
                row.summary,
                row.description,
                row.url,
                row.fileTime,
                row.buildTime,
                row.license,
                row.vendor,
                row.group,
                row.buildHost,
                row.sourceRpm,
                row.headerStart,
                row.headerEnd,
                row.packager,
                row.packageBytes,
                row.installedBytes,
                row.archiveBytes,
                row.href,
                row.base,
                row.checksumType);
    }
}
