package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.WriteLogin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store whose index is gone serves own projects as before: what is listed, with all that is said of it, and what is not. */
class LostIndexBringsPagesBackTest {
    private static final String JSON = "Accept: application/vnd.pypi.simple.v1+json";
    private static final Pattern LINK = Pattern.compile("href=\"\\.\\./\\.\\./(packages/[^\"#]+)");

    @TempDir
    Path folder;

    private WriteLogin writer;
    private int port;

    @BeforeEach
    void issue() {
        writer = WriteLogin.in(folder);
    }

    /** At the same address each time, which is part of what the JSON API answers. */
    private RunningMirror start() {
        RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                .auth(writer.auth())
                .port(port)
                .start();
        port = mirror.port();
        return mirror;
    }

    private void send(RunningMirror mirror, Form form) {
        RawHttp.Response taken = form.post(mirror.port(), "/", writer.headerLine());
        assertThat(taken.status()).as(taken.body().text()).isEqualTo(200);
    }

    /** All that clients can see of a project. */
    private static List<String> seen(RunningMirror mirror, String project) {
        List<String> seen = new ArrayList<>();
        String page = "/simple/" + project + "/";
        for (RawHttp.Response response : List.of(
                mirror.get(page),
                mirror.get(page, JSON),
                mirror.get("/pypi/" + project + "/json"),
                mirror.get("/simple/", JSON))) {
            seen.add(response.status() + " " + response.header("ETag") + " " + response.header("X-PyPI-Last-Serial")
                    + " " + response.body().text());
        }
        Matcher link = LINK.matcher(mirror.get(page).body().text());
        while (link.find()) {
            for (String suffix : new String[] {"", ".metadata", ".asc", ".provenance"}) {
                RawHttp.Response response = mirror.get("/" + link.group(1) + suffix);
                seen.add(suffix + " " + response.status() + " " + response.header("ETag") + " "
                        + response.header("Content-Type") + " "
                        + response.body().sha256());
            }
        }
        return seen;
    }

    private void loseIndex() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("data/index"))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void pagesFilesAndWhatBelongsToThemAreTheSame() throws IOException {
        TinyWheel first = TinyWheel.of("firn", "1.0").requiresPython(">=3.6");
        List<String> firn;
        List<String> ice;
        try (RunningMirror mirror = start()) {
            send(
                    mirror,
                    Form.upload(first)
                            .file("gpg_signature", first.filename() + ".asc", "-----BEGIN PGP".getBytes(UTF_8))
                            .field("attestations", "[{\"version\":1}]"));
            for (int i = 0; i < 300; i++) {
                // more than one row of the page
                send(mirror, Form.upload(TinyWheel.of("firn", "2." + i)));
            }
            send(mirror, Form.upload(TinyWheel.of("ice", "1.0")));
            send(mirror, Form.upload(TinyWheel.of("ice", "1.1")));
            send(mirror, Form.upload(TinyWheel.of("gone", "1.0")));
            send(
                    mirror,
                    new Form()
                            .field(":action", "yank")
                            .field("name", "firn")
                            .field("version", "2.7")
                            .field("reason", "it melts"));
            send(
                    mirror,
                    new Form().field(":action", "yank").field("name", "firn").field("version", "2.8"));
            send(
                    mirror,
                    new Form().field(":action", "unyank").field("name", "firn").field("version", "2.8"));
            send(
                    mirror,
                    new Form()
                            .field(":action", "remove_pkg")
                            .field("name", "ice")
                            .field("version", "1.0"));
            send(
                    mirror,
                    new Form()
                            .field(":action", "remove_pkg")
                            .field("name", "gone")
                            .field("version", "1.0"));
            firn = seen(mirror, "firn");
            ice = seen(mirror, "ice");
            assertThat(firn).hasSize(4 + 4 * 301);
            assertThat(firn.get(0)).contains("it melts", "data-gpg-sig", "&gt;=3.6");
            assertThat(ice.get(0)).contains("ice-1.1").doesNotContain("ice-1.0");
        }
        loseIndex();
        try (RunningMirror mirror = start()) {
            assertThat(seen(mirror, "firn")).isEqualTo(firn);
            assertThat(seen(mirror, "ice")).isEqualTo(ice);
            assertThat(mirror.get("/simple/gone/").status()).isEqualTo(404);
            RawHttp.Response other =
                    Form.upload(TinyWheel.of("firn", "1.0")).post(mirror.port(), "/", writer.headerLine());
            assertThat(other.status())
                    .as("other bytes under a name that is taken")
                    .isEqualTo(409);
            send(mirror, Form.upload(TinyWheel.of("ice", "1.0")));
        }
    }
}
