package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.MirrorStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** An upstream with a repository of RPMs, a store, and {@code permafrost sync yum} from the one into the other. */
abstract class SyncedUpstream {
    static final String AT = "/el/7/";

    @TempDir
    Path folder = Path.of("");

    final ScriptedUpstream upstream = ScriptedUpstream.start();
    final StringWriter out = new StringWriter();
    final StringWriter err = new StringWriter();

    @AfterEach
    void stopUpstream() {
        upstream.close();
    }

    static RpmTree tree(String revision) {
        return new RpmTree()
                .revision(revision)
                .with("p/a-1-1.noarch.rpm", RpmTree.bytes("package a"))
                .with("p/b-2-1.noarch.rpm", RpmTree.bytes("package b"))
                .with("q/c++-3-1.noarch.rpm", RpmTree.bytes("package c++"));
    }

    Path data() {
        return folder.resolve("data");
    }

    Path config(String text) {
        try {
            return Files.writeString(folder.resolve("permafrost.yaml"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Syncs the repository called yum; the status. */
    int sync(String... words) {
        return run(config(), "yum", words);
    }

    /** One repository, called yum. */
    Path config() {
        return config("{data: data, repositories: {yum: {format: yum, upstream: '" + upstream.url(AT) + "'}}}");
    }

    int run(Path config, String format, String... words) {
        List<String> all = new ArrayList<>(List.of("sync", format));
        all.addAll(List.of(words));
        return command(config, all);
    }

    int command(Path config, List<String> words) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of("--config", config.toString()));
        return Main.line()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    String told() {
        return "out:\n" + out + "err:\n" + err;
    }

    /** The packages that the store has. */
    List<String> held() {
        TreeSet<String> paths = new TreeSet<>();
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data()))) {
            store.view().catalog().entries("yum", "", (key, entry) -> {
                if (key.key().endsWith(".rpm")) {
                    paths.add(key.key());
                }
            });
        }
        return List.copyOf(paths);
    }

    /** A server that is never told of upstream. */
    RunningMirror offline() {
        return RunningMirror.in(data())
                .beside(YumRepositories.from(upstream, AT))
                .offline()
                .start();
    }

    static void assertServes(RunningMirror mirror, RpmTree tree) {
        tree.files().forEach((path, bytes) -> {
            RawHttp.Response response = mirror.get("/yum/" + path.replace("+", "%2B"));
            assertThat(response.status()).as(path).isEqualTo(200);
            assertThat(response.body().bytes()).as(path).isEqualTo(bytes);
        });
    }
}
