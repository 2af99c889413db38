package dev.permafrost.proxy.format.yum.rpm;

import dev.permafrost.proxy.format.yum.rpm.RpmHeader.Strings;
import dev.permafrost.proxy.format.yum.rpm.RpmHeader.Values;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a package provides, requires and so on, as createrepo_c lists it: without what rpm asks of itself, what the package has itself, and
 * what is said twice.
 */
final class Dependencies {
    private static final long PREREQ = 1 << 6;
    private static final long SCRIPT_PRE = 1 << 9;
    private static final long SCRIPT_POST = 1 << 10;
    private static final long PRE = PREREQ | SCRIPT_PRE | SCRIPT_POST;
    private static final long MISSINGOK = 1 << 19;
    private static final long STRONG = 1 << 27;
    private static final long EQUAL = 1 << 3;
    /** What one takes in the heap, and in a map, besides its strings. */
    private static final int DEPENDENCY_BYTES = 100;

    private static final String LIBC = "libc.so.6";

    private final RpmPackage of;
    private final List<Dependency> provides = new ArrayList<>();
    private final List<Dependency> requires = new ArrayList<>();
    private final List<Dependency> conflicts = new ArrayList<>();
    private final List<Dependency> obsoletes = new ArrayList<>();
    private final List<Dependency> suggests = new ArrayList<>();
    private final List<Dependency> enhances = new ArrayList<>();
    private final List<Dependency> recommends = new ArrayList<>();
    private final List<Dependency> supplements = new ArrayList<>();
    private final Set<String> provided = new HashSet<>();

    private Dependencies(RpmPackage of) {
        this.of = of;
    }

    /** A group of them in a primary document: the element's name, and its entries, often none. */
    record Group(String element, List<Dependency> entries) {}

    /**
     * Those of a package.
     *
     * @param ownPrimaryFiles whether a path is one of those files that the package has and primary lists
     */
    static List<Group> of(RpmPackage rpm, Predicate<String> ownPrimaryFiles) throws BadRpmException {
        return new Dependencies(rpm).read(ownPrimaryFiles);
    }

    private List<Group> read(Predicate<String> ownPrimaryFiles) throws BadRpmException {
        if (of.isAncient() && !of.sourceRpm().isEmpty()) {
            provideItselfToo();
        } else {
            each(RpmTag.PROVIDENAME, RpmTag.PROVIDEFLAGS, RpmTag.PROVIDEVERSION, this::provide);
        }
        each(RpmTag.CONFLICTNAME, RpmTag.CONFLICTFLAGS, RpmTag.CONFLICTVERSION, to(conflicts));
        each(RpmTag.OBSOLETENAME, RpmTag.OBSOLETEFLAGS, RpmTag.OBSOLETEVERSION, to(obsoletes));
        new Requirements(ownPrimaryFiles).read();
        each(RpmTag.SUGGESTNAME, RpmTag.SUGGESTFLAGS, RpmTag.SUGGESTVERSION, to(suggests));
        each(RpmTag.ENHANCENAME, RpmTag.ENHANCEFLAGS, RpmTag.ENHANCEVERSION, to(enhances));
        each(RpmTag.RECOMMENDNAME, RpmTag.RECOMMENDFLAGS, RpmTag.RECOMMENDVERSION, to(recommends));
        each(RpmTag.SUPPLEMENTNAME, RpmTag.SUPPLEMENTFLAGS, RpmTag.SUPPLEMENTVERSION, to(supplements));
        // as openSUSE wrote them before rpm had weak dependencies of its own
        each(
                RpmTag.OLDSUGGESTSNAME,
                RpmTag.OLDSUGGESTSFLAGS,
                RpmTag.OLDSUGGESTSVERSION,
                (name, flags, evr) -> add((flags & STRONG) == 0 ? suggests : recommends, name, flags, evr, false));
        each(
                RpmTag.OLDENHANCESNAME,
                RpmTag.OLDENHANCESFLAGS,
                RpmTag.OLDENHANCESVERSION,
                (name, flags, evr) -> add((flags & STRONG) == 0 ? enhances : supplements, name, flags, evr, false));
        return List.of(
                new Group("rpm:provides", provides),
                new Group("rpm:requires", requires),
                new Group("rpm:conflicts", conflicts),
                new Group("rpm:obsoletes", obsoletes),
                new Group("rpm:suggests", suggests),
                new Group("rpm:enhances", enhances),
                new Group("rpm:recommends", recommends),
                new Group("rpm:supplements", supplements));
    }

    private interface Taker {
        void take(String name, long flags, String evr) throws BadRpmException;
    }

    private void each(int nameTag, int flagsTag, int versionTag, Taker taker) throws BadRpmException {
        Strings names = of.header().strings(nameTag);
        Values flags = of.header().values(flagsTag);
        Strings versions = of.header().strings(versionTag);
        if (names == null || flags == null || versions == null) {
            return;
        }
        int count = Math.min(names.count(), Math.min(flags.count(), versions.count()));
        for (int i = 0; i < count; i++) {
            taker.take(names.next(), flags.get(i), versions.next());
        }
    }

