package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job, from the first installation through the mirror to the last one from a copy of it without a network. */
@Tag("journey")
final class JourneyTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(3);

    private final MadeUpIndex made = new MadeUpIndex();

    @TempDir
    Path folder = Path.of("");

    private List<Pips.Pip> pips = List.of();

    @BeforeEach
    void findPips() {
        // The newest first: it asks for sidecar metadata too, so that no later one wants more than it.
        pips = new ArrayList<>(Pips.all());
        Collections.reverse(pips);
        assumeFalse(pips.isEmpty(), "no pip here");
    }

    @Test
    void everyPipInstallsThroughItAndThenFromAFrozenCopyWithoutNetwork() throws Exception {
        Product product = Product.in(folder);
        Path data = folder.resolve("data");
        Path copy = folder.resolve("copy");
        long entries;
        try (Origin origin = Origin.html(made.tree(), folder)) {
            try (Product.Served server = product.connected(data, origin.index())) {
                installWithEveryPip(server, origin);
                entries = theStoreHoldsWhatUpstreamHas(product, data);
                freezeUnderAServer(product, data, copy, entries);
                assertThat(server.stop().exit()).as("exit code after SIGTERM").isEqualTo(143);
            }
        }
        freezeWithoutAServer(product, data, entries);
        serveTheCopyInSeclusion(product, copy);
    }

    @Test
    void thePipInstallsThroughItFromAnIndexInJson() throws Exception {
        Product product = Product.in(folder);
        Path data = folder.resolve("data");
        try (Origin origin = Origin.json(made.tree());
                Product.Served server = product.connected(data, origin.index())) {
            for (Pips.Pip pip : List.of(pips.get(0), pips.get(pips.size() - 1))) {
                install(pip.target(folder.resolve("target-" + pip.pipVersion())), server.index());
            }
            theStoreHoldsWhatUpstreamHas(product, data);
            String page = RawHttp.get(server.port(), "/simple/ice-core-07/", "Accept: " + SimpleIndexTree.JSON)
                    .body()
                    .text();
            IndexFile large = made.tree().file("ice_core_07-2.0-py2.py3-none-any.whl");
            assertThat(page).contains(large.sha256(), "\"size\":" + large.bytes().length, "\"upload-time\":");
        }
    }

    private void installWithEveryPip(Product.Served server, Origin origin) {
        List<String> afterTheFirst = List.of();
        for (Pips.Pip pip : pips) {
            long start = System.nanoTime();
            install(
                    pip.target(folder.resolve("connected-" + pip.pythonVersion() + "-" + pip.pipVersion())),
                    server.index());
            System.out.printf("%s: %.1f s%n", pip, (System.nanoTime() - start) / 1e9);
            if (afterTheFirst.isEmpty()) {
                afterTheFirst = origin.filesAsked();
            }
        }
        assertThat(origin.filesAsked())
                .as("files that upstream was asked for, the first pip's and all")
                .isEqualTo(afterTheFirst)
                .doesNotHaveDuplicates();
    }

    private void install(Pips.Environment environment, String index, String... more) {
        List<String> arguments = new ArrayList<>(List.of(made.asked()));
        arguments.addAll(List.of(more));
        environment.install(index, TIMEOUT, arguments.toArray(String[]::new)).orFail();
        assertThat(environment.python(TIMEOUT, MadeUpIndex.importAll()).orFail().out())
                .isEqualTo(MadeUpIndex.imported());
    }

    /** Compares the blobs with upstream's wheels and their metadata, and the counts with them; the number of entries. */
    private long theStoreHoldsWhatUpstreamHas(Product product, Path data) throws Exception {
        Set<String> wanted =
                made.wanted().values().stream().map(IndexFile::sha256).collect(Collectors.toSet());
        List<String> blobs = Folders.blobs(data);
        assertThat(new TreeSet<>(blobs)).isEqualTo(union(wanted, made.sidecars()));
        assertThat(Folders.staged(data)).isEmpty();

        JsonNode status = product.status(data);
        long entries = status.path("entries").longValue();
        assertThat(entries).isEqualTo(2L * made.wanted().size());
        assertThat(status.path("verified").path("digest").longValue()).isEqualTo(entries);
        assertThat(status.path("blobs").longValue()).isEqualTo(blobs.size());
        assertThat(status.path("suspended").longValue()).isZero();
        assertThat(product.run("status", "--data", data.toString()).orFail().out())
                .contains("Holds      " + entries + " files, " + blobs.size() + " distinct");
        return entries;
    }

    private static void freezeUnderAServer(Product product, Path data, Path copy, long entries) throws Exception {
        Subprocess.Result frozen = product.run(
                        "freeze", "--name", "first", "--to", copy.toString(), "--data", data.toString())
                .orFail();
        assertThat(frozen.out())
                .contains("Frozen: snapshot 'first', " + entries + " files")
                .contains("permafrost serve --data " + copy);
        theNameIsTaken(product, data);
        assertThat(Folders.blobs(copy)).isEqualTo(Folders.blobs(data));
    }

    private static void freezeWithoutAServer(Product product, Path data, long entries) throws Exception {
        theNameIsTaken(product, data);
        assertThat(product.run("freeze", "--name", "second", "--data", data.toString())
                        .orFail()
                        .out())
                .contains("Frozen: snapshot 'second', " + entries + " files");
        JsonNode status = product.status(data);
        assertThat(status.path("current").textValue()).isEqualTo("second");
        assertThat(status.path("snapshots").findValuesAsText("name")).containsExactly("first", "second");
    }

    private static void theNameIsTaken(Product product, Path data) {
        Subprocess.Result again = product.run("freeze", "--name", "first", "--data", data.toString());
        assertThat(again.exit()).isEqualTo(1);
        assertThat(again.out()).isEmpty();
        assertThat(again.err()).contains("'first'").hasLineCount(1);
    }

    private void serveTheCopyInSeclusion(Product product, Path copy) throws Exception {
        Seclusion seclusion = Seclusion.of(copy, folder);
        Map<String, String> before = Folders.picture(copy);
        String state = folder.resolve("state").toString();
        try (Product.Served server =
                product.serve(seclusion.prefix(), "--data", seclusion.store().toString(), "--set", "state=" + state)) {
            List<String> beside = seclusion.beside(server.process());
            Pips.Pip newest = pips.get(0);
            Pips.Environment venv = newest.environment(folder.resolve("venv")).startedBy(beside);
            install(venv, server.index());
            Pips.Pip oldest = pips.get(pips.size() - 1);
            install(oldest.target(folder.resolve("offline")).startedBy(beside), server.index());

            for (Pips.Pip pip : List.of(newest, oldest)) {
                Subprocess.Result missing = pip.target(folder.resolve("missing"))
                        .startedBy(beside)
                        .install(server.index(), TIMEOUT, "no-such-thing");
                assertThat(missing.exit()).isEqualTo(1);
                assertThat(missing.err()).contains("No matching distribution found for no-such-thing");
            }
            // A file that upstream has and the copy has not is not even listed.
            Subprocess.Result notHeld = newest.target(folder.resolve("not-held"))
                    .startedBy(beside)
                    .install(server.index(), TIMEOUT, "ice-core-07==" + MadeUpIndex.NOT_WANTED);
            assertThat(notHeld.exit()).isEqualTo(1);
            assertThat(notHeld.err()).contains("from versions: " + MadeUpIndex.WANTED + ")");
            String[] there = {"--data", copy.toString(), "--set", "state=" + state};
            assertThat(product.run(with("wishes", "list", there)).orFail().out())
                    .contains("  pypi:no-such-thing");
            assertThat(product.run(with("status", "--json", there)).orFail().out())
                    .contains("\"pypi:no-such-thing\"");
            assertThat(server.stop().exit()).isEqualTo(143);
        }
        assertThat(Folders.picture(copy)).as("the copy, after it was served").isEqualTo(before);
        assertThat(seclusion.outward()).as("outward connections").isEmpty();
    }

    /** Offline, from a store that it may write to, and killed: no connection is tried, and what was asked for in vain is kept. */
    @Test
    void anOfflineServerTriesNoConnectionAndKeepsWhatItLacked() throws Exception {
        Product product = Product.in(folder);
        Path data = folder.resolve("data");
        Pips.Pip pip = pips.get(0);
        try (Origin origin = Origin.html(made.tree(), folder);
                Product.Served server = product.connected(data, origin.index())) {
            install(pip.target(folder.resolve("connected")), server.index());
            assertThat(server.stop().exit()).isEqualTo(143);
        }
        Seclusion seclusion = Seclusion.withoutNetwork(folder);
        try (Product.Served server =
                product.serve(seclusion.prefix(), "--data", data.toString(), "--set", "offline=true")) {
            List<String> beside = seclusion.beside(server.process());
            install(pip.target(folder.resolve("offline")).startedBy(beside), server.index());
            assertThat(pip.target(folder.resolve("missing"))
                            .startedBy(beside)
                            .install(server.index(), TIMEOUT, "no-such-thing")
                            .exit())
                    .isEqualTo(1);
            Eventually.is(TIMEOUT, "the wish is written", () -> says(data.resolve("wishes.json"), "no-such-thing"));
            server.kill();
        }
        assertThat(seclusion.outward()).as("outward connections").isEmpty();
        assertThat(product.run("wishes", "list", "--data", data.toString())
                        .orFail()
                        .out())
                .contains("  pypi:no-such-thing");
    }

    private static boolean says(Path file, String text) {
        try {
            return Files.exists(file) && Files.readString(file).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String[] with(String verb, String option, String... more) {
        List<String> all = new ArrayList<>(List.of(verb, option));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static Set<String> union(Set<String> a, Set<String> b) {
        Set<String> both = new HashSet<>(a);
        both.addAll(b);
        return both;
    }
}
