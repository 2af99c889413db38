package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One file of a project as upstream's index tells of it (PEP 503, 592, 658, 691, 700, 740).
 *
 * @param filename the distribution's file name, {@linkplain DistributionName#isSafe safe}
 * @param url absolute upstream URL, http or https, without a fragment
 * @param digests what the index promises, in the order of {@link Algorithm}; immutable, empty where it promises nothing
 * @param requiresPython the version specifier that an interpreter must meet, null if none is given
 * @param yanked why the file was withdrawn, "" for no reason given, null for a file that was not
 * @param sizeBytes number of bytes, -1 if unknown
 * @param uploadTime when it was uploaded, in upstream's own words, null if unknown
 * @param coreMetadata what upstream says of the metadata sidecar (PEP 714), null if it has none
 * @param gpgSig whether upstream has a detached signature, null if it does not say
 * @param provenance URL of the attestations (PEP 740), null if there are none
 */
record FileRecord(
        String filename,
        String url,
        Map<Algorithm, Digest> digests,
        @Nullable String requiresPython,
        @Nullable String yanked,
        long sizeBytes,
        @Nullable String uploadTime,
        @Nullable CoreMetadata coreMetadata,
        @Nullable Boolean gpgSig,
        @Nullable String provenance) {

    private static final String PACKAGES = "packages";

    /**
     * Checks the name and the size, and copies the digests.
     *
     * @throws IllegalArgumentException for an unsafe name or a size below -1
     */
    FileRecord {
        if (!DistributionName.isSafe(filename)) {
            throw new IllegalArgumentException("unsafe file name " + PlainText.quoted(filename));
        }
        if (sizeBytes < -1) {
            throw new IllegalArgumentException("a size is -1 or more, not " + sizeBytes);
        }
        digests = sorted(digests);
    }

    /** The same file, withdrawn for that reason, or, for null, not withdrawn. */
    FileRecord withYanked(@Nullable String why) {
        return new FileRecord(
                filename, url, digests, requiresPython, why, sizeBytes, uploadTime, coreMetadata, gpgSig, provenance);
    }

    /** The same file, without attestations. */
    FileRecord withoutProvenance() {
        return new FileRecord(
                filename, url, digests, requiresPython, yanked, sizeBytes, uploadTime, coreMetadata, gpgSig, null);
    }

    /** What upstream says of a metadata sidecar: its digests, none where it is merely said to be there. */
    record CoreMetadata(Map<Algorithm, Digest> digests) {
        /** Copies the digests. */
        CoreMetadata {
            digests = sorted(digests);
        }
    }

    private static Map<Algorithm, Digest> sorted(Map<Algorithm, Digest> digests) {
        // Most files have one digest: an immutable map of one takes a fifth of the memory of an EnumMap.
        return digests.size() <= 1 ? Map.copyOf(digests) : Collections.unmodifiableMap(new EnumMap<>(digests));
    }

    /**
     * Where we serve the file, below our {@code /packages/}; decoded, each segment {@linkplain PercentCoding#encoded
     * encoded} when it goes into a URL. Upstream's own {@code aa/bb/rest/filename} where its URL has that shape, so that
     * URLs in lock files stay good under another host; else the sha256 split in the same way; else the project's name.
     */
    String path(ProjectName project) {
        String upstream = upstreamPath();
        if (upstream != null) {
            return upstream;
        }
        Digest sha256 = digests.get(Algorithm.SHA256);
        if (sha256 != null) {
            String hex = sha256.hex();
            return hex.substring(0, 2) + "/" + hex.substring(2, 4) + "/" + hex.substring(4) + "/" + filename;
        }
        return project.value() + "/" + filename;
    }

    /** Whether a path below our {@code /packages/} leads to the file: where we serve it, or its name alone, which pypiserver has. */
    boolean isAt(ProjectName project, String asked) {
        return asked.equals(filename) || (asked.endsWith(filename) && asked.equals(path(project)));
    }

    /** {@code aa/bb/rest/filename} if the URL's path ends in {@code /packages/} and that, else null. */
    private @Nullable String upstreamPath() {
        int end = url.length();
        int query = url.indexOf('?');
        if (query >= 0) {
            end = query;
        }
        int name = url.lastIndexOf('/', end - 1) + 1;
        int rest = url.lastIndexOf('/', name - 2) + 1;
        int second = rest - 3;
        int first = rest - 6;
        int packages = first - 1 - PACKAGES.length();
        if (packages < 1
                || name - 1 == rest
                || url.charAt(packages - 1) != '/'
                || !url.startsWith(PACKAGES + "/", packages)
                || url.charAt(second - 1) != '/'
                || !isLowerHex(url, first, first + 2)
                || !isLowerHex(url, second, second + 2)
                || !isLowerHex(url, rest, name - 1)
                || !filename.equals(PercentCoding.decoded(url.substring(name, end)))) {
            return null;
        }
        return url.substring(first, name) + filename;
    }

    private static boolean isLowerHex(String text, int start, int end) {
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }
}
