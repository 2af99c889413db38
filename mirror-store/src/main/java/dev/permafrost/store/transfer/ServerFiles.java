package dev.permafrost.store.transfer;

import dev.permafrost.store.blob.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The distribution that goes with a bundle: launcher, jars, natives, so that a host with a Java runtime can start from the disk. */
final class ServerFiles {
    private static final List<String> FOLDERS = List.of("bin", "lib", "config");
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path home;

    ServerFiles(Path home) {
        this.home = home;
    }

    /** Its files, as pieces of the first volume. Blocks. */
    List<Piece> pieces(Volumes volumes) {
        List<Piece> pieces = new ArrayList<>();
        for (String folder : FOLDERS) {
            Path top = home.resolve(folder);
            if (!Files.isDirectory(top)) {
                continue;
            }
            try (Stream<Path> all = Files.walk(top)) {
                for (Path file : all.filter(ServerFiles::isWanted).sorted().toList()) {
                    String path = PieceKind.SERVER.path(1)
                            + home.relativize(file).toString().replace('\\', '/');
                    long size = Files.size(file);
                    pieces.add(new Piece(PieceKind.SERVER, path, volumes.place(path, size), size, sha256(file), 0));
                }
            } catch (IOException e) {
                throw Failures.of("reading", top, e);
            }
        }
        return pieces;
    }

    /** Archives of classes are of one Java alone, and are made again. */
    private static boolean isWanted(Path file) {
        return Files.isRegularFile(file)
                && !file.toString().toLowerCase(Locale.ROOT).endsWith(".jsa");
    }

    private static String sha256(Path file) throws IOException {
        MessageDigest sum = Sha256.start();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), sum)) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(sum.digest());
    }

    /** Writes one of them. Blocks. */
    void write(Piece piece, PieceTarget target) throws IOException {
        Path file = home.resolve(piece.path().substring(PieceKind.SERVER.path(1).length()));
        try (InputStream in = Files.newInputStream(file);
                PieceTarget.Output out = target.begin(piece)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(ByteBuffer.wrap(buffer, 0, n));
            }
            out.finish();
        }
    }
}
