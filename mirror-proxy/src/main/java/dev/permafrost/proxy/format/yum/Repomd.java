package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a repository's {@code repomd.xml} says: which files its metadata is made of.
 *
 * @param revision as it stands there; empty where it is not said
 * @param tags what it says about the repository
 * @param records the files, in its order; there is one of type {@code primary}
 * @param warnings what was left out of it, one line each and safe to log
 */
public record Repomd(String revision, Tags tags, List<Data> records, List<String> warnings) {
    /** Most bytes of a document; those of distributions have 3 to 50 KiB. */
    static final int DOCUMENT_BYTES_MAX = 4 << 20;

    /** Most files that it may name; those of distributions name 3 to 100. */
    static final int RECORDS_MAX = 1000;

    private static final int ELEMENTS_MAX = 20 * RECORDS_MAX;

    /**
     * What a repository says it is for, each list in its order and often empty.
     *
     * @param content such as {@code binary-x86_64}
     * @param repos names of the repository
     * @param distros what it is a part of
     */
    public record Tags(List<String> content, List<String> repos, List<Distro> distros) {}

    /**
     * A distribution.
     *
     * @param cpeid its name in the Common Platform Enumeration; null where it is not said
     * @param name its name in words
     */
    public record Distro(@Nullable String cpeid, String name) {}

    /**
     * One file of the metadata: a record, which is an element {@code data}.
     *
     * @param type what it is: {@code primary}, {@code filelists_db}, {@code group}, {@code modules_zck} and so on
     * @param location where it is
     * @param checksum of the file as it is sent
     * @param openChecksum of what it unpacks to; null where it is not said
     * @param headerChecksum of the first bytes of a zchunk file; null for others
     * @param sizeBytes its length as it is sent; -1 where it is not said
     * @param openSizeBytes the length of what it unpacks to; -1 where it is not said
     * @param headerSizeBytes how many bytes {@code headerChecksum} is of; -1 for other files than zchunk
     * @param timestampSeconds when it was made, since 1970; -1 where it is not said
     * @param databaseVersion of an SQLite file; -1 for others
     */
    public record Data(
            String type,
            Location location,
            Digest checksum,
            @Nullable Digest openChecksum,
            @Nullable Digest headerChecksum,
            long sizeBytes,
            long openSizeBytes,
            long headerSizeBytes,
            long timestampSeconds,
            long databaseVersion) {
        /** The same, said to be made then, in seconds since 1970. */
        Data madeAt(long seconds) {
            return new Data(
                    type,
                    location,
                    checksum,
                    openChecksum,
                    headerChecksum,
                    sizeBytes,
                    openSizeBytes,
                    headerSizeBytes,
                    seconds,
                    databaseVersion);
        }
    }

    /**
     * Reads a document.
     *
     * @param document its bytes
     * @param title what it is, as a message may say it
     * @throws StoreException of kind {@link FailureKind#UPSTREAM_INVALID} if it is broken, contradicts itself, names no primary or names a
     *     file in a way that can't be served safely; of kind {@link FailureKind#UPSTREAM_TOO_LARGE} if it is beyond a limit
     */
    public static Repomd read(byte[] document, String title) {
        if (document.length > DOCUMENT_BYTES_MAX) {
            throw MetadataFault.tooLarge(
                    title,
                    "it has " + document.length + " bytes, and more than " + DOCUMENT_BYTES_MAX + " are not read");
        }
        return new Reading(document, title).repomd();
    }

    /** The first record of that type. */
    public Optional<Data> record(String type) {
        return records.stream().filter(record -> record.type.equals(type)).findFirst();
    }

    /** The primary record. */
    Data primary() {
        return record("primary").orElseThrow();
    }

    /** The newest of the records' timestamps, in seconds since 1970: yum refuses a document whose newest is older than what it has. */
    OptionalLong newestTimestampSeconds() {
        return records.stream()
                .mapToLong(Data::timestampSeconds)
                .filter(seconds -> seconds >= 0)
                .max();
    }

    /** One document being read. */
    private static final class Reading {
        private final String title;
        private final YumXml xml;
        private final List<Data> records = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private final List<String> content = new ArrayList<>();
        private final List<String> repos = new ArrayList<>();
        private final List<Distro> distros = new ArrayList<>();
        private String revision = "";

        Reading(byte[] document, String title) {
            this.title = title;
            this.xml = new YumXml(document, 0, document.length, title, ELEMENTS_MAX);
        }

