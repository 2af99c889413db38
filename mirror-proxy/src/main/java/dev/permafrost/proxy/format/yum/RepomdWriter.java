package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a {@code repomd.xml}, as createrepo_c lays it out. */
public final class RepomdWriter {
    private final StringBuilder out = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + "<repomd xmlns=\"http://linux.duke.edu/metadata/repo\""
            + " xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\">\n");

    private final String sha1;

    private RepomdWriter(String sha1) {
        this.sha1 = sha1;
    }

    /**
     * A document that says of a repository what another one does, and names these files.
     *
     * @param like what its revision and its tags are taken from
     */
    public static byte[] write(Repomd like, List<Repomd.Data> records) {
        return write(like, records, "sha");
    }

    /**
     * The same.
     *
     * @param sha1 what SHA-1 is called, {@code sha} or {@code sha1}
     */
    public static byte[] write(Repomd like, List<Repomd.Data> records, String sha1) {
        RepomdWriter writer = new RepomdWriter(sha1);
        writer.element("  ", "revision", "", like.revision());
        writer.tags(like.tags());
        records.forEach(writer::data);
        return writer.out.append("</repomd>\n").toString().getBytes(UTF_8);
    }

    private void tags(Repomd.Tags tags) {
        if (tags.content().isEmpty() && tags.repos().isEmpty() && tags.distros().isEmpty()) {
            return;
        }
        out.append("  <tags>\n");
        tags.content().forEach(text -> element("    ", "content", "", text));
        tags.repos().forEach(text -> element("    ", "repo", "", text));
        tags.distros()
                .forEach(distro -> element(
                        "    ",
                        "distro",
                        distro.cpeid() == null ? "" : attribute("cpeid", distro.cpeid()),
                        distro.name()));
        out.append("  </tags>\n");
    }

    private void data(Repomd.Data data) {
        out.append("  <data").append(attribute("type", data.type())).append(">\n");
        checksum("checksum", data.checksum());
        checksum("open-checksum", data.openChecksum());
        checksum("header-checksum", data.headerChecksum());
        Location location = data.location();
        out.append("    <location")
                .append(location.base() == null ? "" : attribute("xml:base", location.base()))
                .append(attribute("href", location.href()))
                .append("/>\n");
        number("timestamp", data.timestampSeconds());
        number("size", data.sizeBytes());
        number("open-size", data.openSizeBytes());
        number("header-size", data.headerSizeBytes());
        number("database_version", data.databaseVersion());
        out.append("  </data>\n");
    }

    private void checksum(String name, @Nullable Digest digest) {
        if (digest != null) {
            element("    ", name, attribute("type", kind(digest.algorithm())), digest.hex());
        }
    }

    private void number(String name, long value) {
        if (value >= 0) {
            element("    ", name, "", Long.toString(value));
        }
    }

    private String kind(Algorithm algorithm) {
        return algorithm == Algorithm.SHA1 ? sha1 : algorithm.label();
    }

    private void element(String indent, String name, String attributes, String text) {
        if (!text.isEmpty()) {
            out.append(indent).append('<').append(name).append(attributes).append('>');
            out.append(escaped(text)).append("</").append(name).append(">\n");
        }
    }

    private static String attribute(String name, String value) {
        return " " + name + "=\"" + escaped(value) + '"';
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
