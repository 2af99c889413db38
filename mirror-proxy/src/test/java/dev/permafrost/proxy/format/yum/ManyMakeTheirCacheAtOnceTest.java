package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Hundreds of hosts that read the metadata of a repository at the same moment, which nobody has asked for before. */
final class ManyMakeTheirCacheAtOnceTest extends MirroredRpms {
    private static final int CLIENTS = 300;

    @Test
    void allGetTheWholeOfItAndUpstreamIsAskedForEachFileOnce() throws InterruptedException {
        RpmTree tree = new RpmTree()
                .naming("group", RpmTree.bytes("groups"))
                .with("a.rpm", RpmTree.bytes("a"))
                .at(upstream, AT);
        Map<String, byte[]> metadata = tree.metadata();
        List<String> faults = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch ready = new CountDownLatch(CLIENTS);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new Thread(() -> {
                ready.countDown();
                try {
                    ready.await();
                    makecache(metadata, faults);
                } catch (InterruptedException | RuntimeException | AssertionError e) {
                    faults.add(e.toString());
                }
            }));
        }
        clients.forEach(Thread::start);
        for (Thread client : clients) {
            client.join();
        }
        assertThat(faults).isEmpty();
        metadata.keySet().stream()
                .filter(path -> !path.equals(REPOMD))
                .forEach(path -> assertThat(upstream.count(AT + path)).as(path).isEqualTo(1));
    }

    private void makecache(Map<String, byte[]> metadata, List<String> faults) {
        byte[] document = get(REPOMD).body().bytes();
        for (Repomd.Data data : Repomd.read(document, "it").records()) {
            String href = data.location().href();
            RawHttp.Response file = get(href);
            if (file.status() != 200
                    || !Arrays.equals(metadata.get(href), file.body().bytes())) {
                faults.add(href + ": " + file.status());
            }
        }
    }
}
