package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.HostedPackages.Hosted;
import dev.permafrost.proxy.hosted.FileIntake;
import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Published;
import dev.permafrost.proxy.repo.Publishing;
import dev.permafrost.proxy.repo.Reply.NotTaken.Reason;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.Standstill;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an operator may change in a repository of RPMs whose packages are its own. Clients see it once there is metadata of it. */
public final class YumHosting implements Hosting, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(YumHosting.class);

    private final String repository;
    private final MirrorStore store;
    private final HostedPackages packages;
    private final HostedExtras extras;
    private final HostedTrees trees;
    private final HostedMetadata metadata;
    private final HostedSpares spares;
    private final FileIntake intake;
    private final MetadataMaker maker;
    private final RepositoryConfig config;
    private volatile boolean begun;
    /** Trees that were not as they say when they were looked at last, with what is wrong: they may be by and by. */
    private final Map<Path, Refused> refusedTrees = new LinkedHashMap<>();
    /** Trees whose metadata was not there when their folder was looked through last; it may be on its way. */
    private final Set<Path> missingTrees = new HashSet<>();

    private record Refused(Publishing how, String by, String why) {}

    YumHosting(RepositoryConfig repository, MirrorStore store, Directories directories, Path keyFile, Clock clock) {
        this.config = repository;
        this.repository = repository.name();
        this.store = store;
        this.packages = new HostedPackages(repository.name(), store, directories.docs(), clock);
        this.extras = new HostedExtras(repository.name(), store);
        this.trees = new HostedTrees(repository.name(), store, directories, packages, this::publishPackage, clock);
        this.metadata =
                new HostedMetadata(repository.name(), store, directories, packages, extras, trees, keyFile, clock);
        this.spares = new HostedSpares(store, directories.docs(), packages);
        this.maker = new MetadataMaker(repository.name(), metadata::make, MetadataMaker.Pace.USUAL);
        this.intake = new FileIntake(
                repository.name(), store, new OfFolders(repository.uploads().overwrite()));
    }

    /**
     * That of a repository that no server has in memory.
     *
     * @param keyFile where the key lies that signs its metadata; made when it is first wanted
     */
    public static YumHosting of(RepositoryConfig repository, MirrorStore store, Path keyFile, Clock clock) {
        GenerationDocs docs = new GenerationDocs(repository.name(), store);
        return new YumHosting(repository, store, new Directories(store, docs, new Standstill()), keyFile, clock);
    }

    /** Makes metadata in the background from now on. */
    void begin() {
        begun = true;
        maker.begin();
        if (config.uploads().folder() == null) {
            // whoever follows a folder has it made once it is known what is there
            maker.wake();
        }
    }

    /** An upload to that path, from somebody who may write. */
    PackageUpload upload(String path, @Nullable String user) {
        return new PackageUpload(
                files(path), config.uploads(), path, user == null ? "somebody" : user, this::tree, maker::wake);
    }

    /** What takes the file that is to be at a path. */
    private HostedFiles files(String path) {
        return HostedExtras.isOne(path) ? extras : packages;
    }

    /**
     * Checks where a file is to be.
     *
     * @throws RefusedUploadException if no file is taken there
     */
    static void require(String path) throws RefusedUploadException {
        if (!HostedExtras.isOne(path)) {
            HostedPath.require(path);
        }
    }

    /** The directory of the tree that a path is in, whose metadata is not ours to change. Blocks. */
    Optional<String> tree(String path) {
        return trees.dirs().stream().filter(path::startsWith).findFirst();
    }

    /**
     * Takes the file at a path out; false where there is none.
     *
     * @throws RefusedUploadException where it is in a tree
     */
    boolean remove(String path, @Nullable String user) throws RefusedUploadException {
        Optional<String> tree = tree(path);
        if (tree.isPresent()) {
            throw new RefusedUploadException(Reason.CONFLICT, PackageUpload.ofTree(tree.get()));
        }
        boolean gone = extras.delete(path)
                || packages.find(store.view(), path).filter(packages::delete).isPresent();
        if (gone) {
            log.info("{} was deleted from {} by {}", path, repository, user == null ? "somebody" : user);
            maker.wake();
        }
        return gone;
    }

    @Override
    public void close() {
        if (begun) {
            maker.close();
        }
    }

    @Override
    public boolean isPublishable(Path file) {
        return HostedPath.isPackage(String.valueOf(file.getFileName())) || HostedTrees.isOne(file) || isExtra(file);
    }

    /** Whether a file may be one of groups, modules or advisories; those of a tree are its own. */
    private static boolean isExtra(Path file) {
        Path folder = file.getParent();
        return HostedExtras.kind(String.valueOf(file.getFileName())).isPresent()
                && (folder == null || !String.valueOf(folder.getFileName()).equals("repodata"));
    }

    /** A folder of packages has keys and notes in it that nobody takes for packages. */
    @Override
    public boolean isBeside(Path file) {
        return !isPublishable(file);
    }

    @Override
    public Published publish(Path file, Publishing how, String by) {
        return HostedTrees.isOne(file) ? publishTree(HostedTrees.repomd(file), how, by) : publishPackage(file, how, by);
    }

    private Published publishPackage(Path file, Publishing how, String by) {
        return intake.publish(file, how, by);
    }

    private synchronized Published publishTree(Path repomd, Publishing how, String by) {
        missingTrees.remove(repomd);
        Refused before = refusedTrees.get(repomd);
        try {
            HostedTrees.Taken taken = trees.take(repomd, how, by);
            refusedTrees.remove(repomd);
            intake.note(repomd, taken.repomd());
            return new Published(Published.Outcome.HERE, taken.isNew(), repomd + " is served as it is");
        } catch (RefusedUploadException e) {
            String why = String.valueOf(e.getMessage());
            refusedTrees.put(repomd, new Refused(how, by, why));
            return new Published(
                    Published.Outcome.REFUSED, before == null || !before.why().equals(why), why);
        } catch (IOException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, repomd + " can't be read: " + e.getMessage(), e);
        }
    }

    /** Looks again at trees that were not as they say, since what was missing may have come. */
    private synchronized void retryTrees() {
        Map.copyOf(refusedTrees).forEach((repomd, refused) -> {
            try {
                Published now = publishTree(repomd, refused.how(), refused.by());
                if (now.outcome() == Published.Outcome.REFUSED && now.anew()) {
                    log.warn("{} is not published in {}: {}", repomd, repository, now.text());
                }
            } catch (StoreException e) {
                if (e.kind() != FailureKind.BAD_REQUEST) {
                    throw e;
                }
                refusedTrees.remove(repomd);
            }
        });
    }

    /** Files of folders, by their paths below these. */
    private final class OfFolders implements FileIntake.Keeper {
        private final boolean overwrites;

        OfFolders(boolean overwrites) {
            this.overwrites = overwrites;
        }

        @Override
        public FileIntake.Candidate candidate(Path file, Publishing how) throws RefusedUploadException {
            String path = path(file, how);
            if (isExtra(file)) {
                HostedExtras.require(path);
            } else {
                HostedPath.require(path);
            }
            HostedFiles files = files(path);
            return new FileIntake.Candidate() {
                @Override
                public Incoming begin() {
                    return files.begin(path);
                }

                @Override
                public String add(Incoming incoming, @Nullable Digest before, String by) throws RefusedUploadException {
                    // what came from this file is replaced by what is in it now
                    String text = files.add(incoming, there -> overwrites || Objects.equals(there, before), by)
                            .text();
                    log.info("{} was published in {} by {}", path, repository, by);
                    return text;
                }
            };
        }

        @Override
        public Optional<Digest> there(Path file, Publishing how) {
            String path = path(file, how);
            return HostedExtras.isOne(path)
                    ? extras.find(store.view(), path).map(HostedExtras.Extra::sha256)
                    : packages.find(store.view(), path).map(Hosted::sha256);
        }

        @Override
        public void lost(Path file, Publishing how, Digest digest, String by) {
            packages.find(store.view(), path(file, how))
                    .filter(hosted -> hosted.sha256().equals(digest))
                    .ifPresent(packages::delete);
        }

        @Override
        public boolean overwrites() {
            return true;
        }
    }

    private static String path(Path file, Publishing how) {
        return how.folder().relativize(file).toString().replace(File.separatorChar, '/');
    }

    @Override
    public List<Path> published(Path folder) {
        return intake.published(folder);
    }

    @Override
    public synchronized int gone(Publishing how, Set<Path> files, int left, String by) {
        if (left == 0) {
            // a disk that is not mounted looks so
            return files.size();
        }
        for (Path file : files) {
            if (HostedTrees.isOne(file)) {
                goneTree(file, how);
                continue;
            }
            String path = path(file, how);
            if (extras.delete(path)
                    || packages.find(store.view(), path)
                            .filter(packages::delete)
                            .isPresent()) {
                log.info("{} is not in {} any more, and was taken out of {}", path, how.folder(), repository);
            }
            intake.forget(file);
        }
        return 0;
    }

    /** One that is being made anew is not there for a moment: it has to be missing twice. */
    private void goneTree(Path repomd, Publishing how) {
        if (!missingTrees.add(repomd)) {
            missingTrees.remove(repomd);
            intake.forget(repomd);
            trees.drop(HostedTrees.dir(repomd, how));
        }
    }

    @Override
    public void complete() {
        retryTrees();
        metadata.make();
    }

    @Override
    public String yank(String project, String version, @Nullable String reason, String by) {
        throw new StoreException(
                FailureKind.BAD_REQUEST,
                "packages of RPM can't be yanked; permafrost delete takes one out of " + repository);
    }

    @Override
    public String delete(String project, String version, String by) {
        List<Hosted> gone = packages.all(store.view()).stream()
                .filter(hosted -> isOf(hosted.nevra(), project, version))
                .filter(hosted -> tree(hosted.path()).isEmpty())
                .filter(packages::delete)
                .toList();
        if (gone.isEmpty()) {
            throw new StoreException(
                    FailureKind.STORE_MISSING, "there is no " + project + " " + version + " in " + repository);
        }
        List<String> paths = gone.stream().map(Hosted::path).toList();
        log.info("{} {} was deleted from {} by {}: {}", project, version, repository, by, paths);
        complete();
        return project + " " + version + " is deleted: " + String.join(", ", paths);
    }

    @Override
    public List<String> deleteSuperseded(String by) {
        if (trees.dirs().contains("")) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    repository + " has the metadata of its folder, and is not changed here; change the folder");
        }
        // what is listed is what there is, then
        complete();
        List<String> gone = spares.delete("");
        if (!gone.isEmpty()) {
            log.info("{} superseded packages were deleted from {} by {}: {}", gone.size(), repository, by, gone);
            complete();
        }
        return gone;
    }

    /** Whether a package is called so, and is of that version: with its release and epoch, or without. */
    private static boolean isOf(Nevra nevra, String name, String version) {
        String full = nevra.version() + "-" + nevra.release();
        return nevra.name().equals(name)
                && List.of(nevra.version(), full, nevra.epoch() + ":" + full, nevra.epoch() + ":" + nevra.version())
                        .contains(version);
    }
}
