package dev.permafrost.proxy.format.yum.rpm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.testing.RpmBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A package whose header says whatever a header can say, well or badly. */
final class OddPackage {
    private static final int[][] DEPENDENCIES = {
        {RpmTag.PROVIDENAME, RpmTag.PROVIDEFLAGS, RpmTag.PROVIDEVERSION},
        {RpmTag.REQUIRENAME, RpmTag.REQUIREFLAGS, RpmTag.REQUIREVERSION},
        {RpmTag.CONFLICTNAME, RpmTag.CONFLICTFLAGS, RpmTag.CONFLICTVERSION},
        {RpmTag.OBSOLETENAME, RpmTag.OBSOLETEFLAGS, RpmTag.OBSOLETEVERSION},
        {RpmTag.RECOMMENDNAME, RpmTag.RECOMMENDFLAGS, RpmTag.RECOMMENDVERSION},
        {RpmTag.SUGGESTNAME, RpmTag.SUGGESTFLAGS, RpmTag.SUGGESTVERSION},
        {RpmTag.SUPPLEMENTNAME, RpmTag.SUPPLEMENTFLAGS, RpmTag.SUPPLEMENTVERSION},
        {RpmTag.ENHANCENAME, RpmTag.ENHANCEFLAGS, RpmTag.ENHANCEVERSION},
        {RpmTag.OLDSUGGESTSNAME, RpmTag.OLDSUGGESTSFLAGS, RpmTag.OLDSUGGESTSVERSION},
        {RpmTag.OLDENHANCESNAME, RpmTag.OLDENHANCESFLAGS, RpmTag.OLDENHANCESVERSION},
    };
    private static final String[] NAMES = {
        "foo",
        "foo-libs",
        "rpmlib(CompressedFileNames)",
        "rpmlib(PayloadIsZstd)",
        "libc.so.6",
        "libc.so.6()(64bit)",
        "libc.so.6(GLIBC_2.2.5)(64bit)",
        "libc.so.6(GLIBC_2.14)(64bit)",
        "libc.so.6(GLIBC_2.4)",
        "libc.so.6(GLIBC_PRIVATE)",
        "libc.so.6(",
        "libc.so.60",
        "libm.so.6()(64bit)",
        "/bin/sh",
        "/usr/bin/tool",
        "/etc/tool.conf",
        "/usr/share/tool/data",
        "(a if b)",
        "((a and b >= 1.0) or c)",
        "config(foo)",
        "<&>\"'\t x",
        "",
        "naïve-ß",
    };
    private static final String[] VERSIONS = {
        "",
        "1",
        "1.0-1",
        "2:1.0-1.el7",
        "0:1-",
        ":1-2",
        "x:1-2",
        " 3:1",
        "-4:1-1",
        "1:2:3-4-5",
        "-1",
        "1.0~rc1-1^git",
        "+:1",
        ":"
    };
    private static final String[] PATHS = {
        "/usr/bin/tool",
        "/etc/tool.conf",
        "/usr/share/tool/data",
        "/usr/share/tool",
        "/usr/lib/sendmail",
        "/opt/x/sbin/y",
        "/usr/share/robin/x",
        "/usr/share/doc/a&b<c>\"d\"",
        "/usr/share/ä/ö",
        "/etc/",
        "relative",
        "/usr/share/line\nfeed\tand\rreturn",
    };
    private static final int[] SENSES = {
        0,
        2,
        4,
        8,
        10,
        12,
        14,
        6,
        8 | 1 << 6,
        1 << 9,
        12 | 1 << 10,
        1 << 5,
        1 << 7,
        1 << 11,
        1 << 19,
        8 | 1 << 19,
        1 << 27,
        8 | 1 << 27,
        1 << 24,
        1 << 14
    };

    private final Random random;

    /** The one that these numbers make. */
    OddPackage(Random random) {
        this.random = random;
    }

