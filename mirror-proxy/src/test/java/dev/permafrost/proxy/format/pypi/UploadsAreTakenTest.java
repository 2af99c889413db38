package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.TinySdist;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.WriteLogin;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is sent to a repository without upstream is checked, kept, listed and served; what is wrong with it is said. */
class UploadsAreTakenTest {
    private static final String JSON = "Accept: application/vnd.pypi.simple.v1+json";
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final TinyWheel WHEEL = TinyWheel.of("Glacier.Core", "1.0").requiresPython(">=3.6");

    @TempDir
    Path folder;

    private RunningMirror mirror;
    private String login = "";
    private CapturedLog log;

    @BeforeEach
    void start() throws Exception {
        log = CapturedLog.open();
        WriteLogin writer = WriteLogin.in(folder);
        login = writer.headerLine();
        mirror = RunningMirror.in(folder.resolve("data")).auth(writer.auth()).start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    private RawHttp.Response send(Form form) {
        return form.post(mirror.port(), "/legacy/", login);
    }

    private String page() {
        return mirror.get("/simple/glacier-core/", JSON).body().text();
    }

    @Test
    void aWheelIsListedAndServedAtOnceWithItsMetadata() {
        assertThat(mirror.get("/simple/glacier-core/").status()).isEqualTo(404);
        RawHttp.Response taken = send(Form.upload(WHEEL));
        assertThat(taken.status()).as(taken.body().text()).isEqualTo(200);
        String sha256 = Form.digest("SHA-256", WHEEL.bytes());
        String path = "/packages/" + sha256.substring(0, 2) + "/" + sha256.substring(2, 4) + "/" + sha256.substring(4)
                + "/" + WHEEL.filename();
        assertThat(page())
                .contains("\"filename\":\"" + WHEEL.filename() + "\"", sha256, "\"requires-python\":\">=3.6\"")
                .contains("\"upload-time\":", "\"size\":" + WHEEL.bytes().length, "\"versions\":[\"1.0\"]")
                .contains("\"core-metadata\":{\"sha256\":\"" + Form.digest("SHA-256", WHEEL.metadata()) + "\"}");
        assertThat(mirror.get(path).body().bytes()).isEqualTo(WHEEL.bytes());
        assertThat(mirror.get(path + ".metadata").body().bytes()).isEqualTo(WHEEL.metadata());
        assertThat(mirror.get("/simple/").body().text()).contains(">glacier-core<");
        assertThat(mirror.get("/pypi/glacier-core/json").body().text()).contains("\"summary\":\"made up for a test\"");
    }

    @Test
    void aSourceDistributionThatHoldsForItsWheelsIsListedWithItsMetadata() {
        TinySdist sdist = TinySdist.of("glacier-core", "1.0").field("Requires-Python", ">=3.8");
        assertThat(sendSdist("1.0", sdist).status()).isEqualTo(200);
        String page = page();
        assertThat(page)
                .contains(
                        "\"core-metadata\":{\"sha256\":\"" + Form.digest("SHA-256", sdist.pkgInfo()) + "\"}",
                        "\"requires-python\":\">=3.8\"");
        Matcher link = Pattern.compile("\"url\":\"../../(packages/[^\"]+)\"").matcher(page);
        assertThat(link.find()).isTrue();
        assertThat(mirror.get("/" + link.group(1) + ".metadata").body().bytes()).isEqualTo(sdist.pkgInfo());
        assertThat(sendSdist("1.1", TinySdist.of("glacier-core", "1.1").field("Dynamic", "License"))
                        .status())
                .isEqualTo(200);
        assertThat(page()).containsOnlyOnce("core-metadata");
    }

    @Test
    void aSourceDistributionThatIsAnothersIsRefused() {
        // its folder is the project's
        byte[] renamed = TinySdist.gzip(TinySdist.file(
                "glacier_core-1.0/PKG-INFO", TinySdist.of("other", "1.0").pkgInfo()));
        assertRefused(
                Form.upload("glacier-core", "1.0", "sdist", renamed),
                "glacier_core-1.0.tar.gz",
                renamed,
                "the PKG-INFO of glacier_core-1.0.tar.gz names the project other");
        byte[] older = TinySdist.gzip(TinySdist.file(
                "glacier_core-1.0/PKG-INFO", TinySdist.of("glacier-core", "0.9").pkgInfo()));
        assertRefused(
                Form.upload("glacier-core", "1.0", "sdist", older),
                "glacier_core-1.0.tar.gz",
                older,
                "has version 0.9, and its name has another");
        assertThat(mirror.blobs()).isZero();
    }

    /** As Warehouse has it: whoever installs it could not read it. */
    @Test
    void whatRequiresNothingThatCanBeReadIsRefused() {
        TinyWheel wheel = TinyWheel.of("glacier-core", "1.0").requires("other >= one");
        RawHttp.Response refused = send(Form.upload(wheel));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.header("Content-Type")).startsWith("text/plain");
        assertThat(refused.body().text())
                .contains("says Requires-Dist: other >= one, which is no requirement as of PEP 508");
        assertThat(send(Form.upload(TinyWheel.of("glacier-core", "1.0").requires("other (>=1); extra == 'x'")))
                        .status())
                .isEqualTo(200);
    }

