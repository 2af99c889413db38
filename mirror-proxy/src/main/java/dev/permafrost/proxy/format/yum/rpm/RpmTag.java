package dev.permafrost.proxy.format.yum.rpm;

/** The numbers of a header's entries that a repository's metadata is made of (rpmtag.h of rpm). */
final class RpmTag {
    /** The region around what rpm signs. */
    static final int HEADERIMMUTABLE = 63;

    /** In a signature header: a signature of the header alone, by DSA. */
    static final int SIGNATURE_DSA = 267;

    /** In a signature header: one of the header alone, by RSA or any other algorithm. */
    static final int SIGNATURE_RSA = 268;

    /** In a signature header: those of the header alone, in base64, since rpm 6. */
    static final int SIGNATURE_OPENPGP = 278;

    /** In a signature header: a signature of the header and the payload, by RSA. */
    static final int SIGNATURE_PGP = 1002;

    /** In a signature header: the same by DSA. */
    static final int SIGNATURE_GPG = 1005;

    /** In a signature header: how long the header and the payload are together, of 64 bits. */
    static final int SIGNATURE_LONGSIZE = 270;

    /** In a signature header: the same of 32 bits. In a header the number means something else. */
    static final int SIGNATURE_SIZE = 1000;

    /** In a signature header: the payload's size unpacked, of 64 bits; rpm has it in the header under the same number. */
    static final int LONGARCHIVESIZE = 271;

    static final int NAME = 1000;
    static final int VERSION = 1001;
    static final int RELEASE = 1002;
    static final int EPOCH = 1003;
    static final int SUMMARY = 1004;
    static final int DESCRIPTION = 1005;
    static final int BUILDTIME = 1006;
    /** In a signature header: the payload's size unpacked, of 32 bits. In a header the number means something else. */
    static final int SIGNATURE_PAYLOADSIZE = 1007;

    static final int BUILDHOST = 1007;
    static final int SIZE = 1009;
    static final int VENDOR = 1011;
    static final int LICENSE = 1014;
    static final int PACKAGER = 1015;
    static final int GROUP = 1016;
    static final int URL = 1020;
    static final int ARCH = 1022;
    static final int OLDFILENAMES = 1027;
    static final int FILEMODES = 1030;
    static final int FILEFLAGS = 1037;
    static final int SOURCERPM = 1044;
    static final int ARCHIVESIZE = 1046;
    static final int PROVIDENAME = 1047;
    static final int REQUIREFLAGS = 1048;
    static final int REQUIRENAME = 1049;
    static final int REQUIREVERSION = 1050;
    static final int CONFLICTFLAGS = 1053;
    static final int CONFLICTNAME = 1054;
    static final int CONFLICTVERSION = 1055;
    static final int CHANGELOGTIME = 1080;
    static final int CHANGELOGNAME = 1081;
    static final int CHANGELOGTEXT = 1082;
    static final int OBSOLETENAME = 1090;
    static final int SOURCEPACKAGE = 1106;
    static final int PROVIDEFLAGS = 1112;
    static final int PROVIDEVERSION = 1113;
    static final int OBSOLETEFLAGS = 1114;
    static final int OBSOLETEVERSION = 1115;
    static final int DIRINDEXES = 1116;
    static final int BASENAMES = 1117;
    static final int DIRNAMES = 1118;
    static final int OLDSUGGESTSNAME = 1156;
    static final int OLDSUGGESTSVERSION = 1157;
    static final int OLDSUGGESTSFLAGS = 1158;
    static final int OLDENHANCESNAME = 1159;
    static final int OLDENHANCESVERSION = 1160;
    static final int OLDENHANCESFLAGS = 1161;
    static final int LONGSIZE = 5009;
    /** Digests of the payload, in hexadecimal digits; the first is of it as it is packed. */
    static final int PAYLOADDIGEST = 5092;

    /** The algorithm of these, by its number in OpenPGP. */
    static final int PAYLOADDIGESTALGO = 5093;

    static final int RECOMMENDNAME = 5046;
    static final int RECOMMENDVERSION = 5047;
    static final int RECOMMENDFLAGS = 5048;
    static final int SUGGESTNAME = 5049;
    static final int SUGGESTVERSION = 5050;
    static final int SUGGESTFLAGS = 5051;
    static final int SUPPLEMENTNAME = 5052;
    static final int SUPPLEMENTVERSION = 5053;
    static final int SUPPLEMENTFLAGS = 5054;
    static final int ENHANCENAME = 5055;
    static final int ENHANCEVERSION = 5056;
    static final int ENHANCEFLAGS = 5057;

    private RpmTag() {}
}