    /** What writes it. */
    RpmBuilder builder() {
        RpmBuilder rpm = new RpmBuilder(
                of("foo", "bar", "baz-libs"), of("1", "2.0~beta", "3^git"), of("1", "2.el7"), of("noarch", "x86_64"));
        for (int tag : new int[] {RpmTag.BUILDHOST, RpmTag.VENDOR, RpmTag.LICENSE, RpmTag.PACKAGER, RpmTag.URL}) {
            if (chance()) {
                rpm.string(tag, text());
            }
        }
        for (int tag : new int[] {RpmTag.SUMMARY, RpmTag.DESCRIPTION, RpmTag.GROUP}) {
            if (chance()) {
                rpm.entry(100, 8, 2, "C\0de\0".getBytes(UTF_8)).translated(tag, List.of(text(), text()));
            }
        }
        if (chance()) {
            rpm.ints(RpmTag.EPOCH, of(0, 1, -1, 7));
        }
        if (chance()) {
            rpm.ints(RpmTag.BUILDTIME, of(0, 1_600_000_000, -5));
        }
        if (random.nextInt(5) == 0) {
            rpm.ints(RpmTag.SOURCEPACKAGE, 1);
        }
        switch (random.nextInt(8)) {
            case 0 -> rpm.without(RpmTag.SOURCERPM);
            case 1, 2 -> rpm.ancient();
            default -> {}
        }
        sizes(rpm);
        files(rpm);
        for (int[] tags : DEPENDENCIES) {
            if (random.nextInt(3) > 0) {
                dependencies(rpm, tags);
            }
        }
        if (chance()) {
            changelog(rpm);
        }
        return rpm.payload(new byte[random.nextInt(100)]);
    }

    private void sizes(RpmBuilder rpm) {
        switch (random.nextInt(3)) {
            case 0 -> rpm.ints(RpmTag.SIZE, random.nextInt());
            case 1 -> rpm.number(RpmTag.LONGSIZE, random.nextLong() >>> 12);
            default -> {}
        }
        switch (random.nextInt(5)) {
            case 0 -> rpm.ints(RpmTag.ARCHIVESIZE, random.nextInt());
            case 1 -> rpm.signed(RpmTag.SIGNATURE_PAYLOADSIZE, random.nextInt());
            case 2 -> rpm.signed(RpmTag.LONGARCHIVESIZE, random.nextLong() >>> 12);
            default -> {}
        }
    }

    private void files(RpmBuilder rpm) {
        int count = random.nextInt(4) == 0 ? 0 : random.nextInt(8);
        List<byte[]> paths = new ArrayList<>();
        int[] modes = new int[count];
        int[] flags = new int[count];
        for (int i = 0; i < count; i++) {
            paths.add(
                    random.nextInt(10) == 0
                            ? "/etc/caf\u00e9\u0080".getBytes(ISO_8859_1)
                            : of(PATHS).getBytes(UTF_8));
            modes[i] = of(0100644, 0100755, 040755, 0120777, 0);
            flags[i] = of(0, 1, 2, 1 << 6, 1 << 6 | 1);
        }
        if (random.nextInt(8) == 0) {
            rpm.strings(RpmTag.OLDFILENAMES, paths)
                    .shorts(RpmTag.FILEMODES, modes)
                    .ints(RpmTag.FILEFLAGS, flags);
        } else {
            rpm.files(paths, modes, flags);
        }
    }

    private void dependencies(RpmBuilder rpm, int[] tags) {
        int count = random.nextInt(12);
        List<byte[]> names = new ArrayList<>();
        List<byte[]> versions = new ArrayList<>();
        int[] flags = new int[count];
        for (int i = 0; i < count; i++) {
            names.add(of(NAMES).getBytes(UTF_8));
            versions.add(of(VERSIONS).getBytes(UTF_8));
            flags[i] = SENSES[random.nextInt(SENSES.length)];
        }
        rpm.strings(tags[0], names).ints(tags[1], flags).strings(tags[2], versions);
        if (random.nextInt(20) == 0) {
            rpm.without(tags[1 + random.nextInt(2)]);
        }
    }

    private void changelog(RpmBuilder rpm) {
        int count = random.nextInt(15);
        List<byte[]> authors = new ArrayList<>();
        List<byte[]> texts = new ArrayList<>();
        int[] times = new int[count];
        int time = 1_600_000_000;
        for (int i = 0; i < count; i++) {
            time -= random.nextInt(3) * 40_000;
            times[i] = time;
            authors.add(
                    (of("A B <a@b.example> - 1-1", "  blank  ", "é") + " ".repeat(random.nextInt(3))).getBytes(UTF_8));
            texts.add(text());
        }
        rpm.ints(RpmTag.CHANGELOGTIME, times)
                .strings(RpmTag.CHANGELOGNAME, authors)
                .strings(RpmTag.CHANGELOGTEXT, texts);
    }

    private byte[] text() {
        return switch (random.nextInt(6)) {
            case 0 -> new byte[0];
            case 1 -> "Gr\u00fc\u00dfe, \u00e9t\u00e9 \u0080\u0093".getBytes(ISO_8859_1);
            case 2 -> "\u65e5\u672c\u8a9e \ud83d\udce6 <&>\"'".getBytes(UTF_8);
            case 3 -> "two\nlines\tand\r\na return  ".getBytes(UTF_8);
            default -> ("plain " + random.nextInt(100)).getBytes(UTF_8);
        };
    }

    private boolean chance() {
        return random.nextBoolean();
    }

    private String of(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private int of(int... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
