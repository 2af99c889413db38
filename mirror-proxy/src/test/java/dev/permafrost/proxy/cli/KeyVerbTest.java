package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys by the command line: made, shown, trusted, revoked. */
class KeyVerbTest {
    @TempDir
    Path folder;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @BeforeEach
    void makeKey() {
        assertThat(run("new", "--data", at("sender"))).as(err::toString).isZero();
    }

    @Test
    void whatIsMadeIsShownTrustedAndRevoked() {
        String fingerprint = fingerprint();
        assertThat(out.toString()).contains(at("sender") + "/keys/own.pub");
        assertThat(run("show", "--data", at("sender"))).isZero();
        assertThat(out.toString()).contains("Own        " + fingerprint);
        assertThat(run("trust", "inside", at("sender/keys/own.pub"), "--keys", at("k")))
                .isZero();
        assertThat(out.toString()).contains("inside", fingerprint);
        assertThat(run("show", "--keys", at("k"))).isZero();
        assertThat(out.toString()).contains("Trusted    " + fingerprint + "  inside", "permafrost key new");
        assertThat(run("revoke", "inside", "--keys", at("k"))).isZero();
        assertThat(run("show", "--keys", at("k"))).isZero();
        assertThat(out.toString())
                .contains("Revoked    " + fingerprint + "  inside")
                .doesNotContain("Trusted");
    }

    @Test
    void programsReadItAsJson() {
        String fingerprint = fingerprint();
        assertThat(run("trust", "inside", at("sender/keys/own.pub"), "--keys", at("k"), "--json"))
                .isZero();
        assertThat(out.toString()).contains("\"name\" : \"inside\"", "\"fingerprint\" : \"" + fingerprint + "\"");
        assertThat(run("show", "--keys", at("k"), "--json")).isZero();
        assertThat(out.toString())
                .startsWith("{")
                .contains("\"own\" : \"\"", "\"revoked\" : [ ]", "\"fingerprint\" : \"" + fingerprint + "\"");
        assertThat(run("new", "--keys", at("k"), "--json")).isZero();
        assertThat(out.toString()).contains("\"file\" : \"" + at("k") + "/own.pub\"");
        assertThat(run("revoke", "own", "--keys", at("k"), "--json")).isZero();
        assertThat(out.toString()).contains("\"name\" : \"own\"");
    }

    @Test
    void aKeyIsNeverReplacedAndTheMessageSaysWhatToDo() throws Exception {
        byte[] before = Files.readAllBytes(folder.resolve("sender/keys/own.pem"));
        assertThat(run("new", "--data", at("sender"))).isEqualTo(1);
        assertThat(err.toString()).contains("permafrost: there is a key", "move it away");
        assertThat(folder.resolve("sender/keys/own.pem")).hasBinaryContent(before);
    }

    @Test
    void keysOfAStoreThatCannotBeWrittenLieWhereTheStateDoes() {
        assertThat(run("new", "--data", at("frozen"), "--set", "state=" + at("state")))
                .isZero();
        assertThat(folder.resolve("state/keys/own.pem")).exists();
        assertThat(folder.resolve("frozen")).doesNotExist();
    }

    @Test
    void misuseIsSaid() {
        assertThat(run()).isEqualTo(2);
        assertThat(run("trust", "inside")).isEqualTo(2);
        assertThat(run("trust", "../x", at("sender/keys/own.pub"), "--keys", at("k")))
                .isEqualTo(2);
        assertThat(err.toString()).contains("'../x' can't be a key's name");
        assertThat(run("revoke", "nobody", "--keys", at("k"))).isEqualTo(1);
        assertThat(err.toString()).contains("there is no key 'nobody'");
    }

    private String fingerprint() {
        return out.toString().lines().findFirst().orElseThrow().replace("Made a key: ", "");
    }

    private String at(String path) {
        return folder.resolve(path).toString();
    }

    private int run(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "key";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        out = new StringWriter();
        err = new StringWriter();
        return Main.line()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all);
    }
}
