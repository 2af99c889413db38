package dev.permafrost.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A problem names the file and line, the key, the value and the remedy; all of them come at once. */
final class EveryProblemIsReportedTest {
    @TempDir
    Path folder;

    private ConfigFiles files = new ConfigFiles(Path.of(""));

    @BeforeEach
    void useFolder() {
        files = new ConfigFiles(folder);
    }

    @Test
    void aUnixSocketHasAWholePathAndAMode() {
        assertThat(files.problems("listen: ['unix:run/x', {address: ':1', mode: '0660'}, {address: 'unix:/run/x', mode:"
                        + " '0440'}, {address: 'unix:/run/x', mode: rw}]"))
                .containsExactly(
                        "FILE:1: listen[0]: \"unix:run/x\" is not absolute; write unix: and the whole path, such as"
                                + " unix:/run/permafrost/http.sock",
                        "FILE:1: listen[1].mode: is for Unix sockets alone; remove it, or write an address such as"
                                + " unix:/run/x.sock",
                        "FILE:1: listen[2].mode: \"0440\" is not a mode by which its owner may connect; write one such as"
                                + " \"0660\"",
                        "FILE:1: listen[3].mode: \"rw\" is not a mode by which its owner may connect; write one such as"
                                + " \"0660\"",
                        "FILE:1: listen: has unix:/run/x twice; keep one of the two");
    }

    @Test
    void proxiesAndPrefixesAreWhatTheySay() {
        assertThat(files.problems("http: {trusted-proxies: [proxy.local, 10.0.0.1/8], path-prefix: 'a b'}"))
                .containsExactly(
                        "FILE:1: http.trusted-proxies[0]: \"proxy.local\" is not an address; write one such as 192.0.2.7,"
                                + " 10.0.0.0/8 or fd00::/8",
                        "FILE:1: http.trusted-proxies[1]: \"10.0.0.1/8\" has bits set behind the first 8, so that it is not"
                                + " clear what is meant; write zeros there, or the address alone",
                        "FILE:1: http.path-prefix: \"a b\" is not a path; write one such as /mirror, of letters, digits, '.',"
                                + " '_', '~' and '-'");
    }

    @Test
    void allProblemsComeAtOnce() {
        assertThat(files.problems("""
                        listen: [8080, "127.0.0.1:80", "127.0.0.1:80", "::1:80", "127.0.0.1:65536"]
                        ofline: true
                        fetch:
                          page-wait: 10 sec
                          flights-max: 0
                          open-files-max: many
                          resume-min-bytes: 1M
                          absent-ttl: [1s]
                        upstream:
                          connect-timeout: 10ms
                          header-bytes-max: 2MiB
                        http: none
                        """, "offline=yes", "nonsense"))
                .containsExactly(
                        "--set: \"nonsense\" is not key=value; write for example listen=127.0.0.1:8080",
                        "--set: offline: \"yes\" is neither true nor false; write one of the two",
                        "FILE:12: http: must be a section of keys, not the value \"none\"",
                        "FILE:1: listen[0]: \"8080\" is not an address to listen at; write host:port, such as"
                                + " 127.0.0.1:8080, [::1]:8080, or :8080 for all addresses",
                        "FILE:1: listen[3]: \"::1:80\" is not an address to listen at; write host:port, such as"
                                + " 127.0.0.1:8080, [::1]:8080, or :8080 for all addresses",
                        "FILE:1: listen[4]: \"127.0.0.1:65536\" names a port that does not exist; write a port from 0 to"
                                + " 65535",
                        "FILE:1: listen: has 127.0.0.1:80 twice; keep one of the two",
                        "FILE:4: fetch.page-wait: \"10 sec\" is not a duration; write a number and a unit, as in 250ms,"
                                + " 10s, 10m, 2h or 1d, from 100ms to 5m",
                        "FILE:8: fetch.absent-ttl: must be a single value, not a list",
                        "FILE:5: fetch.flights-max: \"0\" is out of range; write a whole number from 1 to 10000",
                        "FILE:6: fetch.open-files-max: \"many\" is not a whole number; write a whole number from 1 to"
                                + " 1000000",
                        "FILE:7: fetch.resume-min-bytes: \"1M\" is not a size; write bytes, or a number and a unit, as in"
                                + " 64KiB, 1MiB or 2GB, from 0 to 1TiB",
                        "FILE:10: upstream.connect-timeout: \"10ms\" is out of range; write one from 100ms to 5m",
                        "FILE:11: upstream.header-bytes-max: \"2MiB\" is out of range; write one from 1KiB to 1MiB",
                        "FILE:2: ofline: is not a key; did you mean offline?");
    }

