package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.hosted.BlockWriter;
import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.proxy.repo.BodySink;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.Reply.NotTaken.Reason;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One request of Warehouse's legacy API for uploads, as twine, poetry, flit and {@code uv publish} send it: a form whose field
 * {@code :action} says what is wanted, and, of an upload, a file that goes to the disk as it comes. What is wrong with it is
 * said once all of it has come, since that is when clients listen.
 */
final class Upload implements BodySink, FormReader.Parts {
    /** All fields together; the longest is the description. */
    private static final int FIELDS_BYTES_MAX = 16 << 20;

    private static final int FIELDS_MAX = 10_000;
    private static final String CONTENT = "content";
    private static final String SIGNATURE = "gpg_signature";
    private static final String ATTESTATIONS = "attestations";
    private static final Map<String, Algorithm> DIGESTS = Map.of(
            "md5_digest", Algorithm.MD5,
            "sha256_digest", Algorithm.SHA256,
            "blake2_256_digest", Algorithm.BLAKE2B_256);

    /** What else there is, such as the description, is in the file itself. */
    private static final Set<String> USED = Set.of(
            ":action",
            "protocol_version",
            "name",
            "version",
            "filetype",
            "requires_python",
            "reason",
            "md5_digest",
            "sha256_digest",
            "blake2_256_digest",
            SIGNATURE,
            ATTESTATIONS);

    private final HostedProjects projects;
    private final Predicate<ProjectName> serves;
    private final String by;
    private final long fileBytesMax;
    private final FormReader form;
    /** The first value of each: those that count are given once. */
    private final Map<String, String> fields = new HashMap<>();

    private int fieldsCount;
    private long fieldsBytes;
    private long cameBytes;
    private String part = "";
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private @Nullable String filename;
    private @Nullable Incoming incoming;
    private @Nullable BlockWriter file;
    private @Nullable Reply reply;

    /**
     * An upload to come.
     *
     * @param boundary between the parts of the form
     * @param by who sends it, for the record
     * @param serves whether a project would be served where it is sent to
     */
    Upload(HostedProjects projects, String boundary, String by, Predicate<ProjectName> serves) {
        this.projects = projects;
        this.serves = serves;
        this.by = by;
        this.fileBytesMax = projects.bytesMax();
        this.form = new FormReader(boundary, this);
    }

    /** The answer, once the body has been taken. */
    Reply reply() {
        Reply known = reply;
        if (known == null) {
            throw new IllegalStateException("the form is not complete");
        }
        return known;
    }

    @Override
    public void write(ByteBuffer bytes) {
        cameBytes += bytes.remaining();
        if (cameBytes > fileBytesMax + 2L * FIELDS_BYTES_MAX) {
            throw new StoreException(FailureKind.BAD_REQUEST, "the form does not end");
        }
        if (reply != null) {
            // the rest is read, since a client listens only when it has sent all; none of it is kept
            return;
        }
        try {
            form.read(bytes);
        } catch (RefusedUploadException e) {
            abandon();
            reply = e.reply();
        }
    }

    @Override
    public void beginPart(String name, @Nullable String named) throws RefusedUploadException {
        part = name;
        text.reset();
        if (name.equals(CONTENT)) {
            beginFile(named);
        } else if (++fieldsCount > FIELDS_MAX) {
            throw new RefusedUploadException(Reason.TOO_LARGE, "the form has more than " + FIELDS_MAX + " fields");
        }
    }

    private void beginFile(@Nullable String named) throws RefusedUploadException {
        if (filename != null) {
            throw new RefusedUploadException("the form has more than one file called " + CONTENT);
        }
        if (named == null || !DistributionName.isSafe(named) || !DistributionName.isDistribution(named)) {
            throw new RefusedUploadException("the file name " + PlainText.quoted(String.valueOf(named))
                    + " is not one that a wheel or an sdist can have");
        }
        filename = named;
        Set<Algorithm> algorithms = EnumSet.noneOf(Algorithm.class);
        DIGESTS.forEach((field, algorithm) -> {
            if (fields.containsKey(field)) {
                algorithms.add(algorithm);
            }
        });
        ProjectName project = project(named);
        projects.requireFree(project, named, digests());
        Incoming begun = projects.begin(project, named, algorithms);
        incoming = begun;
        file = new BlockWriter(begun.staged());
    }

    /** Whose file it is: what the field says if the file name agrees, else the likeliest by the file name. */
    private ProjectName project(String named) throws RefusedUploadException {
        List<ProjectName> candidates = DistributionName.candidates(named);
        String said = fields.get("name");
        ProjectName project = (said == null
                        ? candidates.stream().findFirst()
                        : ProjectName.parse(said).filter(candidates::contains))
                .orElseThrow(() -> new RefusedUploadException("the file name " + PlainText.quoted(named)
                        + " does not begin with the name of its project"
                        + (said == null ? "" : ", " + PlainText.quoted(said))));
        if (!serves.test(project)) {
            throw new RefusedUploadException(
                    Reason.FORBIDDEN,
                    "project " + project
                            + " is pinned to another source of this repository, and would not be served; send it to a"
                            + " repository that has it");
        }
        return project;
    }

