package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/** Small files that belong to a distribution, whose names are its own with something behind it. */
final class Companions {
    /** A detached OpenPGP signature (PEP 503). */
    static final String SIGNATURE = ".asc";
    /** The attestations of a distribution (PEP 740). */
    static final String PROVENANCE = ".provenance";

    static final List<String> SUFFIXES = List.of(Sidecars.SUFFIX, SIGNATURE, PROVENANCE);

    /** Stands for the URL of attestations of which we are the origin. */
    static final String OURS = "ours";

    /** The media type of attestations (Warehouse's Integrity API). */
    static final String PROVENANCE_TYPE = "application/vnd.pypi.integrity.v1+json";

    private Companions() {}

    /** What a name, path or key has behind that of its distribution; "" for a distribution's own. */
    static String suffix(String name) {
        for (String suffix : SUFFIXES) {
            if (name.endsWith(suffix)) {
                return suffix;
            }
        }
        return "";
    }

    /** A provenance object with these attestations, a JSON array, from a publisher whom nobody vouches for. */
    static byte[] provenance(String attestations) {
        return ("{\"version\":1,\"attestation_bundles\":[{\"publisher\":{\"kind\":\"upload\"},\"attestations\":"
                        + attestations + "}]}")
                .getBytes(UTF_8);
    }
}
