package dev.permafrost.store.transfer;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A bundle in folders: its volumes, in any order, as far as they are at hand. */
final class FolderSource implements PieceSource {
    static final int MANIFEST_BYTES_MAX = 32 << 20;
    private static final int SIGNATURE_BYTES_MAX = 64 << 10;

    private final List<Path> volumes;
    private final byte[] manifest;
    private final byte[] signature;

    private FolderSource(List<Path> volumes, byte[] manifest, byte[] signature) {
        this.volumes = List.copyOf(volumes);
        this.manifest = manifest;
        this.signature = signature;
    }

    /**
     * The bundle whose volumes lie in these folders, or in folders in them. Blocks.
     *
     * @throws StoreException STORE_MISSING if there is none in one of them; BAD_REQUEST if they are of several bundles
     */
    static FolderSource of(List<Path> folders) {
        List<Path> volumes = new ArrayList<>();
        byte[] manifest = null;
        byte[] signature = null;
        for (Path folder : folders) {
            for (Path volume : volumesOf(folder)) {
                byte[] own = read(volume.resolve(BundleManifest.FILE_NAME), MANIFEST_BYTES_MAX);
                byte[] signed = read(volume.resolve(BundleManifest.SIGNATURE_NAME), SIGNATURE_BYTES_MAX);
                if (manifest != null && (!Arrays.equals(manifest, own) || !Arrays.equals(signature, signed))) {
                    throw new StoreException(
                            FailureKind.BAD_REQUEST,
                            volumes.get(0) + " and " + volume
                                    + " are not of the same bundle, or one of them is damaged;"
                                    + " give --from for the volumes of one bundle alone");
                }
                manifest = own;
                signature = signed;
                volumes.add(volume);
            }
        }
        if (manifest == null || signature == null) {
            throw new StoreException(FailureKind.BAD_REQUEST, "no folder with a bundle is given; give --from DIR");
        }
        return new FolderSource(volumes, manifest, signature);
    }

    private static List<Path> volumesOf(Path folder) {
        if (Files.isRegularFile(folder.resolve(BundleManifest.FILE_NAME))) {
            return List.of(folder);
        }
        if (Files.isDirectory(folder)) {
            try (Stream<Path> below = Files.list(folder)) {
                List<Path> volumes = below.filter(path -> Files.isRegularFile(path.resolve(BundleManifest.FILE_NAME)))
                        .sorted()
                        .toList();
                if (!volumes.isEmpty()) {
                    return volumes;
                }
            } catch (IOException e) {
                throw Failures.of("listing", folder, e);
            }
        }
        throw new StoreException(
                FailureKind.STORE_MISSING,
                "there is no bundle in " + folder + ": no " + BundleManifest.FILE_NAME
                        + ", there or one folder deeper; is the disk mounted, and was the export complete?");
    }

    private static byte[] read(Path file, int bytesMax) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(bytesMax + 1);
            if (content.length > bytesMax) {
                throw new StoreException(
                        FailureKind.STORE_CORRUPT,
                        file + " has more than " + bytesMax + " bytes, and can't be a bundle's");
            }
            return content;
        } catch (java.nio.file.NoSuchFileException e) {
            throw new StoreException(
                    FailureKind.STORE_MISSING,
                    "there is no " + file + ": the export was cut short, or not all of it was copied; export it again,"
                            + " or copy it again",
                    e);
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    @Override
    public byte[] manifest() {
        return manifest;
    }

    @Override
    public byte[] signature() {
        return signature;
    }

    /** Where a file lies; null where it is not at hand. STORE_CORRUPT if it has another size than it should. */
    @Nullable Path find(Piece piece) throws IOException {
        for (Path volume : volumes) {
            Path file = volume.resolve(piece.path());
            if (Files.isRegularFile(file)) {
                long size = Files.size(file);
                if (size != piece.bytes()) {
                    throw new StoreException(
                            FailureKind.STORE_CORRUPT,
                            file + " has " + size + " bytes, and should have " + piece.bytes()
                                    + (size < piece.bytes() ? ": it was cut short; copy it again" : "; copy it again"));
                }
                return file;
            }
        }
        return null;
    }

    @Override
    public boolean has(Piece piece) throws IOException {
        return find(piece) != null;
    }

    @Override
    public @Nullable InputStream open(Piece piece) throws IOException {
        Path file = find(piece);
        return file == null ? null : new FileStream(file);
    }

    @Override
    public String where(Piece piece) {
        return volumes.stream()
                .map(volume -> volume.resolve(piece.path()))
                .filter(Files::exists)
                .findFirst()
                .map(Path::toString)
                .orElse(piece.path());
    }

    @Override
    public void close() {}
}