    @Test
    void aFolderIsForARepositoryWithoutAnUpstream() {
        assertThat(files.problems("repositories: {a: {upstream: 'http://127.0.0.1:9/simple/', publish: wheels}}"))
                .containsExactly(
                        "FILE:1: repositories.a.publish: is for a repository whose files are its own, and this one"
                                + " has an upstream; give the folder a repository of its own");
    }

    @Test
    void aKeyThatDoesNotExistGetsASuggestion() {
        assertThat(files.problems("page-wait: 1s"))
                .containsExactly("FILE:1: page-wait: is not a key; did you mean fetch.page-wait?");
        assertThat(files.problems("fetch: {pageWait: 1s}"))
                .containsExactly("FILE:1: fetch.pageWait: is not a key; did you mean page-wait?");
        assertThat(files.problems("http: {listen: ':80'}"))
                .containsExactly("FILE:1: http.listen: is not a key; did you mean listen?");
        assertThat(files.problems("", "upstream.retires-max=1"))
                .containsExactly("--set: upstream.retires-max: is not a key; did you mean retries-max?");
        assertThat(files.problems("colour: blue"))
                .containsExactly(
                        "FILE:1: colour: is not a key; the keys here are access-log, admin, data, fetch, hosts, http, listen,"
                                + " logins, offline, repositories, state, tls, upstream, verify");
    }

    @Test
    void whatIsForLaterVersionsIsSaidToBe() {
        assertThat(files.problems("""
                        repositories:
                          pypi: {format: raw}
                        """))
                .containsExactly(
                        "FILE:2: repositories.pypi.format: \"raw\" is a format that this version does not support; write"
                                + " pypi or yum");
    }

    @Test
    void theOperatorsListenerIsElsewhere() {
        assertThat(files.problems("{listen: ['127.0.0.1:80', '127.0.0.1:9090'], admin: '127.0.0.1:9090'}"))
                .containsExactly("FILE:1: admin: is 127.0.0.1:9090, where clients are served too; choose another port");
        assertThat(files.problems("admin: nine"))
                .singleElement()
                .asString()
                .contains("admin: \"nine\" is not an address to listen at");
    }

    @Test
    void listenersAndTlsAndHosts() {
        assertThat(files.problems("""
                        listen: [{tls: auto}, {address: ":443", tls: yes}, {address: ":444", tls: files, port: 3}]
                        tls: {client-auth: required, certificates: [{key: a.pem}]}
                        hosts: {pypi.local: none, "https://a": pypi}
                        repositories: {pypi: {}}
                        """))
                .containsExactlyInAnyOrder(
                        "FILE:1: listen[0]: needs an address, such as {address: \"0.0.0.0:443\", tls: auto}",
                        "FILE:1: listen[1].tls: \"yes\" says nothing about TLS; write auto for a certificate that is made at"
                                + " the first start, files for those under tls.certificates, or none",
                        "FILE:1: listen[2].port: is not a key; the keys here are address, mode, tls",
                        "FILE:1: listen: has tls: files, and tls.certificates names none; name them, or write tls: auto",
                        "FILE:2: tls.client-auth: needs client-ca, a PEM file with the roots that clients' certificates lead"
                                + " to",
                        "FILE:2: tls.certificates[0]: needs a chain, the PEM file with the server's certificate",
                        "FILE:3: hosts.\"pypi.local\": names the repository 'none', which is not among those configured: pypi",
                        "FILE:3: hosts.https://a: is not a host name; write it as clients do, without a scheme and without"
                                + " a port");
    }

