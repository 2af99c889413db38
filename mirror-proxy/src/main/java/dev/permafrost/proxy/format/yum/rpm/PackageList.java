package dev.permafrost.proxy.format.yum.rpm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Locale;

/** One of a repository's three lists of packages. */
public enum PackageList {
    PRIMARY(
            "metadata",
            "xmlns=\"http://linux.duke.edu/metadata/common\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\""),
    FILELISTS("filelists", "xmlns=\"http://linux.duke.edu/metadata/filelists\""),
    OTHER("otherdata", "xmlns=\"http://linux.duke.edu/metadata/other\"");

    private final String root;
    private final String namespaces;

    PackageList(String root, String namespaces) {
        this.root = root;
        this.namespaces = namespaces;
    }

    /** Its type in {@code repomd.xml}. */
    public String type() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What of a package is in this list. */
    public byte[] of(PackageXml xml) {
        return switch (this) {
            case PRIMARY -> xml.primary();
            case FILELISTS -> xml.filelists();
            case OTHER -> xml.other();
        };
    }

    /** What is before the packages. */
    public byte[] head(long packages) {
        return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + root + " " + namespaces + " packages=\"" + packages
                        + "\">\n")
                .getBytes(UTF_8);
    }

    /** Whether a document that begins so has elements that mean the same in ours. */
    public boolean fits(String head) {
        return head.contains("<" + root + " ")
                && Arrays.stream(namespaces.split(" ")).allMatch(head::contains);
    }

    /** What is after the packages. */
    public byte[] tail() {
        return ("</" + root + ">").getBytes(UTF_8);
    }
}
