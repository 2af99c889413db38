package dev.permafrost.proxy.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.repo.RepositoryProof;
import dev.permafrost.proxy.wishes.Wish;
import dev.permafrost.proxy.wishes.WishList;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.snapshot.BlobProof;
import dev.permafrost.store.snapshot.SnapshotManifest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a snapshot was found to be before it had its name. As values: {@code format} (1), {@code snapshot}, {@code created-at}; {@code complete}:
 * everything that it lists is there, and nothing is wanting of what it should have; {@code verified}: every blob was read, and has the bytes that
 * its name says; {@code unproved}; {@code blobs}: {@code blobs}, {@code missing}, {@code other-size}, {@code damaged}, {@code read}, and {@code
 * faults}, each {@code blob}, {@code what} and {@code names}; {@code repositories} (see {@link RepositoryProof#told}); {@code asked-in-vain}, each
 * {@code what}, {@code times} and {@code command}.
 */
final class FreezeProof {
    private static final int FORMAT = 1;
    private static final int NAMES_MAX = 10;

    private final SnapshotManifest manifest;
    private final Map<String, Object> blobs = new LinkedHashMap<>();
    private final List<RepositoryProof> repositories = new ArrayList<>();
    private final List<Object> inVain = new ArrayList<>();
    private boolean sound;
    private boolean read;

    FreezeProof(SnapshotManifest manifest) {
        this.manifest = manifest;
    }

    /** What became of the blobs; names those entries that have none, or a bad one. */
    void blobs(BlobProof proof, View sealed) {
        sound = proof.isSound();
        read = proof.isVerified();
        blobs.put("blobs", proof.blobs());
        blobs.put("missing", proof.missing());
        blobs.put("other-size", proof.otherSize());
        blobs.put("damaged", proof.damaged());
        blobs.put("read", read);
        List<Object> faults = new ArrayList<>();
        Map<Digest, List<String>> names = new HashMap<>();
        for (BlobProof.Fault fault : proof.faults()) {
            List<String> called = new ArrayList<>();
            names.put(fault.blob(), called);
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("blob", fault.blob().hex());
            one.put("what", fault.what());
            one.put("names", called);
            faults.add(one);
        }
        if (!names.isEmpty()) {
            sealed.catalog().entries((key, entry) -> {
                List<String> called = names.get(entry.digest());
                if (called != null && called.size() < NAMES_MAX) {
                    called.add(key.repository() + ":" + key.key());
                }
            });
        }
        blobs.put("faults", faults);
    }

    /** What formats have found. */
    void repositories(List<RepositoryProof> found) {
        repositories.addAll(found);
    }

    /** What clients asked for and did not get, of these repositories, or, without any, of all. */
    void wishes(WishList wishes, Set<String> of) {
        for (Wish wish : wishes.all()) {
            String repository = wish.repository();
            if (of.isEmpty() || of.contains(repository)) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("what", wish.title());
                one.put("times", wish.times());
                one.put("command", command(repository, wish.what()));
                inVain.add(one);
            }
        }
    }

    /** What has a connected server fetch it. */
    private static String command(String repository, String what) {
        String server = "http://127.0.0.1:8080/" + repository + "/";
        return what.indexOf('/') >= 0 || what.indexOf('.') >= 0
                ? "curl -fsSo /dev/null " + server + what
                : "pip download --no-deps --index-url " + server + "simple/ " + what;
    }

    boolean isComplete() {
        return sound && inVain.isEmpty() && repositories.stream().allMatch(RepositoryProof::isComplete);
    }

    boolean isVerified() {
        return sound && read;
    }

    Map<String, Object> told() {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("format", FORMAT);
        told.put("snapshot", manifest.id().name());
        told.put("created-at", manifest.createdAt().toString());
        told.put("complete", isComplete());
        told.put("verified", isVerified());
        told.put("unproved", manifest.unproved());
        told.put("blobs", blobs);
        told.put(
                "repositories", repositories.stream().map(RepositoryProof::told).toList());
        told.put("asked-in-vain", inVain);
        return told;
    }

    /** As it lies beside the manifest. */
    byte[] json() {
        return (ControlMessages.pretty(told()) + "\n").getBytes(UTF_8);
    }
}