    @Test
    void repositoriesNeedNamesAndOneDefault() {
        assertThat(files.problems("repositories: {a: {}, b: {}}"))
                .containsExactly(
                        "FILE:1: repositories: none of a, b is the one that answers at the root; write default: true"
                                + " in one of them");
        assertThat(files.problems("repositories: {a: {default: true}, b: {default: true}}"))
                .containsExactly(
                        "FILE:1: repositories: a and b are both the default; write default: true in one of them and"
                                + " default: false in the others");
        assertThat(files.problems("repositories: {}"))
                .containsExactly(
                        "FILE:1: repositories: there is none; add one, or remove the key to get the public PyPI");
        for (String name : List.of("-", "Pypi", "a/b", "..", "\"\"", "a".repeat(65))) {
            assertThat(files.problems("repositories: {" + name + ": {}}"))
                    .as(name)
                    .singleElement()
                    .asString()
                    .contains("can't be a repository's name; write 1 to 64 of");
        }
    }

    @Test
    void upstreamMustBeAPlainHttpUrl() {
        assertUpstream("pypi.org/simple", "has no scheme; write https:// or http:// in front of it");
        assertUpstream("localhost:8080/simple", "has no scheme; write https:// or http:// in front of it");
        assertUpstream("file:///srv/simple/", "has a scheme that is not supported; write an https:// or http:// URL");
        assertUpstream("https://pypi.org/simple/?a=b", "has a query or a fragment; write the URL up to the '?' or '#'");
        assertUpstream("https:///simple/", "has no usable host and port; write one such as https://pypi.org/simple/");
        assertUpstream(
                "https://me:secret@/simple/",
                "https://***@/simple/",
                "has a login that can't be told from the host; write"
                        + " %40 for an '@' and %3A for a ':' in it, or put it into upstream-auth");
        assertThat(files.problems("repositories: {a: {upstream: 'ftp://me:se@cr et@pypi.org/'}}"))
                .singleElement()
                .asString()
                .doesNotContain("cr et");
    }

    @Test
    void aFallbackIsAnIndexWithoutALogin() {
        assertThat(files.problems("repositories: {a: {fallback: 'https://me:s3cret@h/simple/'}}"))
                .containsExactly(
                        "FILE:1: repositories.a.fallback: \"https://***@h/simple/\" has a login, which every client"
                                + " would be shown; write it without");
        assertThat(files.problems("repositories: {a: {fallback: /simple/}}"))
                .containsExactly(
                        "FILE:1: repositories.a.fallback: \"/simple/\" has no scheme; write https:// or http:// in"
                                + " front of it");
    }

    @Test
    void trustedHostsAreHosts() {
        assertThat(files.problems("repositories: {a: {trusted-hosts: ['https://x.org/']}}"))
                .containsExactly(
                        "FILE:1: repositories.a.trusted-hosts[0]: \"https://x.org/\" is not a host; write a name or"
                                + " an address alone, such as files.example.org or 192.0.2.7");
    }