    private RawHttp.Response sendSdist(String version, TinySdist sdist) {
        return send(Form.upload("glacier-core", version, "sdist", sdist.bytes())
                .file("content", sdist.filename(), sdist.bytes()));
    }

    @Test
    void aSecondVersionIsListedThoughThePageWasRemembered() {
        send(Form.upload(WHEEL));
        assertThat(page()).contains("\"versions\":[\"1.0\"]");
        send(Form.upload(TinyWheel.of("glacier-core", "1.1")));
        assertThat(page()).contains("\"versions\":[\"1.0\",\"1.1\"]", "\"_last-serial\":2");
        assertThat(mirror.get("/simple/", JSON).body().text()).contains("\"_last-serial\":2");
    }

    @Test
    void theSameFileAgainIsFineAndAnotherOfItsNameIsAConflictThatClientsKnow() {
        assertThat(send(Form.upload(WHEEL)).status()).isEqualTo(200);
        assertThat(send(Form.upload(WHEEL)).status()).isEqualTo(200);
        RawHttp.Response other = send(Form.upload(TinyWheel.of("Glacier.Core", "1.0")));
        assertThat(other.status()).isEqualTo(409);
        // what twine and poetry look for
        assertThat(other.body().text()).contains("already exist");
        assertThat(page()).contains(Form.digest("SHA-256", WHEEL.bytes()));
    }

    @Test
    void whatIsCertainNotToBeTakenIsNotWrittenToTheDisk() {
        TinyWheel large = TinyWheel.of("Glacier.Core", "1.0").padded(40_000_000, 1);
        TinyWheel respelled = TinyWheel.of("glacier-core", "1.0.0").padded(40_000_000, 1);
        assertThat(send(Form.upload(WHEEL)).status()).isEqualTo(200);
        int blobs = mirror.blobs();
        for (TinyWheel wheel : new TinyWheel[] {large, respelled}) {
            byte[] body = Form.upload(wheel).bytes();
            int most = body.length - 1_000;
            try (RawHttp http = mirror.connect()) {
                http.request(
                                "POST",
                                "/legacy/",
                                "Content-Type: multipart/form-data; boundary=" + Form.BOUNDARY,
                                "Content-Length: " + body.length,
                                login)
                        .send(Arrays.copyOf(body, most));
                // all but a few socket buffers of it has been read by now
                assertThat(mirror.staged()).isZero();
                RawHttp.Response refused =
                        http.send(Arrays.copyOfRange(body, most, body.length)).read();
                assertThat(refused.status()).isEqualTo(409);
                assertThat(refused.body().text()).contains("File already exists: " + wheel.filename());
                assertThat(http.request("GET", "/simple/glacier-core/").read().status())
                        .as("on the same connection")
                        .isEqualTo(200);
            }
            assertThat(mirror.blobs()).isEqualTo(blobs);
        }
    }

