package dev.permafrost.proxy.format.yum.sqlite;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The three SQLite files that yum reads in place of XML, in the tables that createrepo has made since version 10 of them. */
public enum DatabaseKind {
    /** What packages there are, what they need and what they provide. */
    PRIMARY(
            primaryTables(),
            "removals",
            List.of(
                    "packagename ON packages (name)",
                    "packageId ON packages (pkgId)",
                    "filenames ON files (name)",
                    "pkgfiles ON files (pkgKey)",
                    "pkgrequires on requires (pkgKey)",
                    "requiresname ON requires (name)",
                    "pkgprovides on provides (pkgKey)",
                    "providesname ON provides (name)",
                    "pkgconflicts on conflicts (pkgKey)",
                    "pkgobsoletes on obsoletes (pkgKey)",
                    "pkgsuggests on suggests (pkgKey)",
                    "pkgenhances on enhances (pkgKey)",
                    "pkgrecommends on recommends (pkgKey)",
                    "pkgsupplements on supplements (pkgKey)")),
    /** What files are in them, a row for each folder. */
    FILELISTS(
            List.of(
                    packageIds(),
                    Table.of("filelist", "pkgKey INTEGER", "dirname TEXT", "filenames TEXT", "filetypes TEXT")),
            "remove_filelist",
            List.of("keyfile ON filelist (pkgKey)", "pkgId ON packages (pkgId)", "dirnames ON filelist (dirname)")),
    /** What has changed in them. */
    OTHER(
            List.of(
                    packageIds(),
                    Table.of("changelog", "pkgKey INTEGER", "author TEXT", "date INTEGER", "changelog TEXT")),
            "remove_changelogs",
            List.of("keychange ON changelog (pkgKey)", "pkgId ON packages (pkgId)"));

    /** The version of these tables, as {@code repomd.xml} says it too. */
    public static final int VERSION = 10;

    /** What a package may say of others, each a table of {@link #PRIMARY}. */
    public static final List<String> RELATIONS = Table.RELATIONS;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Table> tables;

    private final String trigger;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> indexes;

    DatabaseKind(List<Table> tables, String trigger, List<String> indexes) {
        this.tables = tables;
        this.trigger = trigger;
        this.indexes = indexes;
    }

    /** The type of the XML that says the same: {@code primary}, {@code filelists}, {@code other}. */
    public String list() {
        return name().toLowerCase(Locale.ROOT);
    }

    List<Table> tables() {
        return tables;
    }

    /** What is to be run before there are rows. */
    List<String> beginning() {
        List<String> statements = new ArrayList<>();
        statements.add("CREATE TABLE db_info (dbversion INTEGER, checksum TEXT)");
        tables.forEach(table -> statements.add(table.created()));
        StringBuilder deletes = new StringBuilder();
        tables.stream()
                .skip(1)
                .forEach(table ->
                        deletes.append("    DELETE FROM ").append(table.name()).append(" WHERE pkgKey = old.pkgKey;"));
        statements.add("CREATE TRIGGER " + trigger + " AFTER DELETE ON packages  BEGIN" + deletes + "  END");
        return statements;
    }

    /** What is to be run when all rows are there. */
    List<String> ending() {
        return indexes.stream().map(index -> "CREATE INDEX " + index).toList();
    }

    private static Table packageIds() {
        return Table.of("packages", "pkgKey INTEGER PRIMARY KEY", "pkgId TEXT");
    }

    private static List<Table> primaryTables() {
        List<Table> tables = new ArrayList<>();
        tables.add(Table.of(
                "packages",
                "pkgKey INTEGER PRIMARY KEY",
                "pkgId TEXT",
                "name TEXT",
                "arch TEXT",
                "version TEXT",
                "epoch TEXT",
                "release TEXT",
                "summary TEXT",
                "description TEXT",
                "url TEXT",
                "time_file INTEGER",
                "time_build INTEGER",
                "rpm_license TEXT",
                "rpm_vendor TEXT",
                "rpm_group TEXT",
                "rpm_buildhost TEXT",
                "rpm_sourcerpm TEXT",
                "rpm_header_start INTEGER",
                "rpm_header_end INTEGER",
                "rpm_packager TEXT",
                "size_package INTEGER",
                "size_installed INTEGER",
                "size_archive INTEGER",
                "location_href TEXT",
                "location_base TEXT",
                "checksum_type TEXT"));
        tables.add(Table.of("files", "name TEXT", "type TEXT", "pkgKey INTEGER"));
        for (String relation : Table.RELATIONS) {
            List<String> columns = new ArrayList<>(
                    List.of("name TEXT", "flags TEXT", "epoch TEXT", "version TEXT", "release TEXT", "pkgKey INTEGER"));
            if (relation.equals("requires")) {
                columns.add("pre BOOLEAN DEFAULT FALSE");
            }
            tables.add(new Table(relation, List.copyOf(columns)));
        }
        return List.copyOf(tables);
    }
}
