package dev.permafrost.proxy.format.yum.createrepo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.cli.Main;
import dev.permafrost.proxy.format.yum.Repomd;
import dev.permafrost.proxy.testing.CreaterepoC;
import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.store.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Kills {@code createrepo} at any moment of its work, again and again, and looks at what is there. */
final class KilledRuns {
    private static final int PACKAGES = 300;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final int TRIES_MAX = 5;

    private final Path rpms;
    private final Path comps;
    private final Random random;
    private int packages;
    private int killed;

    /** Those with packages in that folder, at moments that follow from a seed. */
    KilledRuns(Path folder, long seed) throws IOException {
        this.rpms = Files.createDirectory(folder.resolve("rpms"));
        this.comps = folder.resolve("comps.xml");
        this.random = new Random(seed);
        for (int i = 0; i < PACKAGES; i++) {
            add();
        }
    }

    /** How many runs were killed before their end. */
    int killed() {
        return killed;
    }

    /** Lets it run so often, and kills it, and lets it run to its end; more often where most of them were over too soon to be killed. */
    void kill(int times) throws IOException, InterruptedException {
        long micros = run(Long.MAX_VALUE);
        assertWhole(Set.of(packages));
        for (int i = 0; i < times || (killed <= times / 3 && i < TRIES_MAX * times); i++) {
            int before = packages;
            add();
            run(random.nextLong(micros));
            assertWhole(Set.of(before, packages));
            // the first has read no file before
            micros = Math.min(micros, run(Long.MAX_VALUE));
            assertWhole(Set.of(packages));
            assertThat(rpms.resolve(".repodata")).doesNotExist();
            assertThat(files()).isEqualTo(named());
        }
    }

    private void add() throws IOException {
        packages++;
        new RpmBuilder("tool" + packages, "1", "1", "noarch")
                .files(List.of(("/usr/bin/tool" + packages).getBytes(UTF_8)), new int[] {0100755}, new int[1])
                .payload(new byte[100_000])
                .write(rpms.resolve("tool" + packages + ".rpm"));
        Files.writeString(comps, "<comps><!-- " + packages + " --></comps>\n");
    }

    /** Runs it, and kills it so much later than it has begun to write; how long it wrote otherwise, in microseconds. */
    private long run(long afterMicros) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "createrepo",
                rpms.toString(),
                "-g",
                comps.toString()));
        if (random.nextBoolean()) {
            command.add("--update");
        }
        try (Subprocess run = Subprocess.command(command).start()) {
            while (run.isAlive() && !Files.exists(rpms.resolve(".repodata"))) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            long start = System.nanoTime();
            while (run.isAlive() && System.nanoTime() - start < TimeUnit.MICROSECONDS.toNanos(afterMicros)) {
                TimeUnit.MICROSECONDS.sleep(100);
            }
            if (run.isAlive()) {
                ProcessHandle.of(run.pid()).ifPresent(ProcessHandle::destroyForcibly);
                Subprocess.Result result = run.await(PATIENCE);
                killed += result.exit() == 0 ? 0 : 1;
                return 0;
            }
            long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start);
            run.await(PATIENCE).orFail();
            return micros;
        }
    }

    /** Whether all that is named is there, and is of one of these numbers of packages. */
    private void assertWhole(Set<Integer> counts) throws IOException {
        for (Repomd.Data record : repomd().records()) {
            Path file = rpms.resolve(record.location().path());
            assertThat(Digest.of(
                            record.checksum().algorithm(),
                            PackageScan.newDigest(record.checksum().algorithm()).digest(Files.readAllBytes(file))))
                    .isEqualTo(record.checksum());
        }
        assertThat(counts).contains(CreaterepoC.read(rpms).size());
    }

    private Repomd repomd() throws IOException {
        return Repomd.read(Files.readAllBytes(rpms.resolve("repodata/repomd.xml")), "the metadata");
    }

    private Set<String> named() throws IOException {
        Set<String> named = new TreeSet<>(Set.of("repodata/repomd.xml"));
        repomd().records().forEach(record -> named.add(record.location().path()));
        return named;
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> files = Files.list(rpms.resolve("repodata"))) {
            Set<String> names = new TreeSet<>();
            files.forEach(file -> names.add("repodata/" + file.getFileName()));
            return names;
        }
    }
}
