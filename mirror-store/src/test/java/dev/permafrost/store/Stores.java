package dev.permafrost.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;

/** What most tests do with a store. */
final class Stores {
    private Stores() {}

    static MirrorStore open(Path root) {
        return MirrorStore.open(MirrorStore.Options.of(root));
    }

    static MirrorStore open(Path root, FileOps ops) {
        return MirrorStore.open(MirrorStore.Options.of(root).withOps(ops));
    }

    static ArtifactKey key(String name) {
        return new ArtifactKey("pypi", name);
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    static Entry put(MirrorStore store, String name, String content) {
        return put(store, name, content.getBytes(UTF_8), Expectation.NOTHING);
    }

    static Entry put(MirrorStore store, String name, byte[] content, Expectation expectation) {
        Incoming incoming = store.begin(key(name), expectation.algorithms());
        try {
            incoming.staged().write(ByteBuffer.wrap(content));
            return incoming.commit(expectation, "http://upstream/" + name);
        } finally {
            incoming.discard();
        }
    }

    static String text(MirrorStore store, String name) {
        return new String(
                StoreInvariants.read(store, store.view().lookup(key(name)).orElseThrow()), UTF_8);
    }

    static byte[] random(long seed, int bytesMax) {
        Random random = new Random(seed);
        byte[] content = new byte[random.nextInt(bytesMax + 1)];
        random.nextBytes(content);
        return content;
    }
}
