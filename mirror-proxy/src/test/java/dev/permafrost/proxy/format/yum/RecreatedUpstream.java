package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.YumRepositories;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An upstream whose repository is made anew, file by file, while a client of librepo's shape reads it through a mirror: {@code repomd.xml},
 * its signature, and all that it names, each checked.
 */
final class RecreatedUpstream {
    private static final String AT = "/el/";
    private static final int PAUSE_MILLIS_MAX = 200;
    private static final int REST_MILLIS_MAX = 250;

    private final boolean simple;
    private final boolean signed;
    private final Random random;
    private final Random pauses;
    private final List<String> faults = Collections.synchronizedList(new ArrayList<>());
    private final Set<String> generations = Collections.synchronizedSet(new HashSet<>());

    RecreatedUpstream(boolean simple, boolean signed, long seed) {
        this.simple = simple;
        this.signed = signed;
        this.random = new Random(seed);
        this.pauses = new Random(seed + 1);
    }

    /** How many generations clients have been given. */
    int generations() {
        return generations.size();
    }

    /** Reads so often, and tells what a client has found wrong. */
    List<String> read(int times, Path data) throws InterruptedException {
        return read(1, times, data);
    }

    /** Has so many clients read so often each, and tells what they have found wrong. */
    List<String> read(int clients, int times, Path data) throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            tree(0).at(upstream, AT);
            try (RunningMirror mirror = RunningMirror.in(data)
                    .beside(YumRepositories.from(upstream, AT))
                    .failureTtl(Duration.ZERO)
                    .absentTtl(Duration.ZERO)
                    .behind(List.of("127.0.0.0/8"), "")
                    .start()) {
                // the first contact is passed on as it comes
                while (!String.valueOf(mirror.get("/yum/" + Repodata.REPOMD).header("Cache-Status"))
                        .contains("304")) {
                    Thread.sleep(5);
                }
                Thread maker = new Thread(() -> recreate(upstream, over));
                // generations are replaced when somebody asks, so others must ask meanwhile
                Thread others = new Thread(() -> ask(mirror, over));
                maker.start();
                others.start();
                try {
                    List<Thread> readers = new ArrayList<>();
                    for (int client = 0; client < clients; client++) {
                        // each of an address of its own, by which it is known
                        String from = "X-Forwarded-For: 198.51.100." + client;
                        readers.add(new Thread(() -> read(mirror, from, times)));
                    }
                    readers.forEach(Thread::start);
                    for (Thread reader : readers) {
                        reader.join();
                    }
                } finally {
                    over.set(true);
                    maker.join();
                    others.join();
                }
            }
        }
        return faults;
    }

    private RpmTree tree(int revision) {
        RpmTree tree = new RpmTree()
                .revision(Integer.toString(revision))
                .naming("group", RpmTree.bytes("groups of " + revision))
                .with("a-" + revision + ".rpm", RpmTree.bytes("package " + revision));
        if (simple) {
            tree.simpleNames();
        }
        return signed ? tree.signed() : tree;
    }

    private void recreate(ScriptedUpstream upstream, AtomicBoolean over) {
        for (int revision = 1; !over.get(); revision++) {
            tree(revision).at(upstream, AT);
            try {
                Thread.sleep(1 + random.nextInt(REST_MILLIS_MAX));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private int pause() {
        synchronized (pauses) {
            return pauses.nextInt(PAUSE_MILLIS_MAX);
        }
    }

    private static void ask(RunningMirror mirror, AtomicBoolean over) {
        while (!over.get()) {
            mirror.get("/yum/" + Repodata.REPOMD, "X-Forwarded-For: 192.0.2.1");
        }
    }

    private void read(RunningMirror mirror, String from, int times) {
        try {
            for (int i = 0; i < times; i++) {
                readOnce(mirror, from, i);
            }
        } catch (InterruptedException | RuntimeException | AssertionError e) {
            faults.add(from + ": " + e);
        }
    }

    private void readOnce(RunningMirror mirror, String from, int time) throws InterruptedException {
        RawHttp.Response first = mirror.get("/yum/" + Repodata.REPOMD, from);
        if (first.status() != 200) {
            faults.add(time + ": " + first.status() + " " + first.body().text());
            return;
        }
        byte[] document = first.body().bytes();
        generations.add(RpmTree.sha256(document));
        // so long that upstream, and the mirror, may have gone on
        Thread.sleep(pause());
        if (signed) {
            RawHttp.Response signature = mirror.get("/yum/" + Repodata.REPOMD + ".asc", from);
            if (!signature.body().text().equals("signature of " + RpmTree.sha256(document))) {
                faults.add(time + ": the signature is of another one");
            }
        }
        for (Repomd.Data data : Repomd.read(document, "it").records()) {
            RawHttp.Response file = mirror.get("/yum/" + data.location().href(), from);
            if (file.status() != 200
                    || !RpmTree.sha256(file.body().bytes())
                            .equals(data.checksum().hex())) {
                faults.add(time + ": " + data.location().href() + ": " + file.status());
            }
        }
    }
}
