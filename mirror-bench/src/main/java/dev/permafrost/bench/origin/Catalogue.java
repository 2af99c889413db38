package dev.permafrost.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Made-up projects and their files; immutable, and the same for the same seed. */
public final class Catalogue implements Holdings {
    private static final String JSON = "application/vnd.pypi.simple.v1+json";
    private static final String SIMPLE = "/simple/";

    private final Map<String, List<Artifact>> projects;
    private final Map<String, Artifact> byPath;

    private Catalogue(List<Artifact> artifacts) {
        projects = artifacts.stream()
                .collect(Collectors.groupingBy(Artifact::project, LinkedHashMap::new, Collectors.toList()));
        byPath = artifacts.stream().collect(Collectors.toMap(Artifact::path, a -> a));
    }

    /** Begins an empty catalogue whose content follows from that seed. */
    public static Builder seeded(long seed) {
        return new Builder(seed);
    }

    /** Collects projects. */
    public static final class Builder {
        private final long seed;
        private final List<Artifact> artifacts = new ArrayList<>();
        private int projectsMade;

        private Builder(long seed) {
            this.seed = seed;
        }

        /** Adds a project of so many files, versions 1.0 and on; hashes them on all cores. */
        public Builder project(String name, int files, long bytesEach) {
            long base = seed + ((long) ++projectsMade << 32);
            artifacts.addAll(IntStream.range(0, files)
                    .parallel()
                    .mapToObj(i -> Artifact.of(name, (i + 1) + ".0", new Content((base + i) << 20, bytesEach)))
                    .toList());
            return this;
        }

        /** Adds so many projects of one file each, {@code <prefix>-0} and on. */
        public Builder projects(String prefix, int number, long bytesEach) {
            int first = projectsMade + 1;
            projectsMade += number;
            artifacts.addAll(IntStream.range(0, number)
                    .parallel()
                    .mapToObj(i -> Artifact.of(
                            prefix + "-" + i, "1.0", new Content((seed + ((long) (first + i) << 32)) << 20, bytesEach)))
                    .toList());
            return this;
        }

        /** The catalogue. */
        public Catalogue build() {
            return new Catalogue(artifacts);
        }
    }

    /** The names of the projects, in the order in which they were added. */
    public List<String> projects() {
        return List.copyOf(projects.keySet());
    }

    /** A project's files, oldest version first; none of an unknown project. */
    public List<Artifact> files(String project) {
        return projects.getOrDefault(project, List.of());
    }

    @Override
    public @Nullable Artifact at(String path) {
        return byPath.get(path);
    }

    @Override
    public @Nullable Page page(String path, boolean asJson) {
        if (path.equals(SIMPLE)) {
            return new Page(rootPage().getBytes(UTF_8), "text/html", null);
        }
        if (!path.startsWith(SIMPLE) || !path.endsWith("/")) {
            return null;
        }
        String project = path.substring(SIMPLE.length(), path.length() - 1);
        String page = asJson ? json(project) : page(project);
        return page == null ? null : new Page(page.getBytes(UTF_8), asJson ? JSON : "text/html", null);
    }

    /** The list of projects in HTML (PEP 503). */
    private String rootPage() {
        return projects.keySet().stream()
                .map(p -> "<a href=\"" + p + "/\">" + p + "</a><br>\n")
                .collect(Collectors.joining("", "<!DOCTYPE html>\n<html>\n<body>\n", "</body>\n</html>\n"));
    }

    /** A project's page in HTML (PEP 503), or null for an unknown project. */
    private @Nullable String page(String project) {
        List<Artifact> files = projects.get(project);
        return files == null
                ? null
                : files.stream()
                        .map(f -> "<a href=\"../.." + f.path() + "#sha256=" + f.sha256() + "\">" + f.filename()
                                + "</a><br>\n")
                        .collect(Collectors.joining(
                                "",
                                "<!DOCTYPE html>\n<html>\n<body>\n<h1>" + project + "</h1>\n",
                                "</body>\n</html>\n"));
    }

    /** A project's page in JSON (PEP 691), or null for an unknown project. */
    private @Nullable String json(String project) {
        List<Artifact> files = projects.get(project);
        return files == null
                ? null
                : files.stream()
                        .map(f -> "{\"filename\":\"" + f.filename() + "\",\"url\":\"../.." + f.path()
                                + "\",\"hashes\":{\"sha256\":\"" + f.sha256() + "\"},\"size\":" + f.lengthBytes() + "}")
                        .collect(Collectors.joining(
                                ",",
                                "{\"meta\":{\"api-version\":\"1.0\"},\"name\":\"" + project + "\",\"files\":[",
                                "]}"));
    }
}
