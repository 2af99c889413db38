package dev.permafrost.proxy.format.pypi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.permafrost.proxy.format.pypi.ProjectPage.Header;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes pages of the simple index, in HTML (PEP 503) or JSON (PEP 691). Links are relative, so that a page is good
 * under any host and any prefix. What this mirror does not serve is not advertised. Blocks as
 * its stream does, and leaves that open.
 */
final class PageRenderer {
    /** From {@code /simple/<project>/} to {@code /packages/}. */
    private static final String PACKAGES = "../../packages/";

    /** What a page is that tells every size, and lists versions (PEP 700). */
    private static final String API_VERSION = "1.1";

    /** What it is if it tells the project's status as well (PEP 792). */
    private static final String API_VERSION_WITH_STATUS = "1.4";

    /** What it is if it leads to attestations (PEP 740). */
    private static final String API_VERSION_WITH_PROVENANCE = "1.3";

    /** What it is if some size is unknown, which 1.1 does not allow. */
    private static final String API_VERSION_WITHOUT_SIZES = "1.0";

    /** The hashes that pip takes from a link's fragment, the best first. */
    private static final List<Algorithm> FRAGMENT_HASHES = List.of(
            Algorithm.SHA256, Algorithm.SHA512, Algorithm.SHA384, Algorithm.SHA224, Algorithm.SHA1, Algorithm.MD5);

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private final Held held;
    private final boolean heldOnly;
    private final boolean versionsOfFiles;

    /** Tells what is held. */
    @FunctionalInterface
    interface Held {
        /** What is held of that file, and agrees with what its record promises; null if nothing is. */
        @Nullable HeldFile of(FileRecord file);

        /** SHA-256 of the metadata sidecar that can be had for that file (PEP 658); null if none can. */
        default @Nullable Digest metadata(FileRecord file) {
            return null;
        }

        /** Whether there is a detached signature of it to be had (PEP 503). */
        default boolean signature(FileRecord file) {
            return false;
        }

        /** Whether there are attestations of it to be had (PEP 740). */
        default boolean provenance(FileRecord file) {
            return false;
        }
    }

    /** Renders with the help of what is held; only what is held, if so told. */
    PageRenderer(Held held, boolean heldOnly) {
        this(held, heldOnly, heldOnly);
    }

    /** The same; with the versions of the files alone, not all that upstream lists, if so told. */
    PageRenderer(Held held, boolean heldOnly, boolean versionsOfFiles) {
        this.held = held;
        this.versionsOfFiles = heldOnly || versionsOfFiles;
        this.heldOnly = heldOnly;
    }

    /**
     * Writes a project's page, the files as they come.
     *
     * @return the number of files listed; a page without any is usually better answered as not found
     */
    int project(IndexFormat format, Header header, Iterable<FileRecord> files, OutputStream out) throws IOException {
        Iterable<FileRecord> offered = header.quarantined() ? List.of() : files;
        return format == IndexFormat.HTML ? projectHtml(header, offered, out) : projectJson(header, offered, out);
    }

    private int projectHtml(Header header, Iterable<FileRecord> files, OutputStream out) throws IOException {
        Writer html = writer(out);
        String title = "Links for " + header.project();
        htmlHead(html, title, header.status() == null ? API_VERSION : API_VERSION_WITH_STATUS);
        htmlMeta(html, "pypi:project-status", header.status());
        htmlMeta(html, "pypi:project-status-reason", header.statusReason());
        html.write("  </head>\n  <body>\n    <h1>" + title + "</h1>\n");
        int count = 0;
        for (FileRecord file : files) {
            HeldFile ours = held.of(file);
            if (ours != null || !heldOnly) {
                htmlFile(html, header.project(), file, ours);
                count++;
            }
        }
        html.write("  </body>\n</html>\n");
        if (header.lastSerial() >= 0) {
            html.write("<!--SERIAL " + header.lastSerial() + "-->\n");
        }
        html.flush();
        return count;
    }

    private void htmlFile(Writer html, ProjectName project, FileRecord file, @Nullable HeldFile ours)
            throws IOException {
        Digest metadata = held.metadata(file);
        html.write("<a href=\"");
        html.write(url(project, file));
        Digest digest = fragmentDigest(file, ours);
        if (digest != null) {
            html.write("#" + digest.algorithm().label() + "=" + digest.hex());
        }
        html.write('"');
        htmlAttribute(html, "data-requires-python", file.requiresPython());
        htmlAttribute(html, "data-yanked", file.yanked());
        if (metadata != null) {
            // by both names, of which some clients know only the older (PEP 714)
            String value = metadata.algorithm().label() + "=" + metadata.hex();
            htmlAttribute(html, "data-dist-info-metadata", value);
            htmlAttribute(html, "data-core-metadata", value);
        }
        if (held.signature(file)) {
            htmlAttribute(html, "data-gpg-sig", "true");
        }
        html.write('>');
        HtmlEscape.write(html, file.filename());
        html.write("</a><br />\n");
    }

