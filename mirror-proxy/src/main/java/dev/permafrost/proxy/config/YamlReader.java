package dev.permafrost.proxy.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads YAML into {@link Node}s that know their line. Anchors and a second document are refused. */
final class YamlReader {
    private static final int FILE_BYTES_MAX = 1 << 20;
    private static final int DEPTH_MAX = 16;
    private static final YAMLFactory YAML = new YAMLFactory();

    private final Problems problems;
    private final String name;
    private final boolean hasLines;

    private YamlReader(Problems problems, String name, boolean hasLines) {
        this.problems = problems;
        this.name = name;
        this.hasLines = hasLines;
    }

    /** Reads a file. Empty when it holds nothing, or nothing that can be read, which is then among the problems. */
    static Optional<Node> file(Path file, Problems problems) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(FILE_BYTES_MAX + 1);
        } catch (NoSuchFileException e) {
            problems.add(file.toString(), "", "there is no such file; check the path given with --config");
            return Optional.empty();
        } catch (AccessDeniedException e) {
            problems.add(file.toString(), "", "may not be read by this user; change its owner or its mode");
            return Optional.empty();
        } catch (IOException e) {
            problems.add(
                    file.toString(),
                    "",
                    "can't be read (" + e.getMessage() + "); check what it is and who may read it");
            return Optional.empty();
        }
        if (bytes.length > FILE_BYTES_MAX) {
            problems.add(file.toString(), "", "is larger than 1MiB; is it the right file?");
            return Optional.empty();
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new YamlReader(problems, file.toString(), true).document(text);
        } catch (CharacterCodingException e) {
            problems.add(file.toString(), "", "is not UTF-8 text; save it as UTF-8");
            return Optional.empty();
        }
    }

    /** Reads a value given outside a file; every node of it has that origin. */
    static Optional<Node> value(String text, String origin, Problems problems) {
        return new YamlReader(problems, origin, false).document(text);
    }

    private Optional<Node> document(String text) {
        try (YAMLParser parser = YAML.createParser(new StringReader(text))) {
            if (parser.nextToken() == null) {
                return Optional.empty();
            }
            Node node = node(parser, "", 0);
            if (parser.nextToken() != null) {
                problems.add(here(parser), "", "a second YAML document begins here; keep only one");
            }
            return Optional.of(node);
        } catch (UnusableException e) {
            return Optional.empty();
        } catch (JsonProcessingException e) {
            String message = e.getOriginalMessage()
                    .lines()
                    .map(String::strip)
                    .reduce((a, b) -> a + " " + b)
                    .orElse("");
            problems.add(at(e.getLocation()), "", "is not YAML: " + message);
            return Optional.empty();
        } catch (IOException e) {
            problems.add(name, "", "can't be read (" + e.getMessage() + ")");
            return Optional.empty();
        }
    }

    private Node node(YAMLParser parser, String path, int depth) throws IOException {
        String origin = here(parser);
        if (depth > DEPTH_MAX) {
            problems.add(origin, path, "is nested deeper than " + DEPTH_MAX + " levels");
            throw new UnusableException();
        }
        if (parser.isCurrentAlias()) {
            problems.add(origin, path, "anchors and aliases are not supported; write the value out, or in quotes");
            throw new UnusableException();
        }
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return mapping(parser, path, depth);
        }
        if (token == JsonToken.START_ARRAY) {
            List<Node> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(node(parser, path + "[" + items.size() + "]", depth + 1));
            }
            return new Node.Sequence(origin, items);
        }
        String text = parser.getText();
        return token == JsonToken.VALUE_NULL || text == null ? new Node.Blank(origin) : new Node.Scalar(origin, text);
    }

    private Node mapping(YAMLParser parser, String path, int depth) throws IOException {
        Node.Mapping mapping = new Node.Mapping(here(parser));
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            String keyOrigin = here(parser);
            String keyPath = KeyPath.join(path, key);
            parser.nextToken();
            Node before = mapping.entries().get(key);
            if (before != null) {
                problems.add(keyOrigin, keyPath, "is there already, from " + before.origin() + "; keep one of the two");
            }
            mapping.entries().put(key, node(parser, keyPath, depth + 1));
        }
        return mapping;
    }

    private String here(YAMLParser parser) {
        return at(parser.currentTokenLocation());
    }

    private String at(JsonLocation location) {
        return hasLines && location != null && location.getLineNr() > 0 ? name + ":" + location.getLineNr() : name;
    }

    /** Ends the reading of a document whose problem is noted already. */
    private static final class UnusableException extends IOException {
        private static final long serialVersionUID = 1;
    }
}