    private Taker to(List<Dependency> list) {
        return (name, flags, evr) -> add(list, name, flags, evr, false);
    }

    private void add(List<Dependency> list, String name, long flags, String evr, boolean pre) throws BadRpmException {
        Dependency dependency = Dependency.of(name, Dependency.relation(flags), evr, pre);
        if (dependency != null) {
            keep(list, dependency);
        }
    }

    /** Of those without a name, which are not listed, one says that there were some. */
    private void keep(List<Dependency> list, Dependency dependency) throws BadRpmException {
        if (!dependency.name().isEmpty() || list.isEmpty()) {
            of.allowance().takeString(dependency.name());
            of.allowance().takeString(dependency.version());
            of.allowance().takeString(dependency.release());
            of.allowance().take(DEPENDENCY_BYTES);
            list.add(dependency);
        }
    }

    private void provide(String name, long flags, String evr) throws BadRpmException {
        add(provides, name, flags, evr, false);
        String said = said(name, flags, evr);
        if (provided.add(said)) {
            of.allowance().takeString(said);
        }
    }

    /** rpm has packages of old provide what newer ones say themselves, by adding to each of the three entries. */
    private void provideItselfToo() throws BadRpmException {
        List<String> names = listed(RpmTag.PROVIDENAME);
        List<String> versions = listed(RpmTag.PROVIDEVERSION);
        List<Long> flags = new ArrayList<>();
        Values values = of.header().values(RpmTag.PROVIDEFLAGS);
        for (int i = 0; values != null && i < values.count(); i++) {
            of.allowance().take(Long.BYTES * 3);
            flags.add(values.get(i));
        }
        if (versions.isEmpty()) {
            versions.addAll(Collections.nCopies(names.size(), ""));
            flags.addAll(Collections.nCopies(names.size(), 0L));
        }
        String name = of.textOrNull(RpmTag.NAME);
        String evr = (of.header().has(RpmTag.EPOCH) ? of.epoch() + ":" : "") + of.version() + "-" + of.release();
        if (name != null && !isSaid(name, evr, names, flags, versions)) {
            names.add(name);
            versions.add(evr);
            flags.add(EQUAL);
        }
        int count = Math.min(names.size(), Math.min(flags.size(), versions.size()));
        for (int i = 0; i < count; i++) {
            provide(names.get(i), flags.get(i), versions.get(i));
        }
    }

    private static boolean isSaid(
            String name, String evr, List<String> names, List<Long> flags, List<String> versions) {
        for (int i = 0; i < Math.min(names.size(), Math.min(flags.size(), versions.size())); i++) {
            if (names.get(i).equals(name) && versions.get(i).equals(evr) && (flags.get(i) & EQUAL) != 0) {
                return true;
            }
        }
        return false;
    }

    private List<String> listed(int tag) throws BadRpmException {
        List<String> listed = new ArrayList<>();
        Strings strings = of.header().strings(tag);
        while (strings != null && strings.hasNext()) {
            String text = strings.next();
            of.allowance().takeString(text);
            listed.add(text);
        }
        return listed;
    }

    private static String said(String name, long flags, String evr) {
        String relation = Dependency.relation(flags);
        return name + (relation == null ? "" : relation) + evr;
    }

    /** What it requires, of which much is left out. */
    private final class Requirements {
        private final Predicate<String> ownPrimaryFiles;
        private final Map<String, Said> last = new HashMap<>();
        private @Nullable Dependency libc;

        Requirements(Predicate<String> ownPrimaryFiles) {
            this.ownPrimaryFiles = ownPrimaryFiles;
        }

        void read() throws BadRpmException {
            each(RpmTag.REQUIRENAME, RpmTag.REQUIREFLAGS, RpmTag.REQUIREVERSION, this::take);
            if (libc != null) {
                requires.add(libc);
            }
        }

        private void take(String name, long flags, String evr) throws BadRpmException {
            Said said = new Said(Dependency.relation(flags), evr, (flags & PRE) != 0);
            if (name.startsWith("rpmlib(")
                    || ownPrimaryFiles.test(name)
                    || provided.contains(said(name, flags, evr))
                    || said.equals(last.get(name))) {
                return;
            }
            if ((flags & MISSINGOK) != 0) {
                add(recommends, name, flags, evr, false);
                return;
            }
            Dependency dependency = Dependency.of(name, said.relation, evr, said.pre);
            if (dependency == null) {
                return;
            }
            if (name.startsWith(LIBC)) {
                libc = libc == null || LibcVersion.isNewer(name, libc.name()) ? dependency : libc;
            } else {
                keep(requires, dependency);
                last.put(name, said);
            }
        }

        /** A requirement but for its name. */
        private record Said(@Nullable String relation, String evr, boolean pre) {}
    }
}
