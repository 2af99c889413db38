package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.permafrost.proxy.fetch.Scrutiny;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What files of a tree to install from have to be, by their paths below it: the {@code [checksums]} of {@code .treeinfo} (productmd, and
 * what Anaconda reads), and the {@code extra_files.json} of composes.
 */
final class TreeInfo {
    /** Where trees say it, in the order in which that is asked. */
    static final List<String> NAMES = List.of(".treeinfo", "treeinfo", "extra_files.json");

    /** Most bytes of a document; one has some thousand. */
    static final int BYTES_MAX = 1 << 20;

    /** What such a document may be: anything that is not too long, since one that nobody understands says nothing. */
    static final Scrutiny ANY = new Scrutiny() {
        @Override
        public long bytesMax() {
            return BYTES_MAX;
        }

        @Override
        public boolean isOfType(@Nullable String contentType) {
            return true;
        }

        @Override
        public void read(InputStream bytes) {}
    };

    /** The folders in which such trees have what is booted: for a file in one of them a tree is looked for that nobody has asked for. */
    static final Set<String> BOOTED = Set.of("images", "EFI", "isolinux", "LiveOS", "boot", "ppc", "pxeboot");

    private static final int FILES_MAX = 10_000;
    private static final String CHECKSUMS = "[checksums]";
    private static final ObjectMapper JSON = new ObjectMapper();

    private TreeInfo() {}

    /** Whether a path is where a tree says it. */
    static boolean isOne(String path) {
        return NAMES.contains(path.substring(path.lastIndexOf('/') + 1));
    }

    /** What a document says; what it says in a way that nobody understands is left out. */
    static Map<String, Digest> read(String name, byte[] document) {
        return name.endsWith(".json") ? extraFiles(document) : ini(new String(document, UTF_8));
    }

    private static Map<String, Digest> ini(String text) {
        Map<String, Digest> files = new HashMap<>();
        boolean isAtIt = false;
        for (String line : (Iterable<String>) text.lines()::iterator) {
            String bare = line.strip();
            if (bare.startsWith("[")) {
                isAtIt = bare.toLowerCase(Locale.ROOT).equals(CHECKSUMS);
            } else if (isAtIt && !bare.startsWith("#") && !bare.startsWith(";")) {
                int equals = bare.indexOf('=');
                int colon = bare.indexOf(':', equals);
                if (equals > 0 && colon > 0) {
                    put(
                            files,
                            bare.substring(0, equals).strip(),
                            digest(
                                    bare.substring(equals + 1, colon).strip(),
                                    bare.substring(colon + 1).strip()));
                }
            }
        }
        return Map.copyOf(files);
    }

    private static Map<String, Digest> extraFiles(byte[] document) {
        Map<String, Digest> files = new HashMap<>();
        try {
            for (JsonNode file : JSON.readTree(document).path("data")) {
                Digest strongest = null;
                for (Map.Entry<String, JsonNode> sum : file.path("checksums").properties()) {
                    Digest one = digest(sum.getKey(), sum.getValue().asText());
                    strongest = stronger(strongest, one);
                }
                put(files, file.path("file").asText(), strongest);
            }
        } catch (JsonProcessingException e) {
            return Map.of();
        } catch (IOException e) {
            throw new IllegalStateException("an array can be read", e);
        }
        return Map.copyOf(files);
    }

    private static @Nullable Digest stronger(@Nullable Digest one, @Nullable Digest other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        Comparator<Digest> byLength =
                Comparator.comparingInt(digest -> digest.algorithm().lengthBytes());
        return byLength.compare(one, other) >= 0 ? one : other;
    }

    private static void put(Map<String, Digest> files, String path, @Nullable Digest digest) {
        String bare = path.startsWith("./") ? path.substring(2) : path;
        if (digest != null && !bare.isEmpty() && files.size() < FILES_MAX) {
            files.put(bare, digest);
        }
    }

    private static @Nullable Digest digest(String kind, String hex) {
        try {
            Algorithm algorithm = Checksums.algorithm(kind);
            return algorithm == null ? null : Checksums.parse(kind, hex);
        } catch (OddValueException e) {
            return null;
        }
    }
}
