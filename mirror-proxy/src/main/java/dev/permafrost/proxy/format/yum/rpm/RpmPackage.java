package dev.permafrost.proxy.format.yum.rpm;

import dev.permafrost.proxy.format.yum.rpm.RpmHeader.Strings;
import org.jspecify.annotations.Nullable;

/** A package, as the headers of its file describe it. */
public final class RpmPackage {
    private final String title;
    private final RpmHeader signature;
    private final RpmHeader header;
    private final long headerStart;
    private final long headerEnd;
    private final Allowance allowance;

    RpmPackage(
            String title,
            RpmHeader signature,
            RpmHeader header,
            long headerStart,
            long headerEnd,
            Allowance allowance) {
        this.title = title;
        this.allowance = allowance;
        this.signature = signature;
        this.header = header;
        this.headerStart = headerStart;
        this.headerEnd = headerEnd;
    }

    /** Its name; empty where it has none. */
    public String name() throws BadRpmException {
        return text(RpmTag.NAME);
    }

    /** Its version. */
    public String version() throws BadRpmException {
        return text(RpmTag.VERSION);
    }

    /** Its release. */
    public String release() throws BadRpmException {
        return text(RpmTag.RELEASE);
    }

    /** Its epoch, 0 where none is said. */
    public long epoch() throws BadRpmException {
        return header.number(RpmTag.EPOCH);
    }

    /** Its architecture; {@code src} for one of sources. */
    public String arch() throws BadRpmException {
        return isSource() ? "src" : text(RpmTag.ARCH);
    }

    /** How long the file has to be at least, as it says itself; 0 where it does not. */
    public long fileBytes() throws BadRpmException {
        for (int tag : new int[] {RpmTag.SIGNATURE_LONGSIZE, RpmTag.SIGNATURE_SIZE}) {
            if (signature.has(tag)) {
                return headerStart + signature.number(tag);
            }
        }
        return 0;
    }

    /** Who signed what of it. */
    public RpmSignatures signatures() throws BadRpmException {
        return RpmSignatures.of(signature, header);
    }

    String title() {
        return title;
    }

    /** The memory that what it says may take. */
    Allowance allowance() {
        return allowance;
    }

    RpmHeader header() {
        return header;
    }

    /** Where in the file the header begins. */
    long headerStart() {
        return headerStart;
    }

    /** Where in the file the header ends, and the payload begins. */
    long headerEnd() {
        return headerEnd;
    }

    /** The string of that tag; empty where there is none. */
    String text(int tag) throws BadRpmException {
        String text = header.string(tag);
        return text == null ? "" : text;
    }

    /** The string of that tag; null where there is none. */
    @Nullable String textOrNull(int tag) throws BadRpmException {
        return header.string(tag);
    }

    /** How many bytes it takes when it is installed. */
    long installedBytes() throws BadRpmException {
        return header.has(RpmTag.LONGSIZE) ? header.number(RpmTag.LONGSIZE) : header.number(RpmTag.SIZE);
    }

    /** How many bytes its payload unpacks to. Newer packages say it in the header of signatures. */
    long archiveBytes() throws BadRpmException {
        for (RpmHeader each : new RpmHeader[] {header, signature}) {
            if (each.has(RpmTag.LONGARCHIVESIZE)) {
                return each.number(RpmTag.LONGARCHIVESIZE);
            }
        }
        return header.has(RpmTag.ARCHIVESIZE)
                ? header.number(RpmTag.ARCHIVESIZE)
                : signature.number(RpmTag.SIGNATURE_PAYLOADSIZE);
    }

    /** The package of sources that it was built from; rpm says {@code (none)} of old ones that do not say. */
    String sourceRpm() throws BadRpmException {
        return saysNotWhatItIs() && !isSource() ? "(none)" : text(RpmTag.SOURCERPM);
    }

    /** Whether it was written before rpm signed headers, which is before 2001; rpm adds to what such say. */
    boolean isAncient() {
        return !header.has(RpmTag.HEADERIMMUTABLE);
    }

    /** Whether files are listed by their paths, as rpm wrote them before it knew folders, and by choice for long after. */
    boolean hasWholePaths() {
        return !header.has(RpmTag.DIRNAMES);
    }

    /** Whether it is one of sources: where it does not say so, it is one if its files are in no folder. */
    boolean isSource() throws BadRpmException {
        if (!saysNotWhatItIs()) {
            return header.number(RpmTag.SOURCEPACKAGE) != 0;
        }
        if (hasWholePaths()) {
            Strings paths = header.strings(RpmTag.OLDFILENAMES);
            return paths != null && paths.hasNext() && !paths.next().startsWith("/");
        }
        Strings folders = header.strings(RpmTag.DIRNAMES);
        return folders != null && folders.count() == 1 && folders.next().isEmpty();
    }

    private boolean saysNotWhatItIs() {
        return !header.has(RpmTag.SOURCERPM) && !header.has(RpmTag.SOURCEPACKAGE);
    }
}
