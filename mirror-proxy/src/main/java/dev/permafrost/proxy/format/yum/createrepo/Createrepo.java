package dev.permafrost.proxy.format.yum.createrepo;

import dev.permafrost.proxy.format.yum.Repomd;
import dev.permafrost.proxy.format.yum.rpm.BadRpmException;
import dev.permafrost.proxy.format.yum.rpm.PackageList;
import dev.permafrost.proxy.format.yum.rpm.PackageXml;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/*
 * Workers read files, each once, and make the elements of the three lists; this thread takes them in order, and three others compress and
 * write, each one list. So what is in memory does not grow with the number of packages, but for where they are.
 */
/** Makes a repository's metadata of a folder of RPMs. */
public final class Createrepo implements AutoCloseable {
    private static final long MEMORY_BYTES_MAX = 96L << 20;

    private final CreaterepoOptions options;
    private final Progress progress;
    private final RepodataFolder repodata;
    private final PackageReader reader;
    private final SameNames sameNames = new SameNames();
    private final List<String> read = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();
    private final Map<PackageList, MetadataFile> lists = new EnumMap<>(PackageList.class);
    private long done;
    private long reused;

    private Createrepo(CreaterepoOptions options, Progress progress, RepodataFolder repodata, PackageReader reader) {
        this.reader = reader;
        this.options = options;
        this.progress = progress;
        this.repodata = repodata;
    }

    /** Is told how far it is. */
    @FunctionalInterface
    public interface Progress {
        /** So many packages of so many are done. */
        void packages(long done, long all);
    }

    /**
     * What was made.
     *
     * @param packages how many packages are listed
     * @param reused how many of them were not read again
     * @param read where those are that were
     * @param skipped what could not be listed and why, a line each that names the file
     * @param warnings what else there is to know, a line each
     */
    public record Result(long packages, long reused, List<String> read, List<String> skipped, List<String> warnings) {}

    /** Reads a package's file. */
    @FunctionalInterface
    interface PackageReader {
        /** As {@link PackageScan#read} does. */
        PackageXml read(FoundPackage found, LongConsumer memory) throws IOException, BadRpmException;
    }

    /**
     * Makes it. Blocks. The metadata that was there stays until the new is whole, and if it fails.
     *
     * @throws StoreException BAD_REQUEST if a folder or a file that is named is not there, STORE_LOCKED if another one is at work on the
     *     folder, DISK_FAILED if the disk fails
     */
    public static Result run(CreaterepoOptions options, Progress progress) {
        return run(options, progress, (found, memory) -> PackageScan.read(found, options, memory::accept));
    }

    /** The same, with another way to read packages. */
    static Result run(CreaterepoOptions options, Progress progress, PackageReader reader) {
        if (!Files.isDirectory(options.folder())) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST, options.folder() + " is no folder; name the one with the packages in it");
        }
        PackageFinder.check(options);
        List<String> warnings = new ArrayList<>();
        try {
            Files.createDirectories(options.out());
            Result result;
            try (RepodataFolder repodata = RepodataFolder.begin(options.out(), options.ignoreLock(), warnings::add);
                    Createrepo run = new Createrepo(options, progress, repodata, reader)) {
                result = run.make(warnings);
            }
            // with what there is to know of tidying up
            return new Result(result.packages, result.reused, result.read, result.skipped, List.copyOf(warnings));
        } catch (IOException | UncheckedIOException e) {
            throw new StoreException(
                    FailureKind.DISK_FAILED,
                    "the metadata of " + options.folder() + " can't be made: " + e.getMessage(),
                    e);
        }
    }

    private Result make(List<String> warnings) throws IOException {
        List<FoundPackage> found = PackageFinder.find(options, skipped::add);
        Optional<Repomd> before = repodata.current(options.update());
        try (OldLists old = options.update() ? old(before, warnings) : null) {
            Map<PackageList, MetadataFile.Written> written = write(found, old);
            new RepomdFile(options, repodata, before)
                    .publish(new RepomdFile.Written(written, ListDatabases.write(written, options)), warnings);
        }
        warnings.addAll(sameNames.told());
        return new Result(done, reused, read, List.copyOf(skipped), warnings);
    }

    private @Nullable OldLists old(Optional<Repomd> before, List<String> warnings) {
        if (before.isEmpty()) {
            return null;
        }
        try {
            return OldLists.read(repodata, before.get(), options, repodata.anew());
        } catch (IOException | StoreException e) {
            warnings.add("the metadata in " + repodata.folder() + " can't be used, and all packages are read: "
                    + e.getMessage());
            return null;
        }
    }

    private Map<PackageList, MetadataFile.Written> write(List<FoundPackage> found, @Nullable OldLists old)
            throws IOException {
        for (PackageList list : PackageList.values()) {
            Path file = repodata.anew()
                    .resolve(list.type() + ".xml." + options.naming().lists().suffix());
            MetadataFile to = new MetadataFile(
                    file, options.naming().lists(), options.naming().checksum());
            lists.put(list, to);
            to.write(list.head(found.size()));
        }
        progress.packages(0, found.size());
        Map<PackageList, MetadataFile.Written> written;
        try (ListWriters writers = new ListWriters(lists);
                Ordered ordered = new Ordered(options.workers(), MEMORY_BYTES_MAX)) {
            ordered.each(
                    found, (each, memory) -> look(each, old, memory), looked -> add(looked, writers, found.size()));
            written = writers.finish();
        }
        if (done < found.size()) {
            for (PackageList list : PackageList.values()) {
                MetadataFile.Written whole = Objects.requireNonNull(written.get(list));
                written.put(
                        list,
                        MetadataFile.withHead(
                                whole,
                                list.head(found.size()),
                                list.head(done),
                                options.naming().lists(),
                                options.naming().checksum()));
            }
        }
        return written;
    }

    /** What a package's elements are, or else why there are none. */
    private record Looked(FoundPackage found, @Nullable PackageXml xml, boolean reused, String problem) {}

    private Looked look(FoundPackage found, @Nullable OldLists old, LongConsumer memory) {
        try {
            if (old != null) {
                PackageXml same =
                        old.unchanged(found, options.skipStat() ? null : PackageScan.attributes(found.file()), memory);
                if (same != null) {
                    return new Looked(found, same, true, "");
                }
            }
            return new Looked(found, reader.read(found, memory), false, "");
        } catch (BadRpmException e) {
            return new Looked(found, null, false, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return new Looked(found, null, false, found.href() + " can't be read: " + PackageFinder.reason(e));
        } catch (UncheckedIOException e) {
            // of a file of ours, not of the package
            throw e;
        } catch (RuntimeException e) {
            // whatever it is that its header says, the others are listed
            return new Looked(
                    found,
                    null,
                    false,
                    found.href() + " is not listed: it is odd in a way that was not foreseen ("
                            + PlainText.quoted(e.toString()) + "); leave it out");
        }
    }

    private void add(Looked looked, ListWriters writers, long all) {
        if (looked.xml == null) {
            skipped.add(looked.problem);
        } else {
            try {
                writers.add(looked.xml);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            done++;
            sameNames.add(looked.xml, looked.found.href());
            if (looked.reused) {
                reused++;
            } else {
                read.add(looked.found.href());
            }
        }
        progress.packages(done + skipped.size(), all);
    }

    /** Closes what was being written. */
    @Override
    public void close() throws IOException {
        for (MetadataFile file : lists.values()) {
            file.close();
        }
    }
}
