package dev.permafrost.bench.origin;

/**
 * A file of the origin.
 *
 * @param project its project, normalised (PEP 503)
 * @param filename its name, that of a wheel
 * @param content its bytes
 * @param sha256 their digest in hexadecimal
 */
public record Artifact(String project, String filename, Content content, String sha256) {
    /** Makes a file, hashing its content once. */
    static Artifact of(String project, String version, Content content) {
        String filename = project.replace('-', '_') + "-" + version + "-py3-none-any.whl";
        return new Artifact(project, filename, content, content.sha256());
    }

    /** Where the origin serves it: {@code /packages/aa/bb/<60 digits>/<filename>}. */
    public String path() {
        return "/packages/" + sha256.substring(0, 2) + "/" + sha256.substring(2, 4) + "/" + sha256.substring(4) + "/"
                + filename;
    }

    /** How long it is, in bytes. */
    public long lengthBytes() {
        return content.lengthBytes();
    }
}