    /** A file in a list, and what it is held as. */
    record Linked(FileRecord file, Digest sha256) {}

    /**
     * Writes a list of files, each linked by its name alone.
     *
     * @param next link to the rest of the list; null where there is none
     */
    static void files(Iterable<Linked> files, @Nullable String next, OutputStream out) throws IOException {
        Writer html = writer(out);
        String title = "Index of packages";
        html.write("<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>" + title
                + "</title>\n  </head>\n  <body>\n    <h1>" + title + "</h1>\n");
        for (Linked linked : files) {
            FileRecord file = linked.file();
            html.write("<a href=\"" + PercentCoding.encoded(file.filename()) + "#sha256="
                    + linked.sha256().hex() + '"');
            htmlAttribute(html, "data-requires-python", file.requiresPython());
            htmlAttribute(html, "data-yanked", file.yanked());
            html.write('>');
            HtmlEscape.write(html, file.filename());
            html.write("</a><br />\n");
        }
        if (next != null) {
            html.write("<a href=\"" + next + "\" rel=\"next\">more</a>\n");
        }
        html.write("  </body>\n</html>\n");
        html.flush();
    }

    private static void htmlAttribute(Writer html, String name, @Nullable String value) throws IOException {
        if (value != null) {
            html.write(" " + name + "=\"");
            HtmlEscape.write(html, value);
            html.write('"');
        }
    }

    private static void htmlHead(Writer html, String title, String apiVersion) throws IOException {
        html.write(
                "<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>" + title + "</title>\n");
        htmlMeta(html, "pypi:repository-version", apiVersion);
    }

    private static void htmlMeta(Writer html, String name, @Nullable String content) throws IOException {
        if (content != null) {
            html.write("    <meta name=\"" + name + "\" content=\"");
            HtmlEscape.write(html, content);
            html.write("\">\n");
        }
    }

    private static @Nullable Digest fragmentDigest(FileRecord file, @Nullable HeldFile ours) {
        if (ours != null && !file.digests().containsKey(Algorithm.SHA256)) {
            return ours.sha256();
        }
        for (Algorithm algorithm : FRAGMENT_HASHES) {
            Digest digest = file.digests().get(algorithm);
            if (digest != null) {
                return digest;
            }
        }
        return null;
    }

    /** The link from a project's page to a file. */
    private static String url(ProjectName project, FileRecord file) {
        String path = file.path(project);
        int name = path.length() - file.filename().length();
        return PACKAGES + path.substring(0, name) + PercentCoding.encoded(file.filename());
    }

