package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a metalink, of version 3 or of version 4 (RFC 5854), says of a repository's {@code repomd.xml}: which it is now, and who has it.
 *
 * @param versions those that may be taken, the newest first; where there are any, no other may
 * @param mirrors who has it, the best first; only those of HTTP and HTTPS
 * @param warnings what was left out, one line each and safe to log
 */
record Metalink(List<Version> versions, List<Mirror> mirrors, List<String> warnings) {
    /** Most bytes of a document; those of Fedora have 20 to 300 KiB. */
    static final int DOCUMENT_BYTES_MAX = 4 << 20;

    private static final int ELEMENTS_MAX = 100_000;
    private static final int WARNINGS_MAX = 10;
    private static final String REPOMD = "repomd.xml";
    private static final String REPOMD_PATH = "repodata/repomd.xml";

    /** The best preference of version 3, where the worst is 0. */
    private static final int PREFERENCE_MAX = 100;

    /** The best priority of version 4 is 1, and this is the worst. */
    private static final int PRIORITY_MAX = 999_999;

    /**
     * One version of {@code repomd.xml}.
     *
     * @param timestampSeconds its newest timestamp, since 1970; -1 where it is not said
     * @param sizeBytes its length; -1 where it is not said
     * @param digests what it has to have, the strongest first; at least one
     */
    record Version(long timestampSeconds, long sizeBytes, List<Digest> digests) {
        /** Whether a file is this version, by the strongest of the digests, as dnf sees it. */
        boolean fits(byte[] file) {
            Digest wanted = digests.get(0);
            return (sizeBytes < 0 || sizeBytes == file.length)
                    && Checksums.of(wanted.algorithm(), file).equals(wanted);
        }

        /** Whether it is known to be the file that has this digest. */
        boolean isKnownAs(Digest digest) {
            return digests.contains(digest);
        }
    }

    /**
     * Who has it.
     *
     * @param base the repository's URL there, ending in a slash
     * @param location the country, as a code of ISO 3166; null where it is not said
     * @param preference the higher, the better: of version 3 from 0 to 100; of version 4 its priority, negated
     */
    record Mirror(URI base, @Nullable String location, int preference) {}

    /**
     * Reads a document; one without a mirror is one too.
     *
     * @param document its bytes
     * @param title what it is, as a message may say it
     * @throws StoreException of kind {@link FailureKind#UPSTREAM_INVALID} if it is broken, is not about a {@code repomd.xml}, or names
     *     checksums but none that can be had; of kind {@link FailureKind#UPSTREAM_TOO_LARGE} if it is beyond a limit
     */
    static Metalink read(byte[] document, String title) {
        if (document.length > DOCUMENT_BYTES_MAX) {
            throw MetadataFault.tooLarge(
                    title,
                    "it has " + document.length + " bytes, and more than " + DOCUMENT_BYTES_MAX + " are not read");
        }
        return new Reading(document, title).metalink();
    }

    /** One document being read. */
    private static final class Reading {
        private final String title;
        private final YumXml xml;
        private final List<Version> versions = new ArrayList<>();
        private final List<Mirror> mirrors = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private boolean hasChecksums;
        private boolean hasFile;
        /** It has URLs in an element of their own, and those elsewhere are none. */
        private boolean isVersion3;

        Reading(byte[] document, String title) {
            this.title = title;
            this.xml = new YumXml(document, 0, document.length, title, ELEMENTS_MAX);
        }

        Metalink metalink() {
            xml.root(Set.of("metalink"));
            isVersion3 = String.valueOf(xml.attribute("version")).startsWith("3");
            files();
            xml.end();
            if (!hasFile) {
                throw MetadataFault.invalid(title, "it is not about a file of the name 'repomd.xml'");
            }
            if (versions.isEmpty() && hasChecksums) {
                throw MetadataFault.invalid(
                        title,
                        "of the checksums that it names for repomd.xml none is whole, so no file can be the right one");
            }
            // a stable sort: mirrors that are as good as each other stay in the document's order
            mirrors.sort(Comparator.comparingInt(Mirror::preference).reversed());
            return new Metalink(List.copyOf(versions), List.copyOf(mirrors), List.copyOf(warnings));
        }

