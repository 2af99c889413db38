package dev.permafrost.proxy.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one file: lines of {@code name:sha256}, the digest of the token's text in hexadecimal. A token has 256 random
 * bits: nobody guesses it, and so a fast digest keeps it as well as a slow one. A name may have several.
 */
public final class Tokens {
    private static final String PREFIX = "pfr-";
    private static final int RANDOM_BYTES = 32;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final String REMEDY = "write it with: permafrost token new NAME --file FILE";
    private static final String FIRST_LINE =
            "# Tokens of Permafrost, as name:SHA-256. To revoke one, remove its line; the server sees it by itself.\n";

    /** Copied for each use: looking one up takes locks. */
    private static final MessageDigest SHA_256 = sha256();

    private final Map<String, String> nameByHash;

    private Tokens(Map<String, String> nameByHash) {
        this.nameByHash = Map.copyOf(nameByHash);
    }

    /**
     * Reads a file. Blocks.
     *
     * @throws StoreException BAD_REQUEST with every line that can't be used, and why
     */
    static Tokens read(Path file) {
        Map<String, String> nameByHash = new LinkedHashMap<>();
        Lines.read(file, REMEDY, (name, hash) -> {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("can't be a token's name; " + expectedName());
            }
            if (!HASH.matcher(hash).matches()) {
                throw new IllegalArgumentException(
                        "has no SHA-256 of a token (64 of 0-9 and a-f) behind its colon; " + REMEDY);
            }
            if (nameByHash.putIfAbsent(hash, name) != null) {
                throw new IllegalArgumentException("has a token that is there twice; keep one of the two");
            }
        });
        return new Tokens(nameByHash);
    }

    private static String expectedName() {
        return "write 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a letter or a digit";
    }

    /** Whose token it is; null where it is none. Only digests are compared, so that the time it takes tells nothing of it. */
    @Nullable String nameOf(byte[] token) {
        return nameByHash.get(hash(token));
    }

    /** The names that there are tokens for. */
    Set<String> names() {
        return new LinkedHashSet<>(nameByHash.values());
    }

    private static String hash(byte[] token) {
        try {
            return HexFormat.of().formatHex(((MessageDigest) SHA_256.clone()).digest(token));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's own can be copied", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /**
     * Makes a token and adds its digest to a file, which is made where it is not there, for its owner alone. Blocks.
     *
     * @return the token, which is kept nowhere
     * @throws StoreException BAD_REQUEST for a name that can't be one, or a file that can't be used; DISK_FAILED where it can't
     *     be written
     */
    public static String issue(Path file, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST, "'" + name + "' can't be a token's name; " + expectedName());
        }
        byte[] random = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(random);
        String token = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        append(file.toAbsolutePath(), name + ":" + hash(token.getBytes(UTF_8)) + "\n");
        return token;
    }

    private static void append(Path file, String line) {
        Path folder = Objects.requireNonNull(file.getParent(), "an absolute file has a folder");
        Path staged = file.resolveSibling("." + file.getFileName() + ".new");
        try {
            FileChannel channel = FileChannel.open(
                    staged,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            boolean placed = false;
            try (channel) {
                write(channel, before(file) + line);
                keepOwner(file, staged);
                FileOps.system().rename(staged, file);
                placed = true;
            } finally {
                if (!placed) {
                    Files.deleteIfExists(staged);
                }
            }
            FileOps.system().syncDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            throw new StoreException(
                    FailureKind.DISK_FAILED,
                    staged + " is there: another token is being added, or that was broken off; remove it and try again",
                    e);
        } catch (IOException e) {
            throw new StoreException(
                    FailureKind.DISK_FAILED,
                    file + " can't be written: " + reason(e) + "; name another with --file",
                    e);
        }
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    private static String before(Path file) throws IOException {
        if (Files.notExists(file)) {
            return FIRST_LINE;
        }
        // what the server could not read is not made longer
        read(file);
        String text = Files.readString(file);
        return text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
    }

    private static void write(FileChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(true);
    }

    /** Whoever could read the file before, such as the server, still can. */
    private static void keepOwner(Path file, Path staged) throws IOException {
        if (Files.notExists(file)) {
            return;
        }
        PosixFileAttributes was = Files.readAttributes(file, PosixFileAttributes.class);
        PosixFileAttributeView view = Files.getFileAttributeView(staged, PosixFileAttributeView.class);
        PosixFileAttributes is = view.readAttributes();
        if (!is.owner().equals(was.owner())) {
            view.setOwner(was.owner());
        }
        if (!is.group().equals(was.group())) {
            view.setGroup(was.group());
        }
        view.setPermissions(was.permissions());
    }
}