    private int projectJson(Header header, Iterable<FileRecord> files, OutputStream out) throws IOException {
        int count = 0;
        boolean sizesKnown = true;
        boolean provenance = false;
        // Version key -> the version as the file names spell it, for those that the page lists.
        Map<String, String> listed = new LinkedHashMap<>();
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeArrayFieldStart("files");
            for (FileRecord file : files) {
                HeldFile ours = held.of(file);
                if (ours != null || !heldOnly) {
                    provenance |= jsonFile(json, header.project(), file, ours);
                    count++;
                    sizesKnown &= file.sizeBytes() >= 0 || ours != null;
                    if (versionsOfFiles || header.versions().isEmpty()) {
                        DistributionName.version(header.project(), file.filename())
                                .ifPresent(version -> listed.putIfAbsent(Version.key(version), version));
                    }
                }
            }
            json.writeEndArray();
            // The version is known only now; PyPI's own pages have this order too.
            jsonMeta(json, header, sizesKnown, provenance);
            json.writeStringField("name", header.project().value());
            if (header.status() != null) {
                json.writeObjectFieldStart("project-status");
                json.writeStringField("status", header.status());
                if (header.statusReason() != null) {
                    json.writeStringField("reason", header.statusReason());
                }
                json.writeEndObject();
            }
            jsonVersions(json, header.versions(), listed);
            json.writeEndObject();
        }
        return count;
    }

    private static void jsonMeta(JsonGenerator json, Header header, boolean sizesKnown, boolean provenance)
            throws IOException {
        json.writeObjectFieldStart("meta");
        if (header.lastSerial() >= 0) {
            json.writeNumberField("_last-serial", header.lastSerial());
        }
        String without = provenance ? API_VERSION_WITH_PROVENANCE : API_VERSION;
        String complete = header.status() == null ? without : API_VERSION_WITH_STATUS;
        json.writeStringField("api-version", sizesKnown ? complete : API_VERSION_WITHOUT_SIZES);
        json.writeEndObject();
    }

    /** Writes a file, and says whether it leads to attestations. */
    private boolean jsonFile(JsonGenerator json, ProjectName project, FileRecord file, @Nullable HeldFile ours)
            throws IOException {
        Digest metadata = held.metadata(file);
        boolean provenance = held.provenance(file);
        json.writeStartObject();
        json.writeStringField("filename", file.filename());
        json.writeObjectFieldStart("hashes");
        if (ours != null && !file.digests().containsKey(Algorithm.SHA256)) {
            json.writeStringField(Algorithm.SHA256.label(), ours.sha256().hex());
        }
        for (Digest digest : file.digests().values()) {
            json.writeStringField(digest.algorithm().label(), digest.hex());
        }
        json.writeEndObject();
        if (file.requiresPython() != null) {
            json.writeStringField("requires-python", file.requiresPython());
        }
        if (file.sizeBytes() >= 0) {
            json.writeNumberField("size", file.sizeBytes());
        } else if (ours != null) {
            json.writeNumberField("size", ours.sizeBytes());
        }
        if (file.uploadTime() != null) {
            json.writeStringField("upload-time", file.uploadTime());
        }
        json.writeStringField("url", url(project, file));
        jsonYanked(json, file.yanked());
        if (metadata != null) {
            // only by the newer name: pip 22.3 to 23.1 misunderstand the older one here (PEP 714)
            json.writeObjectFieldStart("core-metadata");
            json.writeStringField(metadata.algorithm().label(), metadata.hex());
            json.writeEndObject();
        }
        if (held.signature(file)) {
            json.writeBooleanField("gpg-sig", true);
        }
        if (provenance) {
            json.writeStringField("provenance", url(project, file) + Companions.PROVENANCE);
        }
        json.writeEndObject();
        return provenance;
    }

    /** PEP 691: false, true, or the reason. */
    private static void jsonYanked(JsonGenerator json, @Nullable String yanked) throws IOException {
        if (yanked == null || yanked.isEmpty()) {
            json.writeBooleanField("yanked", yanked != null);
        } else {
            json.writeStringField("yanked", yanked);
        }
    }

    /** Upstream's versions, or of those only the ones with a file here; and what only file names tell. The oldest first. */
    private void jsonVersions(JsonGenerator json, List<String> upstream, Map<String, String> listed)
            throws IOException {
        List<String> told = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        for (String version : upstream) {
            String key = versionsOfFiles ? Version.key(version) : version;
            if (!versionsOfFiles || listed.containsKey(key)) {
                told.add(version);
                keys.add(key);
            }
        }
        int sorted = told.size();
        listed.forEach((key, version) -> {
            if (!keys.contains(key)) {
                told.add(version);
            }
        });
        json.writeArrayFieldStart("versions");
        for (String version : told.size() == sorted ? told : Version.sorted(told)) {
            json.writeString(version);
        }
        json.writeEndArray();
    }

    /**
     * Writes the root index: the projects as they come.
     *
     * @param lastSerial upstream's serial number of the list, -1 if not told
     */
    static void root(IndexFormat format, Iterable<Listed> projects, long lastSerial, OutputStream out)
            throws IOException {
        if (format == IndexFormat.HTML) {
            rootHtml(projects, lastSerial, out);
        } else {
            rootJson(projects, lastSerial, out);
        }
    }

    private static void rootHtml(Iterable<Listed> projects, long lastSerial, OutputStream out) throws IOException {
        Writer html = writer(out);
        htmlHead(html, "Simple index", API_VERSION);
        html.write("  </head>\n  <body>\n");
        for (Listed project : projects) {
            String name = project.name().value();
            html.write("<a href=\"" + name + "/\">" + name + "</a><br />\n");
        }
        html.write("  </body>\n</html>\n");
        if (lastSerial >= 0) {
            html.write("<!--SERIAL " + lastSerial + "-->\n");
        }
        html.flush();
    }

    private static void rootJson(Iterable<Listed> projects, long lastSerial, OutputStream out) throws IOException {
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeObjectFieldStart("meta");
            if (lastSerial >= 0) {
                json.writeNumberField("_last-serial", lastSerial);
            }
            json.writeStringField("api-version", API_VERSION);
            json.writeEndObject();
            json.writeArrayFieldStart("projects");
            for (Listed project : projects) {
                json.writeStartObject();
                if (project.lastSerial() >= 0) {
                    json.writeNumberField("_last-serial", project.lastSerial());
                }
                json.writeStringField("name", project.name().value());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private static Writer writer(OutputStream out) {
        return new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 16 << 10);
    }
}
