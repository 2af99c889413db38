package dev.permafrost.proxy.admin;

import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Sealing;
import dev.permafrost.proxy.repo.Standstill;
import dev.permafrost.proxy.wishes.WishList;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.SnapshotCopy;
import dev.permafrost.store.snapshot.SnapshotDraft;
import dev.permafrost.store.snapshot.SnapshotScope;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Seals a snapshot, and proves what is in it before it has a name: a snapshot that is not what was required is given up, and the store is as
 * before.
 *
 * <p>Arguments: {@code name} (the time where absent); {@code repositories}, one a line (all where absent); {@code verify}, to read every blob;
 * {@code require-complete} and {@code require-verified}; {@code to}, a folder to write a copy to.
 *
 * <p>Result: {@code name}, {@code created-at}, {@code entries}, {@code blobs}, {@code blob-bytes}, {@code unproved}; {@code sealed}, lines that
 * tell what metadata lists; {@code proof} (see {@link FreezeProof}); {@code phases}, each {@code phase} and {@code seconds}; {@code refused}, why
 * nothing was sealed, or else {@code path}; and with {@code to} also {@code to} and {@code method}.
 */
final class FreezeVerb implements Verb {
    private static final DateTimeFormatter DEFAULT_NAME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String PROOF_FILE = "proof.json";

    private final MirrorStore store;
    private final Map<String, Hosting> hosting;
    private final List<Sealing> sealings;
    private final Standstill standstill;
    private final WishList wishes;

    FreezeVerb(
            MirrorStore store,
            Map<String, Hosting> hosting,
            List<Sealing> sealings,
            Standstill standstill,
            WishList wishes) {
        this.store = store;
        this.hosting = Map.copyOf(hosting);
        this.sealings = List.copyOf(sealings);
        this.standstill = standstill;
        this.wishes = wishes;
    }

    @Override
    public Map<String, Object> run(Map<String, String> arguments, ProgressSink progress) {
        SnapshotId id = new SnapshotId(arguments.getOrDefault(
                "name", DEFAULT_NAME.format(Clock.systemUTC().instant())));
        String to = arguments.get("to");
        if (to != null && !Path.of(to).isAbsolute()) {
            throw new StoreException(FailureKind.BAD_REQUEST, "--to must be an absolute path here, not " + to);
        }
        Set<String> repositories = repositories(arguments.get("repositories"));
        Phases phases = new Phases(id, progress);
        List<String> sealed = new ArrayList<>();
        phases.begin("metadata");
        hosting.values().forEach(Hosting::complete);
        Map<String, Object> result = new LinkedHashMap<>();
        try (SnapshotDraft draft = standstill.during(() -> {
            sealings.forEach(sealing ->
                    sealed.addAll(sealing.seal(name -> repositories.isEmpty() || repositories.contains(name))));
            return store.draft(
                    id,
                    repositories.isEmpty()
                            ? SnapshotScope.all(phases)
                            : SnapshotScope.of(repositories::contains, phases));
        })) {
            result.putAll(SnapshotVerbs.describe(draft.manifest()));
            result.put("sealed", sealed);
            FreezeProof proof = prove(draft, arguments, repositories, phases);
            result.put("proof", proof.told());
            String refused = refusal(proof, arguments);
            if (refused != null) {
                result.put("refused", refused);
                result.put("phases", phases.told());
                return result;
            }
            phases.begin("name");
            draft.put(PROOF_FILE, proof.json());
            draft.commit();
        }
        phases.end();
        result.put("path", store.root().resolve("snapshots").resolve(id.name()).toString());
        if (to != null) {
            copy(id, to, phases, result);
        }
        result.put("phases", phases.told());
        return result;
    }

    /** Those that are meant, all of which have something in the store; none for all. */
    private Set<String> repositories(@Nullable String lines) {
        Set<String> wanted = new LinkedHashSet<>();
        if (lines != null) {
            lines.lines().filter(line -> !line.isBlank()).forEach(wanted::add);
        }
        if (!wanted.isEmpty()) {
            Set<String> known = new TreeSet<>(store.view().catalog().repositories());
            wanted.stream().filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        "the store has nothing of a repository '" + name + "'; it has something of: "
                                + (known.isEmpty() ? "none" : String.join(", ", known))
                                + ". Of one that is made of others, name these");
            });
        }
        return wanted;
    }

    private FreezeProof prove(
            SnapshotDraft draft, Map<String, String> arguments, Set<String> repositories, Phases phases) {
        boolean reads = arguments.containsKey("verify") || arguments.containsKey("require-verified");
        View view = store.view(draft);
        try {
            phases.begin(reads ? "proof by reading" : "proof");
            FreezeProof proof = new FreezeProof(draft.manifest());
            proof.blobs(
                    store.prove(
                            draft,
                            reads,
                            done -> phases.done(done, draft.manifest().blobs())),
                    view);
            phases.begin("proof of metadata");
            sealings.forEach(sealing -> proof.repositories(sealing.prove(view)));
            proof.wishes(wishes, repositories);
            return proof;
        } finally {
            view.release();
        }
    }

    private static @Nullable String refusal(FreezeProof proof, Map<String, String> arguments) {
        if (arguments.containsKey("require-complete") && !proof.isComplete()) {
            return "the snapshot would not be complete, which --require-complete asks for";
        }
        if (arguments.containsKey("require-verified") && !proof.isVerified()) {
            return "not everything in the snapshot is sound, which --require-verified asks for";
        }
        return null;
    }

    private void copy(SnapshotId id, String to, Phases phases, Map<String, Object> result) {
        long blobs = store.snapshots().manifest(id).blobs();
        phases.begin("copy");
        SnapshotCopy.Method method = store.copySnapshot(id, Path.of(to), done -> phases.done(done, blobs));
        phases.end();
        result.put("to", to);
        result.put("method", method.name().toLowerCase(Locale.ROOT).replace('_', ' '));
    }

    /** What is being done, and how long it took. */
    private static final class Phases implements SnapshotScope.Phases {
        /** A power of two. */
        private static final long TELL_EVERY = 1024;

        private final SnapshotId id;
        private final ProgressSink progress;
        private final List<Object> told = new ArrayList<>();
        private String phase = "";
        private long beganNanos;

        Phases(SnapshotId id, ProgressSink progress) {
            this.id = id;
            this.progress = progress;
        }

        @Override
        public void begin(String next) {
            end();
            phase = next;
            beganNanos = System.nanoTime();
            tell(0, 0);
        }

        void done(long done, long total) {
            if ((done & (TELL_EVERY - 1)) == 0 || done == total) {
                tell(done, total);
            }
        }

        private void tell(long done, long total) {
            progress.progress("sealing " + id + ": " + phase, done, total);
        }

        void end() {
            if (!phase.isEmpty()) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("phase", phase);
                one.put("seconds", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos) / 1000.0);
                told.add(one);
                phase = "";
            }
        }

        List<Object> told() {
            end();
            return told;
        }
    }
}
