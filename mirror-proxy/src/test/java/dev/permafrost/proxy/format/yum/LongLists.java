package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.proxy.testing.RpmTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Lists of a repository of that many packages, made while they are read; the program reads, indexes, filters them, and writes SQLite. */
final class LongLists {
    private static final int PRIMARY_FILLER_CHARS = 1500;
    private static final int FILES_EACH = 60;

    private LongLists() {}

    /** Tells what it has read; where no folder is named, which of it are the newest; or compares it with itself. */
    public static void main(String[] arguments) throws IOException {
        int packages = Integer.parseInt(arguments[0]);
        if (arguments.length == 1) {
            System.out.printf("%d wanted%n", newest(packages).size());
            return;
        }
        if (arguments[1].equals("compare")) {
            compare(packages);
            return;
        }
        PackageTable.Draft table = new PackageTable.Draft();
        PrimaryReader.Summary summary = PrimaryReader.read(primary(packages), "primary", table::add);
        FilteredList primary = FilteredList.write(
                primary(packages),
                "primary",
                elements -> elements.elementOffset() % 2 == 0,
                0,
                OutputStream.nullOutputStream());
        FilteredList filelists = FilteredList.write(
                filelists(packages), "filelists", elements -> true, packages, OutputStream.nullOutputStream());
        Path folder = Path.of(arguments[1]);
        PackageRows.write(DatabaseKind.PRIMARY, primary(packages), "primary", "", folder.resolve("primary.sqlite"));
        PackageRows.write(
                DatabaseKind.FILELISTS, filelists(packages), "filelists", "", folder.resolve("filelists.sqlite"));
        System.out.printf(
                "%d packages, %d in the table, %d MB, %d MB%n",
                summary.packages(), table.size(), primary.sizeBytes() / 1_000_000, filelists.sizeBytes() / 1_000_000);
    }

    private static List<PackageTable.Listed> newest(int packages) throws IOException {
        WantedPackages wanted = new WantedPackages(PackageFilter.of(Map.of("arch", "x86_64")), true, Set.of());
        PrimaryReader.read(primary(packages), "primary", wanted::add);
        return wanted.wanted();
    }

    private static void compare(int packages) throws IOException {
        ListDiff diff = new ListDiff(Set.of(), Set.of());
        PrimaryReader.read(primary(packages), "primary", diff::before);
        PrimaryReader.read(primary(packages), "primary", diff::after);
        SpareFinder spares = new SpareFinder(Set.of());
        PrimaryReader.read(primary(packages), "primary", spares::first);
        PrimaryReader.read(primary(packages), "primary", one -> spares.second(one, old -> {}));
        System.out.printf(
                "%d and %d packages, %d changes, %d duplicates%n",
                diff.before(),
                diff.after(),
                diff.changes().values().stream().mapToInt(List::size).sum(),
                spares.duplicates().size());
    }

    private static InputStream primary(int packages) {
        String filler = "x".repeat(PRIMARY_FILLER_CHARS);
        return document(
                "<metadata xmlns=\"http://linux.duke.edu/metadata/common\" packages=\"" + packages + "\">\n",
                packages,
                i -> "<package type=\"rpm\"><name>p" + i + "</name><arch>noarch</arch>"
                        + "<version epoch=\"0\" ver=\"1\" rel=\"1\"/><checksum type=\"sha256\" pkgid=\"YES\">"
                        + sum(i) + "</checksum><description>" + filler + "</description><size package=\"1\"/>"
                        + "<location href=\"Packages/p" + i + "-1-1.noarch.rpm\"/><format/></package>\n",
                "</metadata>\n");
    }

    private static InputStream filelists(int packages) {
        String files = IntStream.range(0, FILES_EACH)
                .mapToObj(f -> "  <file>/usr/share/some/where/file-" + f + "</file>\n")
                .reduce("", String::concat);
        return document(
                "<filelists packages=\"" + packages + "\">\n",
                packages,
                i -> "<package pkgid=\"" + sum(i) + "\" name=\"p" + i + "\" arch=\"noarch\">\n" + files
                        + "</package>\n",
                "</filelists>\n");
    }

    private static String sum(int number) {
        return RpmTree.sha256(Integer.toString(number).getBytes(UTF_8));
    }

    private interface Element {
        String of(int number);
    }

    private static InputStream document(String head, int packages, Element element, String tail) {
        Stream<String> middle = IntStream.range(0, packages).mapToObj(element::of);
        Iterator<String> parts = Stream.concat(Stream.concat(Stream.of(head), middle), Stream.of(tail))
                .iterator();
        return new InputStream() {
            private byte[] part = new byte[0];
            private int at;

            @Override
            public int read() {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] to, int offset, int length) {
                while (at == part.length) {
                    if (!parts.hasNext()) {
                        return -1;
                    }
                    part = parts.next().getBytes(UTF_8);
                    at = 0;
                }
                int n = Math.min(length, part.length - at);
                System.arraycopy(part, at, to, offset, n);
                at += n;
                return n;
            }
        };
    }
}
