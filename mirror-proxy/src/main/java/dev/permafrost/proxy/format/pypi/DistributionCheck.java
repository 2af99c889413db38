package dev.permafrost.proxy.format.pypi;

import dev.permafrost.store.Incoming;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Whether a distribution is what its name, its metadata and whoever sends it say of it: all of them the same. */
final class DistributionCheck {
    /** PEP 427, with the tags of PEP 425, each perhaps several joined by dots. */
    private static final Pattern WHEEL =
            Pattern.compile("[^-]+-[^-]+(-[0-9][^-]*)?(-[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*){3}\\.whl");

    private DistributionCheck() {}

    /**
     * Checks a distribution whose bytes are all there, and takes its metadata out of it.
     *
     * @return the METADATA of a wheel; empty for anything else
     * @throws RefusedUploadException if something does not agree, or a wheel is broken
     */
    static Optional<byte[]> metadata(Incoming incoming, String filename, HostedProjects.Claims claims)
            throws RefusedUploadException {
        ProjectName project = claims.project();
        Version version = Version.parse(claims.version())
                .orElseThrow(() -> new RefusedUploadException("the version " + PlainText.quoted(claims.version())
                        + " is not one of PEP 440; 1.0.post1 would be one"));
        String named = DistributionName.version(project, filename)
                .orElseThrow(() -> new RefusedUploadException("the file name " + filename + " has no version"));
        require(
                Version.inName(named).filter(version::equals).isPresent(),
                "the file name " + filename + " has version " + named + ", and the form says " + claims.version());
        String type = DistributionName.packageType(filename);
        String said = claims.fileType();
        require(said == null || said.equals(type), "the form says " + said + ", and " + filename + " is a " + type);
        if (!filename.toLowerCase(Locale.ROOT).endsWith(".whl")) {
            return Optional.empty();
        }
        require(
                WHEEL.matcher(filename).matches(),
                "the file name " + filename + " is not that of a wheel: NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl");
        byte[] metadata = metadata(incoming, filename, project);
        MetadataFields fields = MetadataFields.of(metadata);
        require(
                ProjectName.parse(orEmpty(fields.first("name")))
                        .filter(project::equals)
                        .isPresent(),
                "the METADATA of " + filename + " names the project " + fields.first("name"));
        require(
                Version.parse(orEmpty(fields.first("version")))
                        .filter(version::equals)
                        .isPresent(),
                "the METADATA of " + filename + " has version " + fields.first("version") + ", and the form says "
                        + claims.version());
        return Optional.of(metadata);
    }

    private static byte[] metadata(Incoming incoming, String filename, ProjectName project)
            throws RefusedUploadException {
        try (FileChannel channel = incoming.staged().inspect()) {
            return WheelMetadata.of(channel, incoming.staged().writtenBytes(), project);
        } catch (WheelMetadata.RefusedException e) {
            throw new RefusedUploadException(filename + " is no good wheel: " + e.getMessage());
        } catch (IOException e) {
            throw new StoreException(FailureKind.DISK_FAILED, "reading " + filename + ": " + e.getMessage(), e);
        }
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static void require(boolean holds, String otherwise) throws RefusedUploadException {
        if (!holds) {
            throw new RefusedUploadException(otherwise);
        }
    }
}
