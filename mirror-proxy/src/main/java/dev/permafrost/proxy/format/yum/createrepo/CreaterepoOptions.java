package dev.permafrost.proxy.format.yum.createrepo;

import dev.permafrost.store.model.Algorithm;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be made of which folder.
 *
 * @param folder where the packages are
 * @param out where {@code repodata/} is to be
 * @param packages paths of packages below the folder; empty for all that are there
 * @param excludes patterns of paths that are left out, with {@code *} and {@code ?}
 * @param skipSymlinks whether packages that are symbolic links are left out
 * @param update whether what the metadata at hand says of files that have not changed is taken from there
 * @param skipStat whether with that a file of the same name is taken for unchanged
 * @param checksum of packages
 * @param checksumKind what it is called in metadata: its label, or {@code sha} for SHA-1
 * @param changesMax how many entries of a changelog are listed; negative for all
 * @param hrefPrefix what locations begin with; empty for nothing
 * @param cutFolders how many folders of a path are left out of its location
 * @param base the URL below which they are; null for the repository itself
 * @param workers how many packages are read at once
 * @param naming how the files of metadata are named and packed, and what {@code repomd.xml} says
 * @param extras what the metadata has besides the three lists
 * @param ignoreLock whether it is made though another one seems to be at it
 */
public record CreaterepoOptions(
        Path folder,
        Path out,
        List<Path> packages,
        List<String> excludes,
        boolean skipSymlinks,
        boolean update,
        boolean skipStat,
        Algorithm checksum,
        String checksumKind,
        int changesMax,
        String hrefPrefix,
        int cutFolders,
        @Nullable String base,
        int workers,
        Naming naming,
        Extras extras,
        boolean ignoreLock) {
    /**
     * How the files of metadata are named and packed, and what {@code repomd.xml} says.
     *
     * @param lists how the three lists are packed
     * @param others how other files are packed
     * @param databases how SQLite of the lists is compressed; null for none
     * @param checksum of files of metadata, by which they are named too
     * @param checksumKind what it is called: its label, or {@code sha} for SHA-1
     * @param uniqueNames whether names begin with the checksum
     * @param revision null for the time
     * @param timestampIsRevision whether files are said to be of that time
     * @param content words for what is in the repository
     * @param repos names of the repository
     * @param distros what it is a part of, {@code [cpeid,]name}
     * @param retained which files of the metadata before stay
     */
    public record Naming(
            Packing lists,
            Packing others,
            @Nullable Packing databases,
            Algorithm checksum,
            String checksumKind,
            boolean uniqueNames,
            @Nullable String revision,
            boolean timestampIsRevision,
            List<String> content,
            List<String> repos,
            List<String> distros,
            Retention retained) {}

    /**
     * Which files of older metadata stay, for clients that are at work.
     *
     * @param newest so many of each list
     * @param seconds all that are not older than that; 0 for none
     */
    public record Retention(int newest, long seconds) {}

    /**
     * What the metadata has besides the three lists.
     *
     * @param groups a file of groups, comps; null for none
     * @param keepsOthers whether with an update other files that the metadata at hand names stay
     * @param signingKey the file of a key of ours that signs {@code repomd.xml}; null for none
     */
    public record Extras(
            @Nullable Path groups,
            boolean keepsOthers,
            @Nullable Path signingKey) {}
}