    @Test
    void aSignatureAndAttestationsAreKeptAndLedTo() {
        Form form = Form.upload(WHEEL)
                .file("gpg_signature", WHEEL.filename() + ".asc", "-----BEGIN PGP".getBytes(UTF_8))
                .field("attestations", "[{\"version\":1}]");
        assertThat(send(form).status()).isEqualTo(200);
        String page = page();
        assertThat(page).contains("\"gpg-sig\":true", "\"api-version\":\"1.3\"");
        Matcher link =
                Pattern.compile("\"provenance\":\"../../(packages/[^\"]+)\"").matcher(page);
        assertThat(link.find()).isTrue();
        RawHttp.Response provenance = mirror.get("/" + link.group(1));
        assertThat(provenance.header("Content-Type")).isEqualTo("application/vnd.pypi.integrity.v1+json");
        assertThat(provenance.body().text()).contains("\"attestations\":[{\"version\":1}]");
        String signature = "/" + link.group(1).replace(".provenance", ".asc");
        assertThat(mirror.get(signature).body().text()).isEqualTo("-----BEGIN PGP");
        assertThat(mirror.get("/simple/glacier-core/").body().text()).contains("data-gpg-sig=\"true\"");
    }

    @Test
    void attestationsThatAreNoneOrSayMoreAreRefused() {
        for (String forged : new String[] {
            "not JSON", "{}", "[", "[]},{\"publisher\":{\"kind\":\"GitHub\"},\"attestations\":[]", "[] []"
        }) {
            assertThat(send(Form.upload(WHEEL).field("attestations", forged)).status())
                    .as(forged)
                    .isEqualTo(400);
        }
        assertThat(mirror.get("/simple/glacier-core/").status()).isEqualTo(404);
    }

    @Test
    void headsOfPartsThatAreFarTooLongAreRefused() {
        for (String quote : new String[] {"", "\""}) {
            String disposition = "form-data; name=" + quote + "a".repeat(50_000) + quote;
            byte[] body = ("--" + Form.BOUNDARY + "\r\nContent-Disposition: " + disposition + "\r\n\r\nx\r\n--"
                            + Form.BOUNDARY + "--\r\n")
                    .getBytes(UTF_8);
            try (RawHttp http = mirror.connect()) {
                RawHttp.Response refused = http.request(
                                "POST",
                                "/",
                                "Content-Type: multipart/form-data; boundary=" + Form.BOUNDARY,
                                "Content-Length: " + body.length,
                                login)
                        .send(body)
                        .read();
                assertThat(refused.status()).isEqualTo(400);
                assertThat(refused.body().text()).contains("head of more than 8192 bytes");
            }
        }
        assertThat(send(new Form().field("n".repeat(7_000), "x")).status()).isEqualTo(400);
    }

    @Test
    void anotherSpellingOfAFileThatIsThereIsAConflict() {
        assertThat(send(Form.upload(WHEEL)).status()).isEqualTo(200);
        TinyWheel other = TinyWheel.of("glacier-core", "1.0.0");
        assertThat(send(Form.upload(other)).status()).isEqualTo(409);
        assertThat(page()).contains("\"versions\":[\"1.0\"]");
    }

    @Test
    void aCallThatLooksForManyWordsIsAnswered() {
        send(Form.upload(WHEEL));
        String call =
                "<?xml version='1.0'?><methodCall><methodName>search</methodName><params><param><value><struct><member>"
                        + "<name>name</name><value><array><data>"
                        + "<value><string>glacier</string></value>".repeat(1_000)
                        + "</data></array></value></member></struct></value></param></params></methodCall>";
        try (RawHttp http = mirror.connect()) {
            RawHttp.Response found = http.request(
                            "POST", "/RPC2", "Content-Type: text/xml", "Content-Length: " + call.length())
                    .send(call)
                    .read();
            assertThat(found.status()).isEqualTo(200);
            assertThat(found.body().text()).contains("<string>glacier-core</string>", "<string>1.0</string>");
        }
    }

    @Test
    void whoMayNotWriteIsAskedForALogin() {
        assertThat(Form.upload(WHEEL).post(mirror.port(), "/").status()).isEqualTo(401);
        assertThat(page()).doesNotContain(WHEEL.filename());
        assertThat(mirror.staged()).isZero();
    }