        /** Version 3 has the files in an element of their own, version 4 has not. */
        private void files() {
            for (String name = xml.child(); name != null; name = xml.child()) {
                if (name.equals("files")) {
                    files();
                } else if (name.equals("file") && REPOMD.equals(xml.attribute("name")) && !hasFile) {
                    hasFile = true;
                    version(true);
                } else {
                    xml.skip();
                }
            }
        }

        /** Reads the file at hand, or an older version of it. */
        private void version(boolean isNewest) {
            long timestamp = -1;
            long size = -1;
            Map<Algorithm, Digest> digests = new LinkedHashMap<>();
            boolean isWhole = true;
            int at = versions.size();
            for (String name = xml.child(); name != null; name = xml.child()) {
                switch (name) {
                    case "timestamp" -> timestamp = number(name);
                    case "size" -> size = number(name);
                    case "verification" -> {
                        for (String hash = xml.child(); hash != null; hash = xml.child()) {
                            isWhole &= hash(hash, digests);
                        }
                    }
                    case "hash" -> isWhole &= hash(name, digests);
                    case "alternates" -> alternates(isNewest);
                    case "resources" -> resources(isNewest);
                    case "url" -> url(isNewest && !isVersion3);
                    default -> xml.skip();
                }
            }
            if (isWhole && !digests.isEmpty()) {
                List<Digest> strongest = new ArrayList<>(digests.values());
                strongest.sort(Comparator.<Digest>comparingInt(
                                digest -> digest.algorithm().lengthBytes())
                        .reversed());
                versions.add(at, new Version(timestamp, size, List.copyOf(strongest)));
            }
        }

        private void alternates(boolean isNewest) {
            for (String name = xml.child(); name != null; name = xml.child()) {
                if (name.equals("alternate") && isNewest) {
                    version(false);
                } else {
                    xml.skip();
                }
            }
        }

        private void resources(boolean isNewest) {
            for (String name = xml.child(); name != null; name = xml.child()) {
                if (name.equals("url")) {
                    url(isNewest);
                } else {
                    xml.skip();
                }
            }
        }

        /** Whether what is at hand leaves the version whole: a checksum that no file can have is not passed over. */
        private boolean hash(String name, Map<Algorithm, Digest> digests) {
            String type = xml.attribute("type");
            String hex = xml.text();
            Algorithm algorithm = Checksums.algorithm(type);
            if (!name.equals("hash") || algorithm == null) {
                return true;
            }
            hasChecksums = true;
            try {
                digests.put(algorithm, Checksums.parse(type, hex));
                return true;
            } catch (OddValueException e) {
                warn(e.why());
                return false;
            }
        }

        private void url(boolean isMeant) {
            String preference = xml.attribute("preference");
            String priority = xml.attribute("priority");
            String location = xml.attribute("location");
            String text = xml.text();
            if (!isMeant) {
                return;
            }
            URI uri = MirrorUrl.parse(text);
            if (uri == null) {
                return;
            }
            if (!uri.toString().endsWith("/" + REPOMD_PATH)) {
                warn("the mirror " + PlainText.quoted(text) + " does not end in " + REPOMD_PATH);
                return;
            }
            String url = uri.toString();
            mirrors.add(new Mirror(
                    URI.create(url.substring(0, url.length() - REPOMD_PATH.length())),
                    location == null || location.isEmpty() ? null : location,
                    preference(preference, priority)));
        }

        /** One that says nothing sensible is asked last. */
        private static int preference(@Nullable String preference, @Nullable String priority) {
            if (priority != null) {
                long number = Numbers.parse(priority.strip()).orElse(PRIORITY_MAX);
                return (int) -Math.min(number, PRIORITY_MAX);
            }
            long number =
                    preference == null ? 0 : Numbers.parse(preference.strip()).orElse(0);
            return (int) Math.min(number, PREFERENCE_MAX);
        }

        private long number(String name) {
            String text = xml.text();
            long number = Numbers.parse(text).orElse(-1);
            if (number < 0) {
                warn("the " + name + " " + PlainText.quoted(text) + " is not a number of 0 or more");
            }
            return number;
        }

        private void warn(String warning) {
            if (warnings.size() < WARNINGS_MAX) {
                warnings.add(warning);
            }
        }
    }
}