    @Test
    void aPolicySaysWhatItMeans() {
        assertThat(files.problems("""
                        repositories:
                          pypi:
                            policy:
                              default: none
                              refuse-with: 401
                              minimum-age-except: [pip, "a b"]
                              rules:
                                - deny
                                - {}
                                - {allow: {project: a}, deny: {project: b}}
                                - deny: {}
                                - deny: {project: "a/b"}
                                - deny: {versions: 1.0, type: tarball, platform: [win32, a-b], larger-than: big}
                                - deny: {projects: a}
                                - allow: {licence: ""}
                                - allow: {python: []}
                                - deny: {project: , type: egg}
                        """))
                .containsExactly(
                        "FILE:8: repositories.pypi.policy.rules[0]: \"deny\" is not a rule; write one such as deny: {project:"
                                + " \"evil-*\"}",
                        "FILE:9: repositories.pypi.policy.rules[1]: must say one of allow and deny; write one such as deny:"
                                + " {project: \"evil-*\"}",
                        "FILE:10: repositories.pypi.policy.rules[2]: must say one of allow and deny; write one such as deny:"
                                + " {project: \"evil-*\"}",
                        "FILE:11: repositories.pypi.policy.rules[3]: has no condition, and so fits every file; write one such as"
                                + " deny: {project: \"evil-*\"}, or default: deny beside rules",
                        "FILE:12: repositories.pypi.policy.rules[4].deny.project: \"a/b\" is not a pattern of projects' names;"
                                + " write one such as evil-*, of letters, digits, '-', '_', '.', '*' and '?'",
                        "FILE:13: repositories.pypi.policy.rules[5].deny.versions: \"1.0\" is not a list of version specifiers;"
                                + " write one such as \">=1.20,<2\" or \"==1.*\"",
                        "FILE:13: repositories.pypi.policy.rules[5].deny.type: \"tarball\" is not a type of file; write wheel,"
                                + " sdist, egg or other",
                        "FILE:13: repositories.pypi.policy.rules[5].deny.platform[1]: \"a-b\" is not a pattern of one tag; write"
                                + " one such as manylinux*_x86_64, win_amd64, cp3* or py3",
                        "FILE:13: repositories.pypi.policy.rules[5].deny.larger-than: \"big\" is not a size; write bytes, or a"
                                + " number and a unit, as in 64KiB, 1MiB or 2GB, from 0 to 1TiB",
                        "FILE:14: repositories.pypi.policy.rules[6].deny.projects: is not a key; did you mean project?",
                        "FILE:15: repositories.pypi.policy.rules[7].allow.licence: \"\" is no pattern; write one such as"
                                + " *Affero*, or unknown",
                        "FILE:16: repositories.pypi.policy.rules[8].allow.python: has no value that can be used, so that"
                                + " nothing would fit; write one, or remove it",
                        "FILE:17: repositories.pypi.policy.rules[9].deny.project: has no value that can be used, so that"
                                + " nothing would fit; write one, or remove it",
                        "FILE:4: repositories.pypi.policy.default: \"none\" is neither allow nor deny; write one of the two",
                        "FILE:5: repositories.pypi.policy.refuse-with: \"401\" is neither 403 nor 404; write one of the two",
                        "FILE:6: repositories.pypi.policy.minimum-age-except[1]: \"a b\" is not a pattern of projects' names;"
                                + " write one such as evil-*, of letters, digits, '-', '_', '.', '*' and '?'",
                        "FILE:6: repositories.pypi.policy.minimum-age-except: names exceptions, and there is no minimum-age; write"
                                + " one such as 7d, or remove this");
    }

    @Test
    void whatIsNotYamlIsSaidToBe() {
        assertThat(files.problems("a: b: c"))
                .singleElement()
                .asString()
                .startsWith("FILE:1: is not YAML: ")
                .doesNotContain("\n");
        assertThat(files.problems("- a\n- b"))
                .containsExactly("FILE:1: must hold keys and values, such as listen: 127.0.0.1:8080");
        assertThat(files.problems("data: a\n---\ndata: b"))
                .singleElement()
                .asString()
                .contains("a second YAML document begins here; keep only one");
        assertThat(files.problems("data: &a x\nstate: *a"))
                .containsExactly(
                        "FILE:2: state: anchors and aliases are not supported; write the value out, or in quotes");
        assertThat(files.problems("data: a\nlisten: ':1'\ndata: b"))
                .containsExactly("FILE:3: data: is there already, from FILE:1; keep one of the two");
    }

