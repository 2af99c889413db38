package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.proxy.repo.Reply.NotTaken.Reason;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether a distribution is what its name, its metadata and whoever sends it say of it: all of them the same. */
final class DistributionCheck {
    private static final Logger log = LoggerFactory.getLogger(DistributionCheck.class);

    /** PEP 427, with the tags of PEP 425, each perhaps several joined by dots. */
    private static final Pattern WHEEL =
            Pattern.compile("[^-]+-[^-]+(-[0-9][^-]*)?(-[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*){3}\\.whl");

    private static final String METADATA = "METADATA";
    private static final String WHEEL_FILE = "WHEEL";

    /** As much of a requirement, or of a list of tags, as is said to be none. */
    private static final int REQUIREMENT_CHARS_MAX = 200;

    private DistributionCheck() {}

    /**
     * Checks a distribution whose bytes are all there, and takes its metadata out of it.
     *
     * @return the METADATA of a wheel, or the PKG-INFO of a source distribution that holds for its wheels; empty for anything else
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
        requireModest(incoming, filename);
        if (!filename.toLowerCase(Locale.ROOT).endsWith(".whl")) {
            return type.equals("sdist") && SdistMetadata.isOne(filename)
                    ? pkgInfo(incoming, filename, claims)
                    : Optional.empty();
        }
        require(
                WHEEL.matcher(filename).matches(),
                "the file name " + filename + " is not that of a wheel: NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl");
        byte[] metadata = member(incoming, filename, project, METADATA);
        agree(MetadataFields.of(metadata), METADATA, filename, claims);
        if (claims.isNew()) {
            // no installer compares them, so that what has been about for years may have been renamed
            tagsAgree(MetadataFields.of(member(incoming, filename, project, WHEEL_FILE)), filename);
        }
        return Optional.of(metadata);
    }

    private static void tagsAgree(MetadataFields wheel, String filename) throws RefusedUploadException {
        List<String> tags = wheel.all("tag");
        require(
                tags.isEmpty() || WheelTags.ofFile(filename).agreeWith(tags),
                "the WHEEL of " + filename + " has the tags "
                        + PlainText.cleaned(String.join(", ", tags), REQUIREMENT_CHARS_MAX)
                        + ", and its name has others; 'wheel tags' changes both");
    }

    /** Whether metadata names the project, and the version that the file's name has. */
    static boolean agrees(MetadataFields fields, String filename, ProjectName project) {
        return namesProject(fields, project) && hasVersion(fields, filename, project);
    }

    private static boolean namesProject(MetadataFields fields, ProjectName project) {
        return ProjectName.parse(orEmpty(fields.first("name")))
                .filter(project::equals)
                .isPresent();
    }

    private static boolean hasVersion(MetadataFields fields, String filename, ProjectName project) {
        Optional<Version> named = DistributionName.version(project, filename).flatMap(Version::inName);
        return named.isPresent()
                && Version.parse(orEmpty(fields.first("version"))).equals(named);
    }

    private static void agree(MetadataFields fields, String called, String filename, HostedProjects.Claims claims)
            throws RefusedUploadException {
        ProjectName project = claims.project();
        require(
                namesProject(fields, project),
                "the " + called + " of " + filename + " names the project " + fields.first("name"));
        require(
                hasVersion(fields, filename, project),
                "the " + called + " of " + filename + " has version " + fields.first("version")
                        + ", and its name has another");
        // what has been about for years may require things in ways that have gone out of use
        for (String requirement : claims.isNew() ? fields.all("requires-dist") : List.<String>of()) {
            require(
                    Requirement.parse(requirement).isPresent(),
                    "the " + called + " of " + filename + " says Requires-Dist: "
                            + PlainText.cleaned(requirement, REQUIREMENT_CHARS_MAX)
                            + ", which is no requirement as of PEP 508; name>=1.0; python_version < '3.8' would be one");
        }
    }

    /** Refuses a ZIP archive that an installer would unpack to no end, whatever its name says it is: pip looks at its bytes. */
    private static void requireModest(Incoming incoming, String filename) throws RefusedUploadException {
        try (FileChannel channel = incoming.staged().inspect()) {
            ZipTable table = new ZipTable(channel, incoming.staged().writtenBytes());
            try {
                table.requireModest();
            } catch (WheelMetadata.RefusedException e) {
                // in what seems damaged here an installer may find its way; programs for Windows have one at their end
                if (e.isExcessive() || (table.isThere() && !filename.endsWith(".exe"))) {
                    throw refused(filename, "no good distribution", e);
                }
                log.debug("{} is not unpacked: {}", filename, e.getMessage());
            }
        } catch (WheelMetadata.RefusedException e) {
            log.debug("{} is not unpacked: {}", filename, e.getMessage());
        } catch (IOException e) {
            throw unreadable(filename, e);
        }
    }

    /** What can't be read is taken without, as it always was: it is for whoever builds it to find out. */
    private static Optional<byte[]> pkgInfo(Incoming incoming, String filename, HostedProjects.Claims claims)
            throws RefusedUploadException {
        ProjectName project = claims.project();
        byte[] metadata;
        try (FileChannel channel = incoming.staged().inspect()) {
            metadata = SdistMetadata.of(channel, incoming.staged().writtenBytes(), filename, project, () -> false);
        } catch (WheelMetadata.RefusedException e) {
            if (e.isExcessive()) {
                throw refused(filename, "no good source distribution", e);
            }
            log.debug("{} is listed without metadata: {}", filename, e.getMessage());
            return Optional.empty();
        } catch (IOException e) {
            throw unreadable(filename, e);
        }
        MetadataFields fields = MetadataFields.of(metadata);
        agree(fields, SdistMetadata.PKG_INFO, filename, claims);
        return SdistMetadata.isFixed(fields) ? Optional.of(metadata) : Optional.empty();
    }

    /** A file in the folder that says what a wheel is. */
    private static byte[] member(Incoming incoming, String filename, ProjectName project, String called)
            throws RefusedUploadException {
        byte[] inFolder = (".dist-info/" + called).getBytes(UTF_8);
        try (FileChannel channel = incoming.staged().inspect()) {
            return WheelMetadata.of(channel, incoming.staged().writtenBytes(), project, inFolder, called);
        } catch (WheelMetadata.RefusedException e) {
            throw refused(filename, "no good wheel", e);
        } catch (IOException e) {
            throw unreadable(filename, e);
        }
    }

    private static RefusedUploadException refused(String filename, String what, WheelMetadata.RefusedException e) {
        return new RefusedUploadException(
                e.isExcessive() ? Reason.TOO_LARGE : Reason.INVALID, filename + " is " + what + ": " + e.getMessage());
    }

    private static StoreException unreadable(String filename, IOException e) {
        return new StoreException(FailureKind.DISK_FAILED, "reading " + filename + ": " + e.getMessage(), e);
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
