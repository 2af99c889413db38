package dev.permafrost.proxy.journey;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What lies in a folder on disk. */
final class Folders {
    private static final int BUFFER_BYTES = 1 << 16;

    private Folders() {}

    /** Everything below it: by path, what it is, its size, the time of its last change and its content's digest. */
    static Map<String, String> picture(Path folder) throws IOException {
        Map<String, String> picture = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                String changed = Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                        .toString();
                boolean file = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
                picture.put(
                        folder.relativize(path).toString(),
                        file ? Files.size(path) + " bytes " + changed + " " + sha256(path) : "no file " + changed);
            }
        }
        return picture;
    }

    /** The digests that a store's blobs are named after; each is proved to be that of the content. */
    static List<String> blobs(Path store) throws IOException {
        List<Path> files = files(store.resolve("blobs"));
        for (Path file : files) {
            String digest = sha256(file);
            if (!digest.equals(name(file))) {
                throw new AssertionError(file + " holds bytes whose sha256 is " + digest);
            }
        }
        return files.stream().map(Folders::name).sorted().toList();
    }

    /** The file of a store's blob. */
    static Path blob(Path store, String sha256) {
        return store.resolve("blobs")
                .resolve("sha256")
                .resolve(sha256.substring(0, 2))
                .resolve(sha256.substring(2, 4))
                .resolve(sha256);
    }

    /** The files that a store has staged. */
    static List<Path> staged(Path store) throws IOException {
        return files(store.resolve("staging"));
    }

    /** A file's SHA-256 in hexadecimal. */
    static String sha256(Path file) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
