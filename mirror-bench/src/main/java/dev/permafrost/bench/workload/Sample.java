package dev.permafrost.bench.workload;

import dev.permafrost.bench.load.Answer;
import dev.permafrost.bench.origin.Artifact;
import dev.permafrost.bench.origin.Catalogue;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** What is asked for: one project's page, and one file of each size. */
enum Sample {
    PAGE("bench-page", 125, 100),
    FILE_1K("bench-1k", 1, 1 << 10),
    FILE_16K("bench-16k", 1, 16 << 10),
    FILE_64K("bench-64k", 1, 64 << 10),
    FILE_1M("bench-1m", 1, 1 << 20),
    FILE_100M("bench-100m", 1, 100_000_000);

    private static final long SEED = 1;

    private final String project;
    private final int files;
    private final long fileBytes;

    Sample(String project, int files, long fileBytes) {
        this.project = project;
        this.files = files;
        this.fileBytes = fileBytes;
    }

    /** The project whose page is asked for. */
    String project() {
        return project;
    }

    /** An upstream that has all of those. */
    static Catalogue catalogue(List<Sample> samples) {
        Catalogue.Builder builder = Catalogue.seeded(SEED);
        samples.forEach(sample -> builder.project(sample.project, sample.files, sample.fileBytes));
        return builder.build();
    }

    /** Asks a server for each of them once, which fills its store, and gives their paths. */
    static Map<Sample, String> fill(Server server, Catalogue catalogue, List<Sample> samples)
            throws IOException, InterruptedException {
        Map<Sample, String> paths = new EnumMap<>(Sample.class);
        for (Sample sample : samples) {
            Artifact file = catalogue.files(sample.project).get(0);
            String path = sample == PAGE ? "/simple/" + sample.project + "/" : Links.path(server, file);
            long bytes = server.get(path).body().length;
            if (sample != PAGE && bytes != sample.fileBytes) {
                throw new IOException(path + " has " + bytes + " bytes, not " + sample.fileBytes);
            }
            paths.put(sample, path);
        }
        return paths;
    }

    /** What requests for it are to be answered with: a file as upstream has it, a page as that server has it. */
    Answer answer(Server server, Catalogue catalogue, String path) throws IOException, InterruptedException {
        if (this == PAGE) {
            return Answer.of(server.get(path).body());
        }
        Artifact file = catalogue.files(project).get(0);
        return new Answer(file.lengthBytes(), file.sha256());
    }

    /** Writes what a server has at those paths as files, for nginx; a page in its gzip form too. */
    static void copy(Server server, Map<Sample, String> paths, Path root) throws IOException, InterruptedException {
        for (Map.Entry<Sample, String> sample : paths.entrySet()) {
            boolean isPage = sample.getKey() == PAGE;
            Path file = Path.of(root + sample.getValue() + (isPage ? "index.html" : ""));
            byte[] bytes = server.get(sample.getValue()).body();
            Files.createDirectories(file.resolveSibling("."));
            Files.write(file, bytes);
            if (isPage) {
                try (OutputStream gzip = new GZIPOutputStream(Files.newOutputStream(Path.of(file + ".gz")))) {
                    gzip.write(bytes);
                }
            }
        }
    }
}