    @Test
    void hostileFilesAreRefusedInOneLine() throws Exception {
        assertThat(files.problems("a: " + "[".repeat(40) + "]".repeat(40)))
                .singleElement()
                .asString()
                .contains("is nested deeper than 16 levels");
        assertThat(files.problems("a: " + "[".repeat(500_000))).hasSize(1);
        assertThat(files.problems("#" + "x".repeat(1 << 20)))
                .containsExactly("FILE: is larger than 1MiB; is it the right file?");
        Path file = Files.write(folder.resolve("latin1.yaml"), "data: é".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> ConfigLoader.load(file, List.of(), null, false))
                .isInstanceOf(ConfigException.class)
                .hasMessage(file + ": is not UTF-8 text; save it as UTF-8");
        assertThatThrownBy(() -> ConfigLoader.load(folder, List.of(), null, false))
                .isInstanceOf(ConfigException.class)
                .hasMessage(folder + ": can't be read (Is a directory); check what it is and who may read it");
        Path missing = folder.resolve("missing.yaml");
        assertThatThrownBy(() -> ConfigLoader.load(missing, List.of(), null, false))
                .isInstanceOf(ConfigException.class)
                .hasMessage(missing + ": there is no such file; check the path given with --config");
    }

    @Test
    void setBelowAValueIsRefused() {
        assertThat(files.problems("data: x", "data.x=1"))
                .containsExactly(
                        "--set: data: has a value in FILE:1, which is no section, so nothing can be set below it");
    }

    @Test
    void controlCharactersDoNotReachTheTerminal() {
        assertThat(files.problems("\"a\\e[31m\\nb\": 1", "offline=\u001b[31m"))
                .allSatisfy(
                        problem -> assertThat(problem).doesNotContain("\u001b").doesNotContain("\n"));
    }

    @Test
    void loginsUpstreamMustMakeSense() {
        assertThat(files.problems("""
                        repositories:
                          a: {default: true, upstream: 'https://h/', upstream-auth: s3cret}
                          b: {upstream: 'https://me:s3cret@h/', upstream-auth: {token: s3cret}}
                          c: {upstream: 'https://h/', upstream-auth: {user: me}}
                          d: {upstream: 'https://h/', upstream-auth: {password: s3cret}}
                          e: {upstream: 'https://h/', upstream-auth: {token: s3cret, netrc: n}}
                          f: {upstream: 'https://h/', upstream-auth: {user: me, password: [s3cret], token-env: 's3-cret'}}
                          g: {upstream: 'https://h/', upstream-auth: {user: 'a:b', password: "s3cret\\n"}}
                          h: {upstream: 'https://h/', upstream-auth: {user: me, password: s3cret, scheme: bearer}}
                          i: {upstream: 'https://h/', upstream-auth: {token: s3cret, scheme: digest}}
                          j: {upstream-auth: {token: s3cret}}
                          k: {upstream: 'https://h/', upstream-auth: {user: me, pasword: s3cret}}
                        """))
                .noneMatch(problem -> problem.contains("s3cret") || problem.contains("s3-cret"))
                .containsExactly(
                        "FILE:2: repositories.a.upstream-auth: must be a section of keys, not a single value or a list",
                        "FILE:3: repositories.b.upstream-auth: is a second login beside the one in upstream's URL; take that one"
                                + " out",
                        "FILE:4: repositories.c.upstream-auth: has no password and no token; write password-file beside user, or"
                                + " token-file, or netrc, each the name of a file",
                        "FILE:5: repositories.d.upstream-auth: has a password, and nobody whose it is; write user",
                        "FILE:6: repositories.e.upstream-auth: has more than one of password, token and netrc; keep one of them",
                        "FILE:7: repositories.f.upstream-auth.password: must be a single value; write it in quotes",
                        "FILE:7: repositories.f.upstream-auth.token-env: is not the name of an environment variable; write one"
                                + " such as INDEX_TOKEN",
                        "FILE:7: repositories.f.upstream-auth: has a user, who has a password, and none is given; write"
                                + " password-file, or for a token remove user",
                        "FILE:8: repositories.g.upstream-auth.user: \"a:b\" is no user that can log in; write the name alone,"
                                + " without a ':' (RFC 7617)",
                        "FILE:8: repositories.g.upstream-auth.password: has a control character, such as a line's end; write the"
                                + " secret alone",
                        "FILE:8: repositories.g.upstream-auth: has no password and no token; write password-file beside user, or"
                                + " token-file, or netrc, each the name of a file",
                        "FILE:9: repositories.h.upstream-auth.scheme: is for tokens; remove it, or write token-file",
                        "FILE:10: repositories.i.upstream-auth.scheme: \"digest\" is neither basic, by which a token is the"
                                + " password of __token__, nor bearer",
                        "FILE:11: repositories.j.upstream-auth: is for an upstream, and there is none; write the URL of one in"
                                + " upstream, or remove this",
                        "FILE:12: repositories.k.upstream-auth.pasword: is not a key; did you mean password?",
                        "FILE:12: repositories.k.upstream-auth: has no password and no token; write password-file beside user, or"
                                + " token-file, or netrc, each the name of a file");
    }

