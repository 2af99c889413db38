package dev.permafrost.proxy.format.pypi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes what Warehouse calls its JSON API: {@code /pypi/<project>/json} and {@code /pypi/<project>/<version>/json}. What its index
 * tells of files is all there; what distributions say of themselves is there as far as their metadata is held.
 */
final class LegacyJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    /** Fields of core metadata by their names here, each one value or null. */
    private static final Map<String, String> SINGLE = Map.ofEntries(
            Map.entry("author", "author"),
            Map.entry("author_email", "author-email"),
            Map.entry("description", "description"),
            Map.entry("description_content_type", "description-content-type"),
            Map.entry("download_url", "download-url"),
            Map.entry("home_page", "home-page"),
            Map.entry("keywords", "keywords"),
            Map.entry("license", "license"),
            Map.entry("license_expression", "license-expression"),
            Map.entry("maintainer", "maintainer"),
            Map.entry("maintainer_email", "maintainer-email"),
            Map.entry("platform", "platform"),
            Map.entry("summary", "summary"));

    /** The same with any number of values; null where there are none. */
    private static final Map<String, String> SEVERAL = Map.of(
            "dynamic", "dynamic",
            "license_files", "license-file",
            "provides_extra", "provides-extra",
            "requires_dist", "requires-dist");

    private final String base;
    private final ProjectName project;
    private final long lastSerial;

    /**
     * A file that can be had.
     *
     * @param record what the index says of it
     * @param held what is held of it; null where nothing is
     */
    record Offered(FileRecord record, @Nullable HeldFile held) {}

    /**
     * An answer about one project.
     *
     * @param base the URL of the repository, with a slash at its end
     * @param lastSerial upstream's serial number of the page, -1 if not told
     */
    LegacyJson(String base, ProjectName project, long lastSerial) {
        this.base = base;
        this.project = project;
        this.lastSerial = lastSerial;
    }

    /** Upstream's serial number of the page, -1 if not told. */
    long lastSerial() {
        return lastSerial;
    }

    /** The releases of a project, the oldest first, by the version as it is spelled first; without files whose names tell none. */
    static Map<String, List<Offered>> releases(ProjectName project, Collection<Offered> files) {
        Map<String, String> spellings = new TreeMap<>();
        Map<String, List<Offered>> byKey = new TreeMap<>();
        for (Offered file : files) {
            DistributionName.version(project, file.record().filename()).ifPresent(version -> {
                String key = Version.key(version);
                spellings.putIfAbsent(key, version);
                byKey.computeIfAbsent(key, k -> new ArrayList<>()).add(file);
            });
        }
        Map<String, List<Offered>> releases = new LinkedHashMap<>();
        for (String version : Version.sorted(spellings.values())) {
            releases.put(version, byKey.getOrDefault(Version.key(version), List.of()));
        }
        return releases;
    }

    /** The version that is meant where none is named: the newest that is no pre-release and not yanked, if there is one. */
    static @Nullable String latest(Map<String, List<Offered>> releases) {
        String newestFinal = null;
        String newest = null;
        String newestYanked = null;
        for (Map.Entry<String, List<Offered>> release : releases.entrySet()) {
            String version = release.getKey();
            if (release.getValue().stream().allMatch(file -> file.record().yanked() != null)) {
                newestYanked = version;
            } else if (Version.inName(version).map(Version::isPrerelease).orElse(true)) {
                newest = version;
            } else {
                newestFinal = version;
            }
        }
        if (newestFinal != null) {
            return newestFinal;
        }
        return newest != null ? newest : newestYanked;
    }

    /**
     * Writes the answer about a version.
     *
     * @param all every release where they are to be listed, null where not
     */
    byte[] write(String version, List<Offered> files, MetadataFields metadata, @Nullable Map<String, List<Offered>> all)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(32 << 10);
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            json.writeStartObject();
            info(json, version, files, metadata);
            json.writeNumberField("last_serial", Math.max(0, lastSerial));
            if (all != null) {
                json.writeObjectFieldStart("releases");
                for (Map.Entry<String, List<Offered>> release : all.entrySet()) {
                    files(json, release.getKey(), release.getValue());
                }
                json.writeEndObject();
            }
            files(json, "urls", files);
            json.writeArrayFieldStart("vulnerabilities");
            json.writeEndArray();
            json.writeEndObject();
        }
        return out.toByteArray();
    }

    private void info(JsonGenerator json, String version, List<Offered> files, MetadataFields metadata)
            throws IOException {
        json.writeObjectFieldStart("info");
        for (Map.Entry<String, String> field : new TreeMap<>(SINGLE).entrySet()) {
            json.writeStringField(field.getKey(), metadata.first(field.getValue()));
        }
        for (Map.Entry<String, String> field : new TreeMap<>(SEVERAL).entrySet()) {
            List<String> values = metadata.all(field.getValue());
            if (values.isEmpty()) {
                json.writeNullField(field.getKey());
            } else {
                array(json, field.getKey(), values);
            }
        }
        array(json, "classifiers", metadata.all("classifier"));
        json.writeObjectFieldStart("project_urls");
        for (String url : metadata.all("project-url")) {
            int comma = url.indexOf(',');
            if (comma > 0) {
                json.writeStringField(
                        url.substring(0, comma).strip(),
                        url.substring(comma + 1).strip());
            }
        }
        json.writeEndObject();
        String name = metadata.first("name");
        json.writeStringField("name", name == null ? project.value() : name);
        String page = base + "simple/" + project + "/";
        json.writeStringField("package_url", page);
        json.writeStringField("project_url", page);
        json.writeStringField("release_url", page);
        String python = metadata.first("requires-python");
        json.writeStringField("requires_python", python == null ? pythonOf(files) : python);
        json.writeStringField("version", version);
        Offered withdrawn = files.stream()
                .filter(file -> file.record().yanked() != null)
                .findFirst()
                .orElse(null);
        boolean yanked = withdrawn != null
                && files.stream().allMatch(file -> file.record().yanked() != null);
        yanked(json, yanked, withdrawn == null ? null : withdrawn.record().yanked());
        json.writeEndObject();
    }

    private static @Nullable String pythonOf(List<Offered> files) {
        for (Offered file : files) {
            if (file.record().requiresPython() != null) {
                return file.record().requiresPython();
            }
        }
        return null;
    }

    private static void array(JsonGenerator json, String name, List<String> values) throws IOException {
        json.writeArrayFieldStart(name);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }

    private static void yanked(JsonGenerator json, boolean yanked, @Nullable String reason) throws IOException {
        json.writeBooleanField("yanked", yanked);
        json.writeStringField("yanked_reason", !yanked || reason == null || reason.isEmpty() ? null : reason);
    }

    private void files(JsonGenerator json, String name, List<Offered> files) throws IOException {
        json.writeArrayFieldStart(name);
        for (Offered file : files) {
            file(json, file);
        }
        json.writeEndArray();
    }

    private void file(JsonGenerator json, Offered offered) throws IOException {
        FileRecord file = offered.record();
        HeldFile held = offered.held();
        String filename = file.filename();
        json.writeStartObject();
        json.writeStringField("comment_text", null);
        json.writeObjectFieldStart("digests");
        Map<String, String> digests = new TreeMap<>();
        if (held != null) {
            digests.put(held.sha256().algorithm().label(), held.sha256().hex());
        }
        file.digests().forEach((algorithm, digest) -> digests.put(algorithm.label(), digest.hex()));
        for (Map.Entry<String, String> digest : digests.entrySet()) {
            json.writeStringField(digest.getKey(), digest.getValue());
        }
        json.writeEndObject();
        json.writeNumberField("downloads", -1);
        json.writeStringField("filename", filename);
        json.writeBooleanField("has_sig", false);
        json.writeStringField("md5_digest", digests.get("md5"));
        json.writeStringField("packagetype", DistributionName.packageType(filename));
        json.writeStringField("python_version", DistributionName.pythonTag(filename));
        json.writeStringField("requires_python", file.requiresPython());
        if (file.sizeBytes() < 0 && held == null) {
            json.writeNullField("size");
        } else {
            json.writeNumberField("size", file.sizeBytes() < 0 && held != null ? held.sizeBytes() : file.sizeBytes());
        }
        String uploaded = file.uploadTime();
        json.writeStringField("upload_time", uploaded == null ? null : uploaded.replaceFirst("(\\.[0-9]+)?Z?$", ""));
        json.writeStringField("upload_time_iso_8601", uploaded);
        json.writeStringField("url", base + "packages/" + PercentCoding.encodedPath(file.path(project)));
        yanked(json, file.yanked() != null, file.yanked());
        json.writeEndObject();
    }
}
