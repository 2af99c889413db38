package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a primary document, the list of a repository's packages, as a stream. A package that can't be served safely, or does not say what
 * a package has to, is skipped and counted; the rest works.
 */
final class PrimaryReader {
    private static final int PACKAGES_MAX = 2_000_000;
    /** A package may list so many capabilities and files. */
    private static final int ELEMENTS_PER_PACKAGE_MAX = 1_000_000;

    private static final int SKIPPED_SHOWN_MAX = 10;
    private static final int NAME_CHARS_MAX = 512;

    private final String title;
    private final List<String> skipped = new ArrayList<>();
    private long read;
    private long skippedCount;

    private PrimaryReader(String title) {
        this.title = title;
    }

    /**
     * What was read.
     *
     * @param packages how many packages were handed over
     * @param declared how many the document says that it has; empty where it does not say
     * @param skippedCount how many of its packages were skipped
     * @param skipped why, for the first few of them, one line each and safe to log
     */
    record Summary(long packages, OptionalLong declared, long skippedCount, List<String> skipped) {
        /** What is odd about the numbers, one line; null where nothing is. */
        @Nullable String warning() {
            long found = packages + skippedCount;
            return declared.isEmpty() || declared.getAsLong() == found
                    ? null
                    : "it says that it has " + declared.getAsLong() + " packages, and has " + found;
        }
    }

    /**
     * Reads a document to its end, and leaves it open. Blocks.
     *
     * @param document decompressed
     * @param title what it is, as a message may say it
     * @param to is given each package, in the document's order
     * @throws StoreException of kind {@link FailureKind#UPSTREAM_INVALID} if it is broken, of kind {@link FailureKind#UPSTREAM_TOO_LARGE}
     *     if it is beyond a limit; packages may have been handed over before
     * @throws IOException if the document can't be read
     */
    static Summary read(InputStream document, String title, Consumer<ListedPackage> to) throws IOException {
        PrimaryReader reader = new PrimaryReader(title);
        PackageElements elements = new PackageElements(document, title);
        if (!elements.root().equals("metadata")) {
            throw MetadataFault.invalid(
                    title,
                    "it begins with " + PlainText.quoted("<" + elements.root() + ">") + ", not with '<metadata>'");
        }
        while (elements.next()) {
            reader.take(elements, to);
        }
        return new Summary(reader.read, elements.declared(), reader.skippedCount, List.copyOf(reader.skipped));
    }

    private void take(PackageElements elements, Consumer<ListedPackage> to) {
        if (read + skippedCount == PACKAGES_MAX) {
            throw MetadataFault.tooLarge(title, "it has more than " + PACKAGES_MAX + " packages");
        }
        Draft draft = new Draft(elements.elementXml(ELEMENTS_PER_PACKAGE_MAX));
        try {
            ListedPackage listed = draft.finished(elements.elementOffset(), elements.elementBytes());
            read++;
            to.accept(listed);
        } catch (OddValueException e) {
            skippedCount++;
            if (skipped.size() < SKIPPED_SHOWN_MAX) {
                skipped.add(PlainText.quoted(draft.name) + ", at byte " + elements.elementOffset() + ": " + e.why());
            }
        }
    }

    /** What one element says. */
    private static final class Draft {
        private String name = "";
        private String arch = "";
        private String epoch = "0";
        private String version = "";
        private String release = "";
        private boolean isPkgid;
        private @Nullable String checksumKind;
        private @Nullable String checksum;
        private @Nullable String href;
        private @Nullable String base;
        private @Nullable String size;
        private @Nullable String fileTime;
        private @Nullable String buildTime;
        private @Nullable String headerStart;
        private @Nullable String headerEnd;
        private String sourceRpm = "";

        Draft(YumXml xml) {
            xml.child();
            for (String child = xml.child(); child != null; child = xml.child()) {
                switch (child) {
                    case "name" -> name = xml.text();
                    case "arch" -> arch = xml.text();
                    case "checksum" -> checksum(xml);
                    case "format" -> format(xml);
                    default -> attributes(child, xml);
                }
            }
            xml.end();
        }

        private void attributes(String child, YumXml xml) {
            switch (child) {
                case "version" -> {
                    epoch = or(xml.attribute("epoch"), "0");
                    version = or(xml.attribute("ver"), "");
                    release = or(xml.attribute("rel"), "");
                }
                case "time" -> {
                    fileTime = xml.attribute("file");
                    buildTime = xml.attribute("build");
                }
                case "size" -> size = xml.attribute("package");
                case "location" -> {
                    href = xml.attribute("href");
                    base = xml.attribute("xml:base");
                }
                default -> {}
            }
            xml.skip();
        }

        /** Where there are several, the one that says that it is the package's is. */
        private void checksum(YumXml xml) {
            boolean says = "YES".equals(xml.attribute("pkgid"));
            String kind = xml.attribute("type");
            String hex = xml.text();
            if (checksum == null || (says && !isPkgid)) {
                checksumKind = kind;
                checksum = hex;
                isPkgid = says;
            }
        }

        private void format(YumXml xml) {
            for (String child = xml.child(); child != null; child = xml.child()) {
                switch (child) {
                    case "sourcerpm" -> sourceRpm = xml.text();
                    case "header-range" -> {
                        headerStart = xml.attribute("start");
                        headerEnd = xml.attribute("end");
                        xml.skip();
                    }
                    default -> xml.skip();
                }
            }
        }

        ListedPackage finished(long elementOffset, int elementBytes) throws OddValueException {
            return new ListedPackage(
                    nevra(),
                    digest(),
                    Location.of(href, base),
                    number("size", size),
                    time(fileTime),
                    time(buildTime),
                    number("header's start", headerStart),
                    number("header's end", headerEnd),
                    sourceRpm.isEmpty() ? null : sourceRpm,
                    elementOffset,
                    elementBytes);
        }

        private Nevra nevra() throws OddValueException {
            checkName("name", name);
            checkName("architecture", arch);
            checkName("version", version);
            checkName("release", release);
            long number = Nevra.epoch(epoch)
                    .orElseThrow(() -> new OddValueException(
                            "its epoch " + PlainText.quoted(epoch) + " is not a number of 32 bits"));
            return new Nevra(name, number, version, release, arch);
        }

        private Digest digest() throws OddValueException {
            if (checksum == null) {
                throw new OddValueException("it has no checksum, so nobody can tell whether the file is the right one");
            }
            return Checksums.parse(checksumKind, checksum);
        }

        private static void checkName(String what, String value) throws OddValueException {
            if (value.isEmpty()) {
                throw new OddValueException("it has no " + what);
            }
            if (value.length() > NAME_CHARS_MAX
                    || value.chars()
                            .anyMatch(c -> c == '/' || Character.isWhitespace(c) || Character.isISOControl(c))) {
                throw new OddValueException("its " + what + " " + PlainText.quoted(value)
                        + " has a slash or a blank in it, or more than " + NAME_CHARS_MAX + " characters");
            }
        }

        private static long number(String what, @Nullable String text) throws OddValueException {
            OptionalLong number = text == null || text.isEmpty() ? OptionalLong.of(-1) : Numbers.parse(text);
            return number.orElseThrow(() -> new OddValueException(
                    "its " + what + " " + PlainText.quoted(String.valueOf(text)) + " is not a number of 0 or more"));
        }

        /** Times are for people to read: what is none is not said. */
        private static long time(@Nullable String text) {
            return text == null ? -1 : Numbers.parse(text).orElse(-1);
        }

        private static String or(@Nullable String value, String otherwise) {
            return value == null || value.isEmpty() ? otherwise : value;
        }
    }
}