    @Test
    void certificatesAndProxiesUpstreamMustMakeSense() {
        assertThat(files.problems("""
                        repositories:
                          a: {default: true, upstream: 'https://h/', upstream-tls: {key: k.pem, system-ca: false}}
                          b: {upstream: 'https://h/', proxy: 'socks5://me:s3cret@p:1080'}
                          c: {upstream: 'https://h/', proxy: 'me:s3cret@p:3128/path'}
                          d: {upstream: 'https://h/', proxy: 'http://me:s3@cret@p:3128'}
                          e: {upstream: 'https://h/', proxy: 'http://p:99999'}
                          f: {proxy: 'http://p'}
                        """))
                .noneMatch(problem -> problem.contains("s3cret"))
                .containsExactly(
                        "FILE:2: repositories.a.upstream-tls: needs a certificate, the PEM file that belongs to the key",
                        "FILE:2: repositories.a.upstream-tls.system-ca: is false, so that nothing is trusted; name a PEM file"
                                + " with roots in ca",
                        "FILE:3: repositories.b.proxy: \"socks5://***@p:1080\" is a kind of proxy that is not supported; write"
                                + " an http:// URL, which serves for https upstreams too",
                        "FILE:4: repositories.c.proxy: \"***@p:3128/path\" has more than a host and a port; write it without the"
                                + " path",
                        "FILE:5: repositories.d.proxy: \"http://***@p:3128\" has no usable host and port; write one such as"
                                + " http://proxy.example.org:3128, with %40 for an '@' in a password",
                        "FILE:6: repositories.e.proxy: \"http://p:99999\" has no usable host and port; write one such as"
                                + " http://proxy.example.org:3128, with %40 for an '@' in a password",
                        "FILE:7: repositories.f.proxy: is for an upstream, and there is none; write the URL of one in upstream, or"
                                + " remove this");
    }

    private void assertUpstream(String upstream, String message) {
        assertUpstream(upstream, upstream, message);
    }

    private void assertUpstream(String upstream, String shown, String message) {
        assertThat(files.problems("repositories: {a: {upstream: '" + upstream + "'}}"))
                .containsExactly("FILE:1: repositories.a.upstream: \"" + shown + "\" " + message);
    }