    @Override
    public void piece(ByteBuffer bytes) throws RefusedUploadException {
        BlockWriter to = file;
        if (part.equals(CONTENT) && to != null) {
            if (to.takenBytes() + bytes.remaining() > fileBytesMax) {
                throw new RefusedUploadException(
                        Reason.TOO_LARGE,
                        "the file is longer than " + fileBytesMax + " bytes, which is what uploads.bytes-max allows");
            }
            to.write(bytes);
            return;
        }
        fieldsBytes += bytes.remaining();
        if (fieldsBytes > FIELDS_BYTES_MAX) {
            throw new RefusedUploadException(
                    Reason.TOO_LARGE, "the fields of the form have more than " + FIELDS_BYTES_MAX + " bytes together");
        }
        if (USED.contains(part)) {
            text.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        }
    }

    @Override
    public void endPart() throws RefusedUploadException {
        if (part.equals(CONTENT)) {
            return;
        }
        if (DIGESTS.containsKey(part) && filename != null) {
            throw new RefusedUploadException(
                    "the field " + part + " comes behind the file, which it can't be compared with any more");
        }
        if (USED.contains(part)) {
            fields.putIfAbsent(part, text.toString(UTF_8));
        }
    }

    @Override
    public void end() {
        if (reply != null) {
            return;
        }
        try {
            form.finish();
            reply = acted();
        } catch (RefusedUploadException e) {
            reply = e.reply();
        } finally {
            abandon();
        }
    }

    private Reply acted() throws RefusedUploadException {
        String action = fields.getOrDefault(":action", "");
        return switch (action) {
            case "file_upload" -> upload();
            case "remove_pkg" -> said(projects.delete(wanted("name"), wanted("version"), by));
            case "yank" ->
                said(projects.yank(wanted("name"), wanted("version"), fields.getOrDefault("reason", ""), by));
            case "unyank" -> said(projects.yank(wanted("name"), wanted("version"), null, by));
            case "doc_upload", "submit", "verify" ->
                throw new RefusedUploadException(":action=" + action + " is not taken here; it is of no use any more");
            default ->
                throw new RefusedUploadException("the field :action says " + PlainText.quoted(action)
                        + "; it can say file_upload, remove_pkg, yank or unyank");
        };
    }

    private static Reply said(String text) {
        return new Reply.Text("text/plain; charset=utf-8", (text + "\n").getBytes(UTF_8));
    }

    private String wanted(String field) throws RefusedUploadException {
        String value = fields.get(field);
        if (value == null || value.isBlank()) {
            throw new RefusedUploadException("the field " + field + " is missing");
        }
        return value.strip();
    }

    private Reply upload() throws RefusedUploadException {
        Incoming taken = incoming;
        BlockWriter written = file;
        String named = filename;
        if (taken == null || written == null || named == null) {
            throw new RefusedUploadException("the form has no file called " + CONTENT);
        }
        String protocol = fields.getOrDefault("protocol_version", "1");
        if (!protocol.equals("1")) {
            throw new RefusedUploadException("protocol_version is " + PlainText.quoted(protocol) + ", and not 1");
        }
        written.flush();
        HostedProjects.Claims claims = new HostedProjects.Claims(
                project(named),
                wanted("version"),
                fields.get("filetype"),
                fields.get("requires_python"),
                digests(),
                fields.get(SIGNATURE),
                fields.get(ATTESTATIONS),
                true);
        return said(projects.add(taken, named, claims, by));
    }

    private Map<Algorithm, Digest> digests() throws RefusedUploadException {
        Map<Algorithm, Digest> claimed = new EnumMap<>(Algorithm.class);
        for (Map.Entry<String, Algorithm> one : DIGESTS.entrySet()) {
            String hex = fields.get(one.getKey());
            if (hex != null && !hex.isBlank()) {
                try {
                    claimed.put(one.getValue(), Digest.parse(one.getValue(), hex.strip()));
                } catch (IllegalArgumentException e) {
                    throw new RefusedUploadException("the field " + one.getKey() + " says " + PlainText.quoted(hex)
                            + ", which is no such digest in hexadecimal digits");
                }
            }
        }
        return claimed;
    }

    /** Forgets the file, unless it has been taken. */
    @Override
    public void abandon() {
        Incoming begun = incoming;
        if (begun != null) {
            begun.discard();
        }
        incoming = null;
        file = null;
    }
}
