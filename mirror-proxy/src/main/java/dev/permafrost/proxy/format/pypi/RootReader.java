package dev.permafrost.proxy.format.pypi;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.permafrost.proxy.repo.PlainText;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads upstream's list of all projects, in HTML (PEP 503) or JSON (PEP 691), project by project. */
final class RootReader {
    /** Most projects that are read; PyPI has 900,000. */
    static final int PROJECTS_MAX = 10_000_000;

    /** Most characters of their names together; PyPI's have 12 million. */
    static final long NAME_CHARS_MAX = 64 << 20;

    private final IndexSource source;
    private final Consumer<Listed> projects;
    private final LinkResolver links;
    private final String folder;
    private long lastSerial = -1;
    private int count;
    private long nameChars;

    private RootReader(IndexSource source, Consumer<Listed> projects) {
        this.source = source;
        this.projects = projects;
        this.links = new LinkResolver(source.base());
        this.folder = URI.create(links.resolve(".").url()).getRawPath();
    }

    /**
     * Reads a list; what is no project's name is passed over.
     *
     * @param projects is given each project
     * @return upstream's serial number of the list, -1 if not told
     */
    static long read(IndexFormat format, InputStream body, IndexSource source, Consumer<Listed> projects)
            throws IOException {
        RootReader reader = new RootReader(source, projects);
        InputStream capped = new CappedInputStream(body, source, IndexLimits.DEFAULT);
        if (format == IndexFormat.HTML) {
            reader.html(capped);
        } else {
            reader.json(capped);
        }
        return reader.lastSerial;
    }

    private void add(@Nullable String spelling, long serial) {
        ProjectName name = spelling == null ? null : ProjectName.parse(spelling).orElse(null);
        if (name != null) {
            if (++count > PROJECTS_MAX) {
                throw IndexFault.tooLarge(
                        source, "more than " + PROJECTS_MAX + " projects", "projects-max", PROJECTS_MAX);
            }
            nameChars += name.value().length();
            if (nameChars > NAME_CHARS_MAX) {
                throw IndexFault.tooLarge(
                        source,
                        "more than " + NAME_CHARS_MAX + " characters of names",
                        "name-chars-max",
                        NAME_CHARS_MAX);
            }
            projects.accept(new Listed(name, serial));
        }
    }

    private void html(InputStream body) throws IOException {
        HtmlScanner scanner = new HtmlScanner(new InputStreamReader(body, StandardCharsets.UTF_8), source);
        boolean inLink = false;
        for (HtmlScanner.Token token = scanner.next(); token != HtmlScanner.Token.EOF; token = scanner.next()) {
            switch (token) {
                case START -> {
                    String href = scanner.name().equals("a") ? scanner.attribute("href") : null;
                    inLink |= scanner.name().equals("a");
                    // the links of a login page are no projects
                    if (href != null && (scanner.indexSeen() || isFolderInIndex(href))) {
                        add(lastFolder(href), -1);
                    }
                }
                case END -> inLink = false;
                case COMMENT -> lastSerial = Math.max(lastSerial, HtmlIndexReader.serial(scanner.comment()));
                case EOF -> throw new AssertionError();
            }
        }
        if (!scanner.markupSeen()) {
            throw IndexFault.invalid(source, "there is not one HTML tag in it", null);
        }
        if (inLink) {
            throw IndexFault.invalid(source, "it ends in the middle of a link", null);
        }
        if (count == 0 && !scanner.indexSeen()) {
            throw IndexFault.invalid(
                    source,
                    "it has no link to a folder in it and neither a title nor a heading \"Simple index\", as if it were a"
                            + " login or maintenance page; the list that is stored stays",
                    null);
        }
    }

    /** Whether a link leads to a folder in this one, or in one that is called as indexes are wherever it is. */
    private boolean isFolderInIndex(String href) {
        LinkResolver.Link link = links.resolve(href);
        if (link.refusal() != null) {
            return false;
        }
        String path = URI.create(link.url()).getRawPath();
        int parent = path.endsWith("/") ? path.lastIndexOf('/', path.length() - 2) + 1 : 0;
        return parent > 0
                && (path.startsWith("simple/", parent - "simple/".length())
                        || path.substring(0, parent).equals(folder));
    }

    /** The last segment of a link's path, which is the project's name; null where it has none. */
    private static @Nullable String lastFolder(String href) {
        int end = href.length();
        for (char mark : new char[] {'#', '?'}) {
            int at = href.indexOf(mark);
            end = at < 0 ? end : Math.min(end, at);
        }
        while (end > 0 && href.charAt(end - 1) == '/') {
            end--;
        }
        return PercentCoding.decoded(href.substring(href.lastIndexOf('/', end - 1) + 1, end));
    }

    private void json(InputStream body) throws IOException {
        try (JsonParser json = JsonIndexReader.FACTORY.createParser(body)) {
            boolean projectsSeen = false;
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw IndexFault.invalid(source, "its JSON is no object", null);
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String key = json.currentName();
                json.nextToken();
                switch (key) {
                    case "meta" -> lastSerial = entry(json).lastSerial();
                    case "projects" -> {
                        projectsSeen = true;
                        listed(json);
                    }
                    default -> json.skipChildren();
                }
            }
            if (!projectsSeen) {
                throw IndexFault.invalid(source, "its JSON has no key 'projects'", null);
            }
            if (json.nextToken() != null) {
                throw IndexFault.invalid(source, "something follows its JSON", null);
            }
        } catch (JsonProcessingException e) {
            throw IndexFault.invalid(source, "its JSON is broken, " + PlainText.quoted(e.getOriginalMessage()), e);
        } catch (CharConversionException e) {
            throw IndexFault.invalid(source, "its JSON is not in a Unicode encoding", e);
        }
    }

    private void listed(JsonParser json) throws IOException {
        if (!json.isExpectedStartArrayToken()) {
            throw IndexFault.invalid(source, "its 'projects' is no array", null);
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            Entry entry = entry(json);
            add(entry.name(), entry.lastSerial());
        }
    }

    private record Entry(@Nullable String name, long lastSerial) {}

    /** An object that may have a name and a serial number. */
    private static Entry entry(JsonParser json) throws IOException {
        String name = null;
        long serial = -1;
        if (!json.isExpectedStartObjectToken()) {
            json.skipChildren();
            return new Entry(null, -1);
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            json.nextToken();
            switch (key) {
                case "name" -> name = JsonIndexReader.string(json);
                case "_last-serial" -> serial = JsonIndexReader.number(json);
                default -> json.skipChildren();
            }
        }
        return new Entry(name, serial);
    }
}