    @Test
    void whoMayDoWhatMustMakeSense() {
        assertThat(files.problems("""
                        repositories:
                          a: {default: true, auth: {read: authenticated}}
                          b: {auth: {users: users}}
                          c: {auth: {users: users, write: anyone}}
                          d: {auth: {users: users, read: [anyone, alice]}}
                          e: {auth: {users: users, read: []}}
                          f: {auth: {tokens: tokens, write: __token__}}
                          g: {auth: {users: users, reed: alice}}
                        logins: {lockout: 10ms, failures-max: 0}
                        """))
                .containsExactly(
                        "FILE:2: repositories.a.auth: asks for logins that nobody has; name a file in users, which 'htpasswd -B'"
                                + " writes, or in tokens, which 'permafrost token new' writes",
                        "FILE:3: repositories.b.auth: names a file, and never asks for a login: anyone may read, and nobody"
                                + " write; write read: authenticated, or write: authenticated, or names",
                        "FILE:4: repositories.c.auth.write: can't be anyone; write nobody, authenticated, or names",
                        "FILE:4: repositories.c.auth: names a file, and never asks for a login: anyone may read, and nobody"
                                + " write; write read: authenticated, or write: authenticated, or names",
                        "FILE:5: repositories.d.auth.read: has anyone, authenticated or nobody among other names; write one of"
                                + " these alone",
                        "FILE:6: repositories.e.auth.read: is an empty list; write nobody, or names",
                        "FILE:7: repositories.f.auth.write: \"__token__\" is nobody's name; write anyone, authenticated, nobody,"
                                + " or names of users and tokens",
                        "FILE:7: repositories.f.auth: names a file, and never asks for a login: anyone may read, and nobody"
                                + " write; write read: authenticated, or write: authenticated, or names",
                        "FILE:8: repositories.g.auth: names a file, and never asks for a login: anyone may read, and nobody"
                                + " write; write read: authenticated, or write: authenticated, or names",
                        "FILE:8: repositories.g.auth.reed: is not a key; did you mean read?",
                        "FILE:9: logins.failures-max: \"0\" is out of range; write a whole number from 1 to 1000000",
                        "FILE:9: logins.lockout: \"10ms\" is out of range; write one from 1s to 1d");
    }

    @Test
    void sourcesAreOtherRepositoriesThatStandForThemselves() {
        assertThat(files.problems("""
                        repositories:
                          ours: {auth: {users: /etc/users, read: authenticated}}
                          pypi: {upstream: 'https://pypi.org/simple/', default: true, combine: merge, pins: {ours: acme}}
                          all: {sources: [ours, pipy, all, pypi, pypi], upstream: 'https://h/', policy: {refuse-with: 404}, combine: both}
                          more: {sources: [all], pins: {pypi: [], all: 'a b'}, auth: {users: /etc/users, write: authenticated}}
                        """))
                .containsExactlyInAnyOrder(
                        "FILE:3: repositories.pypi.combine: is for a repository that is made of others; name them in sources,"
                                + " or remove this",
                        "FILE:3: repositories.pypi.pins.ours: is not among the sources",
                        "FILE:4: repositories.all.sources: has a repository twice; keep its first place",
                        "FILE:4: repositories.all.combine: \"both\" is neither first, by which a project comes from the first"
                                + " source that has it, nor merge, by which it has the files of all",
                        "FILE:4: repositories.all.upstream: is for the repositories that this one is made of; write it there,"
                                + " or remove sources",
                        "FILE:4: repositories.all.policy: is for the repositories that this one is made of; write it there,"
                                + " or remove sources",
                        "FILE:4: repositories.all: names the source 'pipy', which is not among the other repositories: ours,"
                                + " pypi, more",
                        "FILE:4: repositories.all: names itself as a source; name others",
                        "FILE:4: repositories.all: may be read by anyone, and its source 'ours' may not; write auth: {read:"
                                + " ...} here too, since whoever reads this one reads its sources",
                        "FILE:5: repositories.more.pins.pypi: pins nothing to it; write names of projects such as acme-*, or"
                                + " remove this",
                        "FILE:5: repositories.more.pins.pypi: is not among the sources: all",
                        "FILE:5: repositories.more.pins.all: \"a b\" is not a pattern of projects' names; write one such as"
                                + " evil-*, of letters, digits, '-', '_', '.', '*' and '?'",
                        "FILE:5: repositories.more: names the source 'all', which is made of others itself; name those",
                        "FILE:5: repositories.more: has no source that takes uploads; write auth: {write: ...} there, not"
                                + " here");
    }
}
