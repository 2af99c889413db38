package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.WriteLogin;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With {@code uploads.overwrite} a file takes the place of another with its name, and nothing of the other is left to be had. */
class UploadsReplaceWhereTheyMayTest {
    private static final TinyWheel BEFORE = TinyWheel.of("demo", "1.0");
    private static final TinyWheel AFTER = TinyWheel.of("demo", "1.0").requires("other");
    private static final String JSON = "Accept: " + SimpleIndexTree.JSON;

    @TempDir
    Path folder;

    private RunningMirror mirror;
    private String login;

    @BeforeEach
    void start() {
        WriteLogin writer = WriteLogin.in(folder);
        login = writer.headerLine();
        UploadConfig defaults = UploadConfig.defaults();
        mirror = RunningMirror.in(folder.resolve("data"))
                .auth(writer.auth())
                .uploads(new UploadConfig(true, defaults.bytesMax(), null, false))
                .start();
        assertThat(send(BEFORE).status()).isEqualTo(200);
    }

    @AfterEach
    void stop() {
        mirror.close();
    }

    @Test
    void thePageAndTheFileAreTheNewOnesAtOnce() {
        assertThat(page()).contains(sha256(BEFORE));
        assertThat(mirror.get(path(BEFORE)).status()).isEqualTo(200);
        assertThat(mirror.get(path(BEFORE) + ".metadata").status()).isEqualTo(200);
        assertThat(send(AFTER).status()).isEqualTo(200);
        assertThat(page())
                .contains(sha256(AFTER), Form.digest("SHA-256", AFTER.metadata()))
                .doesNotContain(sha256(BEFORE), Form.digest("SHA-256", BEFORE.metadata()));
        assertThat(mirror.get(path(AFTER)).body().bytes()).isEqualTo(AFTER.bytes());
        assertThat(mirror.get(path(AFTER) + ".metadata").body().bytes()).isEqualTo(AFTER.metadata());
        assertThat(mirror.get(path(BEFORE)).status()).isEqualTo(404);
        assertThat(mirror.get(path(BEFORE) + ".metadata").status()).isEqualTo(404);
    }

    @Test
    void theSameBytesChangeNothing() {
        String before = page();
        RawHttp.Response again = send(BEFORE);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.body().text()).contains("is here already, with the same bytes");
        assertThat(page()).isEqualTo(before);
    }

    @Test
    void whatWasYankedStaysYanked() {
        PypiHosting.of(RepositoryConfig.defaults("pypi"), mirror.store(), Clock.systemUTC())
                .yank("demo", "1.0", "eats data", "somebody");
        assertThat(send(AFTER).status()).isEqualTo(200);
        assertThat(page()).contains(sha256(AFTER), "\"yanked\":\"eats data\"");
    }

    private RawHttp.Response send(TinyWheel wheel) {
        return Form.upload(wheel).post(mirror.port(), "/legacy/", login);
    }

    private String page() {
        return mirror.get("/simple/demo/", JSON).body().text();
    }

    private static String sha256(TinyWheel wheel) {
        return Form.digest("SHA-256", wheel.bytes());
    }

    private static String path(TinyWheel wheel) {
        String hex = sha256(wheel);
        return "/packages/" + hex.substring(0, 2) + "/" + hex.substring(2, 4) + "/" + hex.substring(4) + "/"
                + wheel.filename();
    }
}
