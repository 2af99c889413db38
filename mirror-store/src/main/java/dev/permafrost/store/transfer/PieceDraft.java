package dev.permafrost.store.transfer;

import dev.permafrost.store.blob.Failures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Writes pieces that fit into memory as they come, and remembers them for the manifest. Blocks. */
final class PieceDraft {
    private final PieceTarget target;
    private final Volumes volumes;
    private final List<Piece> pieces = new ArrayList<>();
    private final Map<PieceKind, Integer> numbers = new EnumMap<>(PieceKind.class);

    PieceDraft(PieceTarget target, Volumes volumes) {
        this.target = target;
        this.volumes = volumes;
    }

    /** Writes what is in a buffer up to its position, if anything, and clears it. */
    void add(PieceKind kind, ByteBuffer filled) {
        byte[] content = new byte[filled.flip().remaining()];
        filled.get(content).clear();
        if (content.length > 0) {
            add(kind, content);
        }
    }

    /** Writes a piece. */
    void add(PieceKind kind, byte[] content) {
        String path = kind.path(numbers.merge(kind, 1, Integer::sum));
        Piece piece = new Piece(kind, path, volumes.place(path, content.length), content.length, Sha256.of(content), 0);
        try (PieceTarget.Output out = target.begin(piece)) {
            out.write(ByteBuffer.wrap(content));
            out.finish();
        } catch (IOException e) {
            throw Failures.of("writing", Path.of(path), e);
        }
        pieces.add(piece);
    }

    /** What has been written. */
    List<Piece> pieces() {
        return List.copyOf(pieces);
    }
}
