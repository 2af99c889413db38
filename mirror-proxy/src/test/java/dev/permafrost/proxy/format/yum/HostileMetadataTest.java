package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What metadata may do to us, whichever list it is in: nothing. */
class HostileMetadataTest {
    private static final String SHA256 = "abababababababababababababababababababababababababababababababab";
    private static final int ROUNDS = 3000;

    /** Every reader, with a document that it likes and the tag that the document's text may go after. */
    enum Reader {
        REPOMD(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<repomd xmlns=\"u\"><revision>1</revision><tags><content>c</content>"
                        + "<distro cpeid='x'>d</distro></tags>\n<data type=\"primary\">\n<checksum type=\"sha256\">"
                        + SHA256
                        + "</checksum><open-checksum type=\"sha256\">" + SHA256
                        + "</open-checksum><location href=\"repodata/p.gz\"/><timestamp>1.5</timestamp><size>1</size></data></repomd>",
                "<revision>") {
            @Override
            void read(byte[] document) {
                Repomd.read(document, "the list");
            }
        },
        PRIMARY(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata xmlns=\"c\" xmlns:rpm=\"r\" packages=\"1\">\n<!-- x -->"
                        + "<package type=\"rpm\"><name>bear</name><arch>x</arch><version epoch='0' ver='1' rel='2'/>"
                        + "<checksum type='sha256' pkgid='YES'>" + SHA256
                        + "</checksum><description><![CDATA[ä > ]]>&lt;</description><size package='1'/>"
                        + "<location xml:base='http://h/' href='x'/><format><rpm:header-range start='1' end='2'/></format></package>"
                        + "<package/></metadata>",
                "<name>") {
            @Override
            void read(byte[] document) throws IOException {
                PrimaryReader.read(new ByteArrayInputStream(document), "the list", one -> {});
            }
        },
        FILELISTS(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<filelists packages=\"2\"><package pkgid=\"1\" name=\"n\"><file>/x</file>"
                        + "</package>\n<package pkgid='2'/></filelists>",
                "<filelists packages=\"2\">") {
            @Override
            void read(byte[] document) throws IOException {
                PackageElements elements = new PackageElements(new ByteArrayInputStream(document), "the list");
                while (elements.next()) {
                    assertThat(elements.element().remaining()).isEqualTo(elements.elementBytes());
                }
            }
        },
        METALINK(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<metalink version=\"3.0\" xmlns=\"u\" xmlns:mm0=\"m\"><files>"
                        + "<file name=\"repomd.xml\"><mm0:timestamp>1</mm0:timestamp><size>2</size><verification><hash type=\"sha256\">"
                        + SHA256 + "</hash></verification><mm0:alternates><mm0:alternate/></mm0:alternates><resources>"
                        + "<url preference=\"9\">http://a/repodata/repomd.xml</url></resources></file></files></metalink>",
                "<size>") {
            @Override
            void read(byte[] document) {
                Metalink.read(document, "the list");
            }
        },
        MIRRORLIST("# a\nhttp://a/b/\nhttps://[::1]:8080/\nftp://c/\n", "") {
            @Override
            void read(byte[] document) {
                Mirrorlist.read(document, "the list");
            }
        };

        final String good;
        final String place;

        Reader(String good, String place) {
            this.good = good;
            this.place = place;
        }

        abstract void read(byte[] document) throws IOException;

        boolean isXml() {
            return this != MIRRORLIST;
        }

        /** The document with a document type, and a text in it. */
        String with(String documentType, String text) {
            return good.replaceFirst("\\?>\n", "?>\n" + documentType).replace(place, place + text);
        }
    }

    private static void assertRefused(Reader reader, String document) {
        assertRefused(reader, document.getBytes(UTF_8));
    }

    private static void assertRefused(Reader reader, byte[] document) {
        assertThatThrownBy(() -> reader.read(document))
                .isInstanceOfSatisfying(
                        StoreException.class,
                        e -> assertThat(e.kind()).isIn(FailureKind.UPSTREAM_INVALID, FailureKind.UPSTREAM_TOO_LARGE))
                .hasMessageStartingWith("the list")
                .message()
                .matches("[^\\p{Cc}\\p{Cf}\\u2028\\u2029]+")
                .hasSizeLessThan(400);
    }