        Repomd repomd() {
            xml.root(Set.of("repomd"));
            for (String name = xml.child(); name != null; name = xml.child()) {
                switch (name) {
                    case "revision" -> revision = xml.text();
                    case "tags" -> tags();
                    case "data" -> data();
                    default -> xml.skip();
                }
            }
            xml.end();
            checkWhole();
            return new Repomd(
                    revision,
                    new Tags(List.copyOf(content), List.copyOf(repos), List.copyOf(distros)),
                    List.copyOf(records),
                    List.copyOf(warnings));
        }

        private void tags() {
            for (String name = xml.child(); name != null; name = xml.child()) {
                switch (name) {
                    case "content" -> content.add(xml.text());
                    case "repo" -> repos.add(xml.text());
                    case "distro" -> distros.add(new Distro(xml.attribute("cpeid"), xml.text()));
                    default -> xml.skip();
                }
            }
        }

        private void data() {
            String type = xml.attribute("type");
            if (type == null || type.isEmpty()) {
                // clients pass it over too
                warnings.add("record " + (records.size() + warnings.size() + 1) + " does not say of which type it is");
                xml.skip();
                return;
            }
            if (records.size() == RECORDS_MAX) {
                throw MetadataFault.tooLarge(title, "it names more than " + RECORDS_MAX + " files");
            }
            String at = title + ", record " + PlainText.quoted(type) + ",";
            try {
                records.add(record(type));
            } catch (OddValueException e) {
                throw MetadataFault.invalid(at, e.why());
            }
        }

        private Data record(String type) throws OddValueException {
            Location location = null;
            Digest checksum = null;
            Digest openChecksum = null;
            Digest headerChecksum = null;
            Map<String, Long> numbers = new HashMap<>();
            for (String name = xml.child(); name != null; name = xml.child()) {
                switch (name) {
                    case "location" -> {
                        location = Location.of(xml.attribute("href"), xml.attribute("xml:base"));
                        xml.skip();
                    }
                    case "checksum" -> checksum = checksum();
                    case "open-checksum" -> openChecksum = checksum();
                    case "header-checksum" -> headerChecksum = checksum();
                    case "size", "open-size", "header-size", "timestamp", "database_version" ->
                        numbers.put(name, number(name));
                    default -> xml.skip();
                }
            }
            if (location == null) {
                throw new OddValueException("it has no location");
            }
            if (checksum == null) {
                throw new OddValueException("it has no checksum, so nobody can tell whether the file is the right one");
            }
            return new Data(
                    type,
                    location,
                    checksum,
                    openChecksum,
                    headerChecksum,
                    numbers.getOrDefault("size", -1L),
                    numbers.getOrDefault("open-size", -1L),
                    numbers.getOrDefault("header-size", -1L),
                    numbers.getOrDefault("timestamp", -1L),
                    numbers.getOrDefault("database_version", -1L));
        }

        private Digest checksum() throws OddValueException {
            String kind = xml.attribute("type");
            return Checksums.parse(kind, xml.text());
        }

        private long number(String name) throws OddValueException {
            String text = xml.text();
            OptionalLong number = text.isEmpty() ? OptionalLong.of(-1) : Numbers.parse(text);
            return number.orElseThrow(() -> new OddValueException(
                    "its " + name + " " + PlainText.quoted(text) + " is not a number of 0 or more"));
        }

        private void checkWhole() {
            Map<String, Data> byUrl = new HashMap<>();
            Set<String> types = new HashSet<>();
            for (Data record : records) {
                String url = record.location.base() + " " + record.location.path();
                Data same = byUrl.putIfAbsent(url, record);
                if (same != null && !same.checksum.equals(record.checksum)) {
                    throw MetadataFault.invalid(
                            title,
                            "it names the file " + PlainText.quoted(record.location.href())
                                    + " twice, with different checksums");
                }
                if (!types.add(record.type)) {
                    repeated(record.type);
                }
            }
            if (!types.contains("primary")) {
                throw MetadataFault.invalid(
                        title, "it has no record of type 'primary', which is the list of the repository's packages");
            }
        }

        private void repeated(String type) {
            if (type.equals("primary")) {
                throw MetadataFault.invalid(
                        title, "it has two records of type 'primary', and clients differ in which they take");
            }
            warnings.add("there are several records of type " + PlainText.quoted(type) + "; clients take the first");
        }
    }
}
