package dev.permafrost.proxy.format.yum.createrepo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.format.yum.Location;
import dev.permafrost.proxy.format.yum.OddValueException;
import dev.permafrost.proxy.format.yum.Repomd;
import dev.permafrost.proxy.format.yum.RepomdWriter;
import dev.permafrost.proxy.format.yum.rpm.PackageList;
import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.proxy.pgp.OwnKey;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Writes {@code repomd.xml} and what it names besides the three lists, and puts all of it in place. */
final class RepomdFile {
    private static final Pattern OF_PACKAGES =
            Pattern.compile("(?:primary|filelists|other|prestodelta|deltainfo)(?:_(?:db|zck|ext))*");
    private static final Pattern DELTAS = Pattern.compile("(?:prestodelta|deltainfo)(?:_(?:db|zck|ext))*");
    private static final Pattern MODULES =
            Pattern.compile("modules\\.yaml|.*\\.modulemd(?:-defaults|-obsoletes)?\\.yaml");
    private static final String UPDATEINFO = "updateinfo.xml";

    private final CreaterepoOptions options;
    private final CreaterepoOptions.Naming naming;
    private final RepodataFolder repodata;
    private final Optional<Repomd> before;
    private final List<Repomd.Data> records = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final long nowSeconds;

    /** The one of that folder. */
    RepomdFile(CreaterepoOptions options, RepodataFolder repodata, Optional<Repomd> before) {
        this.options = options;
        this.naming = options.naming();
        this.repodata = repodata;
        this.before = before;
        this.nowSeconds = TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis());
    }

    /**
     * What is there to be named.
     *
     * @param lists the three lists
     * @param databases SQLite of them, or nothing
     */
    record Written(Map<PackageList, MetadataFile.Written> lists, Map<PackageList, MetadataFile.Written> databases) {}

    /** Writes it, and makes it what clients see. */
    void publish(Written written, List<String> warnings) throws IOException {
        for (Map.Entry<PackageList, MetadataFile.Written> list : written.lists.entrySet()) {
            add(list.getKey().type(), list.getValue(), true);
        }
        for (Map.Entry<PackageList, MetadataFile.Written> list : written.databases.entrySet()) {
            add(list.getKey().type() + "_db", list.getValue(), true, DatabaseKind.VERSION);
        }
        groups();
        modules();
        Path updates = options.folder().resolve(UPDATEINFO);
        if (Files.isRegularFile(updates)) {
            add("updateinfo", packed(List.of(updates), UPDATEINFO), true);
        }
        keep(warnings);
        byte[] document = RepomdWriter.write(
                like(), records, naming.checksum() == Algorithm.SHA1 ? naming.checksumKind() : "sha");
        write(RepodataFolder.REPOMD, document);
        Path key = options.extras().signingKey();
        if (key != null) {
            OwnKey own = OwnKey.of(key);
            write(RepodataFolder.SIGNATURE, own.sign(document));
            write(RepodataFolder.KEY, own.publicKey());
        } else if (Files.exists(repodata.folder().resolve(RepodataFolder.SIGNATURE))) {
            warnings.add("the signature " + repodata.folder().resolve(RepodataFolder.SIGNATURE)
                    + " was of the metadata before, and is gone; sign it anew");
        }
        repodata.publish(before, names, key != null, naming.retained());
    }

    /** Groups come as they are, for yum 3, and compressed. */
    private void groups() throws IOException {
        Path groups = options.extras().groups();
        if (groups == null) {
            return;
        }
        String name = String.valueOf(groups.getFileName());
        Path copy = repodata.anew().resolve(name);
        Files.copy(groups, copy);
        MetadataFile.Written plain = MetadataFile.describe(copy, naming.checksum());
        add("group", plain, false);
        add("group_" + naming.others().suffix(), packed(List.of(groups), name), true);
    }

    private void modules() throws IOException {
        try (Stream<Path> files = Files.list(options.folder())) {
            List<Path> modules = files.filter(file ->
                            MODULES.matcher(String.valueOf(file.getFileName())).matches())
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
            if (!modules.isEmpty()) {
                add("modules", packed(modules, "modules.yaml"), true);
            }
        }
    }

    /** One file of several, a line feed between them; documents of YAML begin with a line of their own. */
    private MetadataFile.Written packed(List<Path> files, String name) throws IOException {
        Path file = repodata.anew().resolve(name + "." + naming.others().suffix());
        try (MetadataFile out = new MetadataFile(file, naming.others(), naming.checksum())) {
            for (Path each : files) {
                if (files.size() > 1 && !beginsDocument(each)) {
                    out.write("---\n".getBytes(UTF_8));
                }
                try (InputStream in = new SequenceInputStream(
                        Files.newInputStream(each),
                        files.size() > 1
                                ? new ByteArrayInputStream("\n".getBytes(UTF_8))
                                : InputStream.nullInputStream())) {
                    out.write(in);
                }
            }
            return out.finish();
        }
    }

    /** Whether the first line of YAML that is no comment begins a document. */
    private static boolean beginsDocument(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file, ISO_8859_1)) {
            return lines.filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .findFirst()
                    .filter(line -> line.startsWith("---"))
                    .isPresent();
        }
    }

    /** Has other files of the metadata before stay where they are. */
    private void keep(List<String> warnings) {
        if (!options.update() || !options.extras().keepsOthers() || before.isEmpty()) {
            return;
        }
        Set<String> types = new HashSet<>();
        records.forEach(record -> types.add(kind(record.type())));
        for (Repomd.Data record : before.get().records()) {
            if (DELTAS.matcher(record.type()).matches()) {
                warnings.add("the list of delta RPMs, of the type " + record.type()
                        + ", is not named any more: it is of the packages before, and can't be made here");
            }
            if (OF_PACKAGES.matcher(record.type()).matches() || types.contains(kind(record.type()))) {
                continue;
            }
            String name = record.location().path().replaceFirst("^.*/", "");
            if (!name.startsWith(RepodataFolder.REPOMD)
                    && Files.isRegularFile(repodata.folder().resolve(name))) {
                records.add(record);
                names.add(name);
            } else {
                warnings.add("the file " + name + ", of the type " + record.type()
                        + ", can't be kept, and is not named any more");
            }
        }
    }

    /** What a type is of, however it is packed. */
    private static String kind(String type) {
        return type.replaceFirst("_(?:gz|bz2|xz|zst|zstd|zck)$", "");
    }

    private void add(String type, MetadataFile.Written written, boolean isPacked) throws IOException {
        add(type, written, isPacked, -1);
    }

    private void add(String type, MetadataFile.Written written, boolean isPacked, int databaseVersion)
            throws IOException {
        String plain = String.valueOf(written.file().getFileName());
        String name = naming.uniqueNames() ? written.checksum().hex() + "-" + plain : plain;
        Path file = Files.move(written.file(), repodata.anew().resolve(name));
        long seconds = nowSeconds;
        if (naming.timestampIsRevision()) {
            seconds = Long.parseLong(String.valueOf(naming.revision()));
            Files.setLastModifiedTime(file, FileTime.from(seconds, TimeUnit.SECONDS));
        }
        names.add(name);
        records.add(new Repomd.Data(
                type,
                location("repodata/" + name),
                written.checksum(),
                isPacked ? written.openChecksum() : null,
                null,
                written.sizeBytes(),
                isPacked ? written.openSizeBytes() : -1,
                -1,
                seconds,
                databaseVersion));
    }

    private static Location location(String href) {
        try {
            return Location.of(href, null);
        } catch (OddValueException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, "a file of metadata can't be named so: " + e.why(), e);
        }
    }

    private Repomd like() {
        List<Repomd.Distro> distros = naming.distros().stream()
                .map(text -> {
                    int comma = text.indexOf(',');
                    return new Repomd.Distro(comma < 0 ? null : text.substring(0, comma), text.substring(comma + 1));
                })
                .toList();
        String revision = naming.revision() == null ? Long.toString(nowSeconds) : naming.revision();
        return new Repomd(
                revision,
                new Repomd.Tags(naming.content(), naming.repos(), distros),
                Collections.emptyList(),
                Collections.emptyList());
    }

    private void write(String name, byte[] bytes) throws IOException {
        Path file = repodata.anew().resolve(name);
        Files.write(file, bytes);
        MetadataFile.force(file);
        if (naming.timestampIsRevision()) {
            Files.setLastModifiedTime(
                    file, FileTime.from(Long.parseLong(String.valueOf(naming.revision())), TimeUnit.SECONDS));
        }
    }
}
