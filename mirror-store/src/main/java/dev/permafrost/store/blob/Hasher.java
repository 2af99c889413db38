package dev.permafrost.store.blob;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.crypto.digests.Blake2bDigest;

/** Computes several digests over one pass of the bytes. One thread at a time. */
final class Hasher {
    private static final int COPY_BYTES = 8192;

    private final List<MessageDigest> jdkDigests = new ArrayList<>();
    private final List<Algorithm> jdkAlgorithms = new ArrayList<>();
    private final Blake2bDigest blake2b = new Blake2bDigest(256);
    private final boolean withBlake2b;

    Hasher(Set<Algorithm> wanted) {
        Set<Algorithm> all = EnumSet.of(Algorithm.SHA256);
        all.addAll(wanted);
        withBlake2b = all.remove(Algorithm.BLAKE2B_256);
        for (Algorithm algorithm : all) {
            jdkAlgorithms.add(algorithm);
            jdkDigests.add(jdkDigest(algorithm));
        }
    }

    /** Takes the buffer's remaining bytes in; its position is left as it was. */
    void update(ByteBuffer bytes) {
        for (MessageDigest digest : jdkDigests) {
            digest.update(bytes.duplicate());
        }
        if (withBlake2b) {
            updateBlake2b(bytes.duplicate());
        }
    }

    private void updateBlake2b(ByteBuffer bytes) {
        if (bytes.hasArray()) {
            blake2b.update(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            return;
        }
        byte[] copy = new byte[Math.min(COPY_BYTES, bytes.remaining())];
        while (bytes.hasRemaining()) {
            int n = Math.min(copy.length, bytes.remaining());
            bytes.get(copy, 0, n);
            blake2b.update(copy, 0, n);
        }
    }

    /** The digests of all that was taken in so far; more may follow. */
    Map<Algorithm, Digest> digests() {
        Map<Algorithm, Digest> result = new EnumMap<>(Algorithm.class);
        for (int i = 0; i < jdkDigests.size(); i++) {
            Algorithm algorithm = jdkAlgorithms.get(i);
            result.put(algorithm, Digest.of(algorithm, digestSoFar(jdkDigests.get(i))));
        }
        if (withBlake2b) {
            byte[] out = new byte[Algorithm.BLAKE2B_256.lengthBytes()];
            new Blake2bDigest(blake2b).doFinal(out, 0);
            result.put(Algorithm.BLAKE2B_256, Digest.of(Algorithm.BLAKE2B_256, out));
        }
        return result;
    }

    private static byte[] digestSoFar(MessageDigest digest) {
        try {
            return ((MessageDigest) digest.clone()).digest();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's " + digest.getAlgorithm() + " can be cloned", e);
        }
    }

    private static MessageDigest jdkDigest(Algorithm algorithm) {
        try {
            return MessageDigest.getInstance(algorithm.jcaName());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm.jcaName(), e);
        }
    }
}
