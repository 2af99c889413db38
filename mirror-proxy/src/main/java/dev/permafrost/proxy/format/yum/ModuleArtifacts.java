package dev.permafrost.proxy.format.yum;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;

/** Reads which packages a repository's streams of modules are made of: {@code data.artifacts.rpms} of each document of its modules.yaml. */
final class ModuleArtifacts {
    /** The largest known has some 60 MB. */
    private static final int DOCUMENT_CHARS_MAX = 512 << 20;

    private static final int PACKAGES_MAX = 2_000_000;

    private static final YAMLFactory YAML =
            YAMLFactory.builder().loaderOptions(options()).build();

    private ModuleArtifacts() {}

    private static LoaderOptions options() {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(DOCUMENT_CHARS_MAX);
        return options;
    }

    /**
     * The packages, each as {@link Nevra#toString} has it. Reads the document as a stream, to its end. Blocks.
     *
     * @param title what it is, as a message may say it
     * @throws dev.permafrost.store.model.StoreException UPSTREAM_INVALID if it is broken, UPSTREAM_TOO_LARGE if it is beyond a limit
     */
    static Set<String> read(InputStream document, String title) throws IOException {
        Set<String> packages = new HashSet<>();
        try (JsonParser parser = YAML.createParser(document)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING && isArtifact(parser)) {
                    Nevra.parse(parser.getText()).ifPresent(nevra -> packages.add(nevra.toString()));
                    if (packages.size() > PACKAGES_MAX) {
                        throw MetadataFault.tooLarge(title, "it names more than " + PACKAGES_MAX + " packages");
                    }
                }
            }
        } catch (JsonProcessingException e) {
            throw MetadataFault.invalid(title, "it is no YAML: " + e.getOriginalMessage(), e);
        }
        return packages;
    }

    /** Whether the text at hand is in the list {@code data.artifacts.rpms} of a document. */
    private static boolean isArtifact(JsonParser parser) {
        JsonStreamContext list = parser.getParsingContext();
        JsonStreamContext artifacts = list.inArray() ? list.getParent() : null;
        JsonStreamContext data = artifacts == null ? null : artifacts.getParent();
        JsonStreamContext document = data == null ? null : data.getParent();
        return artifacts != null
                && data != null
                && document != null
                && "rpms".equals(artifacts.getCurrentName())
                && "artifacts".equals(data.getCurrentName())
                && "data".equals(document.getCurrentName())
                && document.getParent().inRoot();
    }
}
