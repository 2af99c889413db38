package dev.permafrost.proxy.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.Wire;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What twine sends, in the clear and under TLS; a real one is run by {@code UploadersJourneyTest}. */
class TwineRequestsAnsweredTest {
    private static final TinyWheel WHEEL = TinyWheel.of("floe", "1.0");

    @TempDir
    Path folder;

    private PublishedTo ours;

    @BeforeEach
    void start() throws Exception {
        ours = new PublishedTo(folder);
    }

    @AfterEach
    void stop() {
        ours.close();
    }

    /** Twine follows no redirect, so that a slash too many or too few must do no harm. */
    @ParameterizedTest
    @EnumSource
    void itIsTakenWithAndWithoutASlash(Wire wire) {
        for (String path : new String[] {"/ours", "/ours/", "/ours/legacy", "/ours/legacy/", "/ours/simple/"}) {
            RawHttp.Response taken = ours.publish(wire, path, form(WHEEL, WHEEL.bytes()));
            assertThat(taken.status()).as(path + ": " + taken.body().text()).isEqualTo(200);
        }
        assertThat(wire.get(ours.mirror, "/ours/simple/floe/", "Accept: " + SimpleIndexTree.JSON)
                        .body()
                        .text())
                .containsOnlyOnce("\"filename\"")
                .contains(IndexFile.of(WHEEL).sha256(), "\"gpg-sig\":true", "\"provenance\"");
    }

    /** {@code --skip-existing}. */
    @ParameterizedTest
    @EnumSource
    void whatIsThereAlreadyIsSaidSoThatItCanBeSkipped(Wire wire) {
        assertThat(ours.publish(wire, "/ours/", form(WHEEL, WHEEL.bytes())).status())
                .isEqualTo(200);
        RawHttp.Response there = ours.publish(
                wire,
                "/ours/",
                form(WHEEL, TinyWheel.of("floe", "1.0").padded(10, 1).bytes()));
        assertThat(there.status()).isEqualTo(409);
        assertThat(there.body().text()).contains("File already exists");
    }

    /** 5xx would be tried again five times. */
    @ParameterizedTest
    @EnumSource
    void whatIsWrongIsNotTriedAgain(Wire wire) {
        Form wrong = Form.upload("floe", "1.0", "bdist_wheel", WHEEL.bytes())
                .file("content", WHEEL.filename(), "no wheel".getBytes(UTF_8));
        RawHttp.Response refused = ours.publish(wire, "/ours/", wrong);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.header("Content-Type")).startsWith("text/plain");
        assertThat(refused.body().text()).contains(WHEEL.filename());
    }

    @ParameterizedTest
    @EnumSource
    void withoutALoginItIsAskedForOne(Wire wire) {
        try (RawHttp client = wire.connect(ours.mirror)) {
            RawHttp.Response refused = form(WHEEL, WHEEL.bytes()).post(client, "/ours/");
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.header("WWW-Authenticate")).startsWith("Basic");
        }
    }

    /** Every field that twine has, some of them several times. */
    private static Form form(TinyWheel wheel, byte[] bytes) {
        return new Form()
                .field("name", wheel.name())
                .field("version", wheel.version())
                .field("filetype", "bdist_wheel")
                .field("pyversion", "py2.py3")
                .field("metadata_version", "2.4")
                .field("summary", "made up for a test")
                .field("home_page", "")
                .field("author", "N. N.")
                .field("author_email", "")
                .field("maintainer", "")
                .field("maintainer_email", "")
                .field("license", "")
                .field("description", "A text\nof two lines.\n")
                .field("keywords", "ice,snow")
                .field("platform", "linux")
                .field("platform", "macosx")
                .field("classifiers", "Topic :: Utilities")
                .field("classifiers", "Programming Language :: Python")
                .field("download_url", "")
                .field("supported_platform", "any")
                .field("comment", "")
                .field("sha256_digest", Form.digest("SHA-256", bytes))
                .field("provides_dist", "")
                .field("requires_dist", "berg>=1; extra == 'x'")
                .field("requires_dist", "serac")
                .field("project_urls", "Home, https://floe.test")
                .field("provides_extra", "x")
                .field("description_content_type", "text/plain")
                .field("license_file", "LICENSE")
                .field("license_expression", "MIT")
                .field("dynamic", "")
                .field(":action", "file_upload")
                .field("protocol_version", "1")
                .field("md5_digest", Form.digest("MD5", bytes))
                .field("blake2_256_digest", PublishedTo.blake2b(bytes))
                .field("attestations", "[{\"version\":1}]")
                .file("gpg_signature", wheel.filename() + ".asc", "-----BEGIN PGP".getBytes(UTF_8))
                .file("content", wheel.filename(), bytes);
    }
}
