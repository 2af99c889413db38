package dev.permafrost.store.transfer;

/**
 * A file of a bundle.
 *
 * @param path where it lies below its volume, with slashes
 * @param volume on which volume it is, from 1 on
 * @param bytes its size
 * @param sha256 its SHA-256 in hexadecimal; empty for packs, whose blobs are proved one by one
 * @param head for packs, how many bytes come before the first blob that begins there
 */
record Piece(PieceKind kind, String path, int volume, long bytes, String sha256, long head) {}
