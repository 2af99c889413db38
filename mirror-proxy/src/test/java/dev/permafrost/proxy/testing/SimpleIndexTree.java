package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A whole upstream of made-up projects: simple index in HTML (PEP 503, 592, 658) and JSON (PEP 691, 700), and files. It
 * is served by {@link ScriptedUpstream}, or written into a directory for a web server.
 */
public final class SimpleIndexTree {
    /** The media type of a simple index in JSON (PEP 691). */
    public static final String JSON = "application/vnd.pypi.simple.v1+json";

    private static final String HTML = "text/html; charset=utf-8";

    /** Which forms of the index the tree offers. */
    public enum Speaks {
        /** HTML, whatever is asked for. */
        HTML,
        /** JSON, whatever is asked for. */
        JSON,
        /** JSON to those who ask for it, else HTML. */
        BOTH
    }

    private final Map<String, List<IndexFile>> projects = new TreeMap<>();
    private Speaks speaks = Speaks.BOTH;

    /** A name as PEP 503 normalises it. */
    public static String normalise(String name) {
        return name.replaceAll("[-_.]+", "-").toLowerCase(Locale.ROOT);
    }

    /** Sets which forms it offers; both to begin with. */
    public SimpleIndexTree speaks(Speaks forms) {
        speaks = forms;
        return this;
    }

    /** Adds a wheel. */
    public SimpleIndexTree add(TinyWheel wheel) {
        return add(IndexFile.of(wheel));
    }

    /** Adds a file, and its project with it. */
    public SimpleIndexTree add(IndexFile file) {
        projects.computeIfAbsent(file.project(), p -> new ArrayList<>()).add(file);
        return this;
    }

    /** Every file, by project. */
    public List<IndexFile> files() {
        return projects.values().stream().flatMap(List::stream).toList();
    }

    /**
     * The file of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public IndexFile file(String filename) {
        return files().stream()
                .filter(f -> f.filename().equals(filename))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no file " + filename + " in this tree"));
    }

    /** Scripts the tree's pages and files on that upstream, in place of what it had for those paths. */
    public void serve(ScriptedUpstream upstream) {
        page(upstream, "/simple/", rootHtml(), rootJson());
        projects.forEach((project, files) ->
                page(upstream, "/simple/" + project + "/", html(project, files), json(project, files)));
        for (IndexFile file : files()) {
            upstream.on(file.path()).file(file.bytes(), file.etag());
            byte[] metadata = file.metadata();
            if (metadata != null) {
                upstream.on(file.path() + ".metadata").file(metadata, etag(metadata));
            }
        }
    }

    /** Writes HTML pages ({@code simple/…/index.html}) and files into that directory. */
    public void writeTo(Path directory) {
        write(directory, "/simple/index.html", rootHtml().getBytes(UTF_8));
        projects.forEach((project, files) -> write(
                directory,
                "/simple/" + project + "/index.html",
                html(project, files).getBytes(UTF_8)));
        for (IndexFile file : files()) {
            write(directory, file.path(), file.bytes());
            byte[] metadata = file.metadata();
            if (metadata != null) {
                write(directory, file.path() + ".metadata", metadata);
            }
        }
    }

    /** A project's page in HTML, links relative to it. */
    public static String html(String project, List<IndexFile> files) {
        StringBuilder page = new StringBuilder("<!DOCTYPE html>\n<html>\n<head>\n")
                .append("<meta name=\"pypi:repository-version\" content=\"1.1\">\n<title>Links for ")
                .append(escape(project))
                .append("</title>\n</head>\n<body>\n<h1>Links for ")
                .append(escape(project))
                .append("</h1>\n");
        for (IndexFile file : files) {
            page.append("<a href=\"../..")
                    .append(file.path())
                    .append("#sha256=")
                    .append(file.sha256());
            page.append('"');
            attribute(page, "data-requires-python", file.requiresPython().isEmpty() ? null : file.requiresPython());
            attribute(page, "data-yanked", file.yanked());
            byte[] metadata = file.metadata();
            if (metadata != null) {
                attribute(page, "data-dist-info-metadata", "sha256=" + sha256(metadata));
                attribute(page, "data-core-metadata", "sha256=" + sha256(metadata));
            }
            page.append('>').append(escape(file.filename())).append("</a><br>\n");
        }
        return page.append("</body>\n</html>\n").toString();
    }

    /** A project's page in JSON, links relative to it. */
    public static String json(String project, List<IndexFile> files) {
        String versions = files.stream().map(f -> quote(f.version())).distinct().collect(Collectors.joining(","));
        String records = files.stream().map(SimpleIndexTree::json).collect(Collectors.joining(","));
        return "{\"meta\":{\"api-version\":\"1.1\"},\"name\":" + quote(project) + ",\"versions\":[" + versions
                + "],\"files\":[" + records + "]}";
    }

    private static String json(IndexFile file) {
        StringBuilder record = new StringBuilder("{\"filename\":")
                .append(quote(file.filename()))
                .append(",\"url\":")
                .append(quote("../.." + file.path()))
                .append(",\"hashes\":{\"sha256\":")
                .append(quote(file.sha256()))
                .append("},\"size\":")
                .append(file.bytes().length)
                .append(",\"upload-time\":")
                .append(quote(file.uploadTime()))
                .append(",\"yanked\":");
        String yanked = file.yanked();
        record.append(yanked == null ? "false" : yanked.isEmpty() ? "true" : quote(yanked));
        if (!file.requiresPython().isEmpty()) {
            record.append(",\"requires-python\":").append(quote(file.requiresPython()));
        }
        byte[] metadata = file.metadata();
        if (metadata != null) {
            record.append(",\"core-metadata\":{\"sha256\":")
                    .append(quote(sha256(metadata)))
                    .append('}');
        }
        return record.append('}').toString();
    }

    private String rootHtml() {
        return projects.keySet().stream()
                .map(p -> "<a href=\"" + p + "/\">" + escape(p) + "</a><br>\n")
                .collect(Collectors.joining("", "<!DOCTYPE html>\n<html>\n<body>\n", "</body>\n</html>\n"));
    }

    private String rootJson() {
        return projects.keySet().stream()
                .map(p -> "{\"name\":" + quote(p) + "}")
                .collect(Collectors.joining(",", "{\"meta\":{\"api-version\":\"1.1\"},\"projects\":[", "]}"));
    }

    private void page(ScriptedUpstream upstream, String path, String html, String json) {
        upstream.on(path).onRequest(request -> {
            String accept = request.header("Accept");
            boolean asJson =
                    speaks == Speaks.JSON || (speaks == Speaks.BOTH && accept != null && accept.contains(JSON));
            byte[] body = (asJson ? json : html).getBytes(UTF_8);
            String etag = etag(body);
            Map<String, String> headers = new TreeMap<>(Map.of("ETag", etag, "Vary", "Accept"));
            if (etag.equals(request.header("If-None-Match"))) {
                return Answer.of(304, headers, new byte[0]);
            }
            headers.put("Content-Type", asJson ? JSON : HTML);
            return Answer.of(200, headers, body);
        });
    }

    private static void write(Path directory, String path, byte[] bytes) {
        Path file = directory.resolve(path.substring(1));
        try {
            Files.createDirectories(file.resolveSibling("."));
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void attribute(StringBuilder page, String name, @Nullable String value) {
        if (value != null) {
            page.append(' ').append(name).append("=\"").append(escape(value)).append('"');
        }
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String quote(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    private static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(TinyWheel.sha256(bytes));
    }

    private static String etag(byte[] bytes) {
        return "\"" + sha256(bytes).substring(0, 32) + "\"";
    }
}