    @Test
    void wrongDigestsAreRefusedAndNothingIsKept() {
        byte[] wrong = WHEEL.bytes();
        wrong[wrong.length / 2] ^= 1;
        RawHttp.Response refused = send(Form.upload("glacier-core", "1.0", "bdist_wheel", WHEEL.bytes())
                .file("content", WHEEL.filename(), wrong));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(mirror.get("/simple/glacier-core/").status()).isEqualTo(404);
        assertThat(mirror.blobs()).isZero();
        assertThat(mirror.staged()).isZero();
    }

    @Test
    void whatTheFormSaysAndWhatTheFileSaysMustAgree() {
        assertRefused(Form.upload("other", "1.0", "bdist_wheel", WHEEL.bytes()), WHEEL.filename(), "does not begin");
        assertRefused(Form.upload("glacier-core", "2.0", "bdist_wheel", WHEEL.bytes()), WHEEL.filename(), "version");
        assertRefused(Form.upload("glacier-core", "1.0", "sdist", WHEEL.bytes()), WHEEL.filename(), "bdist_wheel");
        assertRefused(
                Form.upload("glacier-core", "1.0", "bdist_wheel", WHEEL.bytes()),
                "glacier_core-1.0.whl",
                "not that of a wheel");
        assertRefused(
                Form.upload("glacier", "1.0", "bdist_wheel", WHEEL.bytes()),
                "glacier-1.0-py3-none-any.whl",
                "no good wheel");
        assertRefused(
                Form.upload("glacier-core", "not a version", "bdist_wheel", WHEEL.bytes()),
                WHEEL.filename(),
                "PEP 440");
        assertThat(mirror.staged()).isZero();
    }

    /** No installer compares them: who is told wrong finds out when it does not run. */
    @Test
    void aWheelWhoseNameHasOtherTagsThanItsWheelIsRefused() {
        TinyWheel renamed = TinyWheel.of("Glacier.Core", "1.0").tagged("cp39-cp39-win32", "py3-none-any");
        RawHttp.Response refused = send(Form.upload(renamed));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body().text())
                .contains("the WHEEL of glacier_core-1.0-cp39-cp39-win32.whl has the tags py3-none-any, and its name"
                        + " has others");
        TinyWheel several = TinyWheel.of("Glacier.Core", "1.0")
                .tagged("py3-none-manylinux1_x86_64.win32", "py3-none-win32", "py3-none-manylinux1_x86_64");
        assertThat(send(Form.upload(several)).status()).isEqualTo(200);
    }

    private void assertRefused(Form form, String filename, String why) {
        assertRefused(form, filename, WHEEL.bytes(), why);
    }

    private void assertRefused(Form form, String filename, byte[] bytes, String why) {
        RawHttp.Response refused = send(form.file("content", filename, bytes));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body().text()).contains(why);
    }

    @Test
    void fileNamesThatLeadElsewhereAreRefused() {
        for (String name : new String[] {"../../etc/passwd", "..", "a/b-1.0.tar.gz", "x.txt", "%2e%2e-1.0.zip", ""}) {
            RawHttp.Response refused = send(new Form()
                    .field(":action", "file_upload")
                    .field("name", "x")
                    .field("version", "1.0")
                    .file("content", name, WHEEL.bytes()));
            assertThat(refused.status()).as(name).isEqualTo(400);
        }
        assertThat(mirror.blobs()).isZero();
    }

    @Test
    void halfABodyLeavesNothing() throws Exception {
        byte[] body = Form.upload(TinyWheel.of("glacier-core", "1.0").padded(2_000_000, 1))
                .bytes();
        try (RawHttp http = RawHttp.connect(mirror.port())) {
            http.request(
                            "POST",
                            "/",
                            "Content-Type: multipart/form-data; boundary=" + Form.BOUNDARY,
                            "Content-Length: " + body.length,
                            login)
                    .send(Arrays.copyOf(body, body.length / 2));
            Eventually.is(SOON, "the upload has begun", () -> mirror.staged() == 1);
        }
        Eventually.is(SOON, "nothing is staged", () -> mirror.staged() == 0);
        assertThat(mirror.blobs()).isZero();
    }
}
