package dev.permafrost.proxy.journey;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An index of {@value #PROJECTS} made-up projects that need each other, each with an older version that nobody wants. Some have
 * sidecar metadata; one has a wheel of {@value #LARGE_BYTES} bytes.
 */
final class MadeUpIndex {
    static final int PROJECTS = 25;
    static final int LARGE_BYTES = 21 * 1024 * 1024;
    static final String WANTED = "2.0";
    static final String NOT_WANTED = "1.0";

    private static final String[] SPELLINGS = {"Ice.Core-%02d", "ice-core-%02d", "ICE_core_%02d"};

    private final SimpleIndexTree tree = new SimpleIndexTree();
    private final Map<String, IndexFile> wanted = new HashMap<>();
    private final Set<String> sidecars = new HashSet<>();

    MadeUpIndex() {
        for (int i = 0; i < PROJECTS; i++) {
            tree.add(TinyWheel.of(name(i), NOT_WANTED));
            TinyWheel wheel = TinyWheel.of(name(i), WANTED).padded(i == 7 ? LARGE_BYTES : 1 << (i % 18), i);
            // Each needs two further on, in some other spelling, so that the first few need all.
            for (int needed : new int[] {2 * i + 3, 2 * i + 4}) {
                if (needed < PROJECTS) {
                    wheel.requires(
                            SPELLINGS[(i + needed) % SPELLINGS.length].formatted(needed) + (i % 2 == 0 ? ">=1.5" : ""));
                }
            }
            IndexFile file = IndexFile.of(wheel);
            IndexFile offered = i % 3 == 0 ? file.withMetadata(wheel.metadata()) : file;
            tree.add(offered);
            wanted.put(offered.filename(), offered);
            sidecars.add(IndexFile.of("any", "any.zip", "1", wheel.metadata()).sha256());
        }
    }

    /** The upstream. */
    SimpleIndexTree tree() {
        return tree;
    }

    /** What to ask for so that every project is installed. */
    String[] asked() {
        return IntStream.range(0, 3).mapToObj(MadeUpIndex::name).toArray(String[]::new);
    }

    /** The files that an installation of all takes, by name. */
    Map<String, IndexFile> wanted() {
        return wanted;
    }

    /** SHA-256 of the metadata of each of these, whether upstream offers it or not. */
    Set<String> sidecars() {
        return sidecars;
    }

    /** A program of Python that prints the versions of all. */
    static String importAll() {
        String modules =
                IntStream.range(0, PROJECTS).mapToObj(MadeUpIndex::module).collect(Collectors.joining(", "));
        return "import " + modules + "; print(' '.join(m.__version__ for m in (" + modules + ")))";
    }

    /** What that program prints, line end and all. */
    static String imported() {
        List<String> versions = new ArrayList<>();
        for (int i = 0; i < PROJECTS; i++) {
            versions.add(WANTED);
        }
        return String.join(" ", versions) + "\n";
    }

    private static String name(int number) {
        return SPELLINGS[number % SPELLINGS.length].formatted(number);
    }

    private static String module(int number) {
        return name(number).replaceAll("[-_.]+", "_").toLowerCase(Locale.ROOT);
    }
}