    @ParameterizedTest
    @EnumSource
    void theDocumentsHereAreGood(Reader reader) throws IOException {
        reader.read(reader.good.getBytes(UTF_8));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MIRRORLIST")
    void nothingIsFetched(Reader reader, @TempDir Path folder) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "secret");
        try (ServerSocket server = new ServerSocket(0)) {
            String url = "http://127.0.0.1:" + server.getLocalPort() + "/";
            for (String type : List.of(
                    "<!DOCTYPE x SYSTEM \"" + url + "\">",
                    "<!DOCTYPE x PUBLIC \"a\" \"" + url + "\">",
                    "<!DOCTYPE x [<!ENTITY e SYSTEM \"" + url + "\">]>",
                    "<!DOCTYPE x [<!ENTITY e SYSTEM \"" + secret.toUri() + "\">]>",
                    "<!DOCTYPE x [<!ENTITY % p SYSTEM \"" + url + "\"> %p;]>")) {
                assertRefused(reader, reader.with(type, type.contains("ENTITY e") ? "&e;" : ""));
            }
            server.setSoTimeout(50);
            assertThatThrownBy(() -> {
                        try (Socket socket = server.accept()) {
                            assertThat(socket).as("somebody fetched").isNull();
                        }
                    })
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MIRRORLIST")
    void aBillionLaughsAreNotHeard(Reader reader) {
        StringBuilder laughs = new StringBuilder("<!DOCTYPE x [<!ENTITY l0 \"lol\">");
        for (int i = 1; i < 10; i++) {
            laughs.append("<!ENTITY l")
                    .append(i)
                    .append(" \"")
                    .append(("&l" + (i - 1) + ";").repeat(10))
                    .append("\">");
        }
        assertRefused(reader, reader.with(laughs + "]>", "&l9;"));
        assertRefused(reader, reader.with("<!DOCTYPE x>", ""));
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"MIRRORLIST", "FILELISTS"})
    void entitiesThatNobodyDeclaredAreRefused(Reader reader) {
        assertRefused(reader, reader.with("", "&nbsp;"));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MIRRORLIST")
    void deepNestingIsRefused(Reader reader) {
        assertRefused(reader, reader.with("", "<x>".repeat(100_000)));
        assertRefused(reader, reader.with("", "<x>".repeat(40) + "</x>".repeat(40)));
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"MIRRORLIST", "FILELISTS"})
    void endlessTextIsRefused(Reader reader) {
        assertRefused(reader, reader.with("", "x".repeat(1 << 20)));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MIRRORLIST")
    void otherEncodingsAreRefused(Reader reader) {
        assertRefused(reader, reader.good.getBytes(UTF_16));
        assertRefused(reader, new byte[] {0, 0, 0, '<'});
        // whether a list of files is text is not looked at: it is passed on as it is
        if (reader != Reader.FILELISTS) {
            assertRefused(reader, reader.with("", "ä").getBytes(ISO_8859_1));
        }
    }

    @Test
    void controlsAreNotRepeatedInMessages() {
        assertRefused(
                Reader.REPOMD,
                Reader.REPOMD.good.replace("repodata/p.gz", "../&#x202e;&#10;\u2028ERROR" + "x".repeat(1000)));
    }

    /** Bytes changed, dropped, repeated and moved at random: whatever comes out is a message of ours. */
    @ParameterizedTest
    @EnumSource
    void randomDamageIsReadOrRefused(Reader reader) {
        byte[] good = reader.good.getBytes(UTF_8);
        for (long seed = 0; seed < ROUNDS; seed++) {
            byte[] bad = damaged(good, new Random(seed));
            try {
                reader.read(bad);
            } catch (StoreException e) {
                assertThat(e.kind())
                        .as("seed " + seed)
                        .isIn(FailureKind.UPSTREAM_INVALID, FailureKind.UPSTREAM_TOO_LARGE);
                assertThat(e).as("seed " + seed).hasMessageStartingWith("the list");
            } catch (IOException | RuntimeException | StackOverflowError e) {
                throw new AssertionError(reader + ", seed " + seed + ": " + new String(bad, ISO_8859_1), e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void randomDamageOfCompressedFilesIsReadOrRefused(Packed packed) {
        byte[] good = packed.pack(Reader.PRIMARY.good.repeat(20).getBytes(UTF_8));
        for (long seed = 0; seed < ROUNDS; seed++) {
            byte[] bad = damaged(good, new Random(seed));
            try {
                Decompressed.open(new ByteArrayInputStream(bad), "the list", 1 << 20)
                        .readAllBytes();
            } catch (StoreException e) {
                assertThat(e.kind())
                        .as("seed " + seed)
                        .isIn(FailureKind.UPSTREAM_INVALID, FailureKind.UPSTREAM_TOO_LARGE);
            } catch (IOException | RuntimeException | StackOverflowError e) {
                throw new AssertionError(packed + ", seed " + seed, e);
            }
        }
    }

    private static byte[] damaged(byte[] good, Random random) {
        List<Byte> bytes = new ArrayList<>();
        for (byte b : good) {
            bytes.add(b);
        }
        String marks = "<>&'\"/!?-[]=: \0\n";
        for (int i = random.nextInt(4); i >= 0 && !bytes.isEmpty(); i--) {
            int at = random.nextInt(bytes.size());
            switch (random.nextInt(6)) {
                case 0 -> bytes.set(at, (byte) random.nextInt(256));
                case 1 -> bytes.set(at, (byte) marks.charAt(random.nextInt(marks.length())));
                case 2 -> bytes.add(at, (byte) marks.charAt(random.nextInt(marks.length())));
                case 3 ->
                    bytes.subList(at, Math.min(bytes.size(), at + 1 + random.nextInt(20)))
                            .clear();
                case 4 ->
                    bytes.addAll(
                            random.nextInt(bytes.size()),
                            List.copyOf(bytes.subList(at, Math.min(bytes.size(), at + 1 + random.nextInt(40)))));
                default -> bytes.subList(at, bytes.size()).clear();
            }
        }
        byte[] bad = new byte[bytes.size()];
        for (int i = 0; i < bad.length; i++) {
            bad[i] = bytes.get(i);
        }
        return Arrays.equals(bad, good) ? new byte[0] : bad;
    }
}
