package dev.permafrost.proxy.format.yum.createrepo;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Finds the packages of a folder. Symbolic links are followed, but not in circles. */
final class PackageFinder extends SimpleFileVisitor<Path> {
    private static final String SUFFIX = ".rpm";
    private static final int DEPTH_MAX = 100;

    private final CreaterepoOptions options;
    private final List<Pattern> excludes;
    private final Consumer<String> odd;
    private final List<FoundPackage> found = new ArrayList<>();

    private PackageFinder(CreaterepoOptions options, Consumer<String> odd) {
        this.options = options;
        this.odd = odd;
        this.excludes = options.excludes().stream().map(PackageFinder::pattern).toList();
    }

    /**
     * The packages, in the order of lists.
     *
     * @param odd is told of what can't be read
     */
    static List<FoundPackage> find(CreaterepoOptions options, Consumer<String> odd) {
        PackageFinder finder = new PackageFinder(options, odd);
        if (options.packages().isEmpty()) {
            finder.walk();
        } else {
            options.packages().stream()
                    .map(finder::named)
                    .distinct()
                    .forEach(path -> finder.add(options.folder().resolve(path)));
        }
        finder.found.sort(FoundPackage.ORDER);
        return finder.found;
    }

    /**
     * Checks what locations begin with.
     *
     * @throws StoreException BAD_REQUEST if it can't be written
     */
    static void check(CreaterepoOptions options) {
        check("--location-prefix", options.hrefPrefix());
        check("--baseurl", options.base() == null ? "" : options.base());
    }

    private static void check(String option, String text) {
        if (!isWritable(text)) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    option + ": " + PlainText.quoted(text)
                            + " has characters that no client can ask for; leave them out");
        }
    }

    /** A path of a package, below the folder. */
    private Path named(Path path) {
        Path folder = options.folder().toAbsolutePath().normalize();
        Path file = folder.resolve(path).normalize();
        if (!file.startsWith(folder) || file.equals(folder)) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    PlainText.quoted(path.toString()) + " is no package below " + options.folder()
                            + ", so clients could not ask for it; name one that is, or link to it there");
        }
        return folder.relativize(file);
    }

    /** Whether text has only what XML can have, and clients can ask for; what no encoding was found for is U+FFFD. */
    private static boolean isWritable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || c >= '\ufffd' || PlainText.isLoneSurrogate(text, i)) {
                return false;
            }
        }
        return true;
    }

    private static String shown(String path) {
        return isWritable(path) ? path : PlainText.quoted(path);
    }

    private void walk() {
        try {
            Files.walkFileTree(options.folder(), EnumSet.of(FileVisitOption.FOLLOW_LINKS), DEPTH_MAX, this);
        } catch (IOException e) {
            throw new StoreException(
                    FailureKind.DISK_FAILED, "the folder " + options.folder() + " can't be read: " + e.getMessage(), e);
        }
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
        boolean looksLikePackage = folder.toString().endsWith(SUFFIX) && !folder.equals(options.folder());
        return looksLikePackage ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (file.toString().endsWith(SUFFIX) && !(options.skipSymlinks() && Files.isSymbolicLink(file))) {
            add(file);
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
        if (!(e instanceof FileSystemLoopException)) {
            odd.accept(shown(FileNames.below(options.folder(), file)) + " can't be read: " + reason(e));
        }
        return FileVisitResult.CONTINUE;
    }

    private void add(Path file) {
        String path = FileNames.below(options.folder(), file);
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (excludes.stream()
                .noneMatch(each ->
                        each.matcher(path).matches() || each.matcher(name).matches())) {
            if (!isWritable(path)) {
                odd.accept(PlainText.quoted(path)
                        + " is not listed: its name has control characters, or is not of UTF-8; rename it");
                return;
            }
            String prefix = options.hrefPrefix();
            String href = withoutFolders(path, options.cutFolders());
            found.add(
                    new FoundPackage(file, path, prefix.isEmpty() ? href : prefix.replaceAll("/+$", "") + "/" + href));
        }
    }

    private static String withoutFolders(String path, int count) {
        String rest = path;
        for (int i = 0; i < count && rest.indexOf('/') >= 0; i++) {
            rest = rest.substring(rest.indexOf('/') + 1);
        }
        return rest;
    }

    /** What went wrong, without the path that the JDK puts before it. */
    static String reason(IOException e) {
        String kind = e.getClass().getSimpleName();
        if (e instanceof FileSystemException f) {
            return f.getReason() == null ? kind.replaceAll("Exception$", "") : f.getReason();
        }
        return e.getMessage() == null ? kind : e.getMessage();
    }

    private static Pattern pattern(String glob) {
        StringBuilder pattern = new StringBuilder();
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            pattern.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        return Pattern.compile(pattern.toString(), Pattern.DOTALL);
    }
}
