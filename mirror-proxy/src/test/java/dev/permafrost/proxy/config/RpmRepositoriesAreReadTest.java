package dev.permafrost.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.YumConfig;
import dev.permafrost.proxy.repo.YumConfig.Kind;
import dev.permafrost.proxy.repo.YumConfig.Source;
import dev.permafrost.proxy.testing.Records;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the configuration says of repositories of RPMs. */
final class RpmRepositoriesAreReadTest {
    private static final Path EXAMPLES = Path.of("..", "deploy", "config");

    @TempDir
    Path folder;

    private MirrorConfig load(String text) {
        return new ConfigFiles(folder).load(text);
    }

    private RepositoryConfig repository(String text, String name) {
        return Objects.requireNonNull(load(text).repositories().get(name));
    }

    private static List<Source> places(String... urls) {
        return Stream.of(urls).map(url -> Source.place(URI.create(url))).toList();
    }

    @Test
    void listsOfMirrorsStandBesidePlaces() {
        RepositoryConfig epel = repository("""
                repositories:
                  epel:
                    format: yum
                    mounts:
                      $releasever/$basearch:
                        - metalink: 'https://m/metalink?repo=epel-$releasever&arch=$basearch'
                        - https://d/epel/$releasever/$basearch
                      next/: {mirrorlist: 'http://m/list'}
                    mirrors-ttl: 2h
                    repo-gpg-keys: [keys/epel.asc, /etc/other.asc]
                    package-gpg-keys: keys/packages.asc
                """, "epel");
        assertThat(epel.yum())
                .isEqualTo(new YumConfig(
                        "",
                        Map.of(
                                "$releasever/$basearch/",
                                List.of(
                                        new Source(
                                                Kind.METALINK,
                                                URI.create("https://m/metalink?repo=epel-$releasever&arch=$basearch")),
                                        Source.place(URI.create("https://d/epel/$releasever/$basearch/"))),
                                "next/",
                                List.of(new Source(Kind.MIRRORLIST, URI.create("http://m/list")))),
                        List.of(),
                        Duration.ofHours(2),
                        List.of(folder.resolve("keys/epel.asc"), Path.of("/etc/other.asc")),
                        List.of(folder.resolve("keys/packages.asc"))));
    }

    @Test
    void listsThatSayNothingAreReported() {
        assertThat(new ConfigFiles(folder).problems("""
                        repositories:
                          a:
                            format: yum
                            default: true
                            mounts:
                              a: {}
                              b: {metalink: 'http://m/', mirrorlist: 'http://m/'}
                              c/$basearch: {metalink: 'http://m/?r=$releasever&a=$basearch'}
                              d: {metalink: 'http://me:pw@m/'}
                              e: {metalink: 'http://m/', url: 'http://u/'}
                            upstream-auth: {user: me, password: pw}
                          b: {format: yum, upstream: 'http://h/', mirrors-ttl: 1h, repo-gpg-keys: []}
                          c: {mirrors-ttl: 1h, repo-gpg-keys: [x]}
                        """))
                .containsExactly(
                        "FILE:6: repositories.a.mounts.a: is neither a URL nor one list of mirrors; write {metalink: URL} or"
                                + " {mirrorlist: URL}",
                        "FILE:7: repositories.a.mounts.b: is neither a URL nor one list of mirrors; write {metalink: URL} or"
                                + " {mirrorlist: URL}",
                        "FILE:8: repositories.a.mounts.c/$basearch: leads to http://m/?r=$releasever&a=$basearch, in which"
                                + " $releasever stands for nothing: it is not in the path of the mount; write it there too",
                        "FILE:9: repositories.a.mounts.d.metalink: \"http://***@m/\" has a login, and lists of mirrors are"
                                + " asked for without; remove it",
                        "FILE:10: repositories.a.mounts.e.url: is not a key; the keys here are metalink, mirrorlist",
                        "FILE:12: repositories.b.mirrors-ttl: is for lists of mirrors, and no mount has a metalink or a"
                                + " mirrorlist; remove it",
                        "FILE:12: repositories.b.repo-gpg-keys: names no file; write those of the keys that sign the"
                                + " metadata, or remove it",
                        "FILE:13: repositories.c.mirrors-ttl: is for repositories of RPMs; write format: yum beside it, or"
                                + " remove it",
                        "FILE:13: repositories.c.repo-gpg-keys: is for repositories of RPMs; write format: yum beside it, or"
                                + " remove it",
                        "FILE:3: repositories.a: has a login or a certificate, and a list of mirrors, which are anybody's;"
                                + " write the URL of the one that is to see it in place of the list");
    }

    @Test
    void mountsAreBelowThePath() {
        RepositoryConfig centos = repository("""
                repositories:
                  centos:
                    format: yum
                    path: /pub/centos/$releasever/
                    mounts:
                      os/$basearch: ['http://a/$releasever/os/$basearch', 'http://b/os/$basearch/']
                      /keys/: http://c/keys
                    gpg-keys: [/pub/centos/7/keys/RPM-GPG-KEY, 'https://k/key']
                """, "centos");
        assertThat(centos.yum())
                .isEqualTo(new YumConfig(
                        "/pub/centos/",
                        Map.of(
                                "$releasever/os/$basearch/",
                                places("http://a/$releasever/os/$basearch/", "http://b/os/$basearch/"),
                                "$releasever/keys/",
                                places("http://c/keys/")),
                        List.of("/pub/centos/7/keys/RPM-GPG-KEY", "https://k/key"),
                        Duration.ofHours(1),
                        List.of(),
                        List.of()));
        assertThat(centos.isOwn()).isFalse();
    }

    @Test
    void oneUpstreamIsMountedAtTheRoot() {
        RepositoryConfig rocky =
                repository("repositories: {rocky: {format: yum, upstream: 'http://a/rocky'}}", "rocky");
        assertThat(rocky.yum())
                .isEqualTo(Records.with(YumConfig.none(), "mounts", Map.of("", places("http://a/rocky/"))));
        assertThat(rocky.upstreams()).containsExactly(URI.create("http://a/rocky/"));
    }

    @Test
    void mountsThatLeadNowhereAreReported() {
        assertThat(new ConfigFiles(folder).problems("""
                        repositories:
                          a: {path: /x, mounts: {a: 'http://h/'}, default: true}
                          b: {format: yum}
                          c: {format: yum, path: /$releasever, mounts: {'os/..': 'http://h/', os: [], u: 'http://h/$basearch/'}}
                          d: {format: yum, upstream: 'http://h/', mounts: {os: 'http://me:pw@h/'}, policy: {default: deny}}
                          e: {format: yum, path: x y, upstream: 'http://h/'}
                          f: {format: yum, path: /a/, upstream: 'http://h/'}
                          g: {format: yum, mounts: {os: ['http://h/', 'http://g/']}, upstream-auth: {user: me, password: pw}}
                        """))
                .containsExactly(
                        "FILE:2: repositories.a.path: is for repositories of RPMs; write format: yum beside it, or remove it",
                        "FILE:2: repositories.a.mounts: is for repositories of RPMs; write format: yum beside it, or remove it",
                        "FILE:3: repositories.b: names no place that its packages come from; write the URL of one in upstream,"
                                + " or several in mounts, as in mounts: {os/$basearch: \"https://…/os/$basearch/\"}; or, for packages of"
                                + " your own, their folder in publish, or who may upload them in auth: {write: …}",
                        "FILE:4: repositories.c.path: begins with a variable; write a name before it, as in"
                                + " /centos/$releasever",
                        "FILE:4: repositories.c.mounts.\"os/..\": has the segment '..', which is neither a plain name nor a"
                                + " variable such as $releasever",
                        "FILE:4: repositories.c.mounts.os: names no place; write a URL, or a list of several with the same"
                                + " packages",
                        "FILE:4: repositories.c.mounts.u: leads to http://h/$basearch/, in which $basearch stands for"
                                + " nothing: it is not in the path of the mount; write it there too",
                        "FILE:5: repositories.d.policy: is for Python packages, and this repository has RPMs; remove it",
                        "FILE:5: repositories.d.mounts.os: has a login in its URL; write it in upstream-auth",
                        "FILE:5: repositories.d.upstream: is for one place, and there are mounts; write it as one of them",
                        "FILE:6: repositories.e.path: \"x y\" is no path; write one such as /centos/$releasever, not below"
                                + " /-/",
                        "FILE:7: repositories.f: is at /a/, where a is; write another path for one of them",
                        "FILE:8: repositories.g: has a login or a certificate, and mounts on 2 servers, which would all be"
                                + " shown it; give those that are to see it a repository of their own");
    }

    @Test
    void oneWithoutAPlaceThatPublishesOrTakesUploadsHasItsOwn() {
        RepositoryConfig ours = repository("""
                repositories:
                  ours: {format: yum, path: /el7, publish: rpms, publish-link: true}
                """, "ours");
        assertThat(ours.isOwn()).isTrue();
        assertThat(ours.yum().path()).isEqualTo("/el7/");
        assertThat(ours.yum().mounts()).isEqualTo(Map.of("", List.of()));
        assertThat(ours.uploads().folder()).isEqualTo(folder.resolve("rpms"));
        assertThat(repository("repositories: {ours: {format: yum, uploads: {}}}", "ours")
                        .isOwn())
                .isTrue();
    }

    @Test
    void whatPackagesOfOnesOwnHaveNotIsReported() {
        assertThat(new ConfigFiles(folder).problems("""
                        repositories:
                          a: {format: yum, default: true, path: /a/$releasever, publish: x, repo-gpg-keys: [k], page-ttl: 1m}
                          b: {format: yum, mounts: {os: 'http://h/'}, publish: x, publish-link: true, uploads: {overwrite: true}}
                          c: {format: yum, upstream: 'http://h/', publish: x}
                        """))
                .containsExactly(
                        "FILE:2: repositories.a.path: has a variable, and packages of your own lie at one place; write it without,"
                                + " and folders in the one that is published",
                        "FILE:2: repositories.a.page-ttl: is for packages that come from elsewhere, and these are your own; remove"
                                + " it",
                        "FILE:2: repositories.a.repo-gpg-keys: is for packages that come from elsewhere, and these are your own;"
                                + " remove it",
                        "FILE:3: repositories.b.publish: is for packages of your own, and these come from elsewhere; give yours a"
                                + " repository of their own",
                        "FILE:3: repositories.b.publish-link: is for packages of your own, and these come from elsewhere; give"
                                + " yours a repository of their own",
                        "FILE:3: repositories.b.uploads: is for packages of your own, and these come from elsewhere; give yours a"
                                + " repository of their own",
                        "FILE:4: repositories.c.publish: is for a repository whose files are its own, and this one has an upstream;"
                                + " give the folder a repository of its own");
    }

    /** The five URLs that hosts with CentOS 7 have. */
    @Test
    void theExampleServesTheFiveOfCentos() throws IOException {
        RepositoryConfig centos = repository(Files.readString(EXAMPLES.resolve("centos7.yaml")), "centos");
        assertThat(centos.yum().path()).isEqualTo("/centos/");
        assertThat(centos.yum().mounts())
                .containsOnlyKeys(
                        "$releasever/os/$basearch/",
                        "$releasever/update/$basearch/",
                        "$releasever/extras/$basearch/",
                        "$releasever/epel/$basearch/",
                        "$releasever/docker-ce-stable/$basearch/");
        assertThat(centos.yum().mounts().get("$releasever/update/$basearch/"))
                .isEqualTo(places("https://vault.centos.org/centos/$releasever/updates/$basearch/"));
        assertThat(centos.yum().mounts().get("$releasever/docker-ce-stable/$basearch/"))
                .isEqualTo(places("https://download.docker.com/linux/centos/$releasever/$basearch/stable/"));
    }

    @Test
    void theOtherExampleHasAllThatAreNamed() throws IOException {
        Map<String, RepositoryConfig> all =
                load(Files.readString(EXAMPLES.resolve("rpm.yaml"))).repositories();
        assertThat(all)
                .containsOnlyKeys(
                        "pypi", "centos-vault", "centos-stream", "epel", "docker-ce", "rocky", "almalinux", "fedora");
        assertThat(all.values().stream().filter(RepositoryConfig::isYum)).hasSize(7);
    }

    /** What is offered in its comments, in place of what stands there. */
    @Test
    void theMetalinksThatItOffersAreRead() throws IOException {
        String offered = Files.readAllLines(EXAMPLES.resolve("rpm.yaml")).stream()
                .filter(line -> line.matches("  #(  .*|[a-z]+:)"))
                .map(line -> "  " + line.substring(3))
                .collect(Collectors.joining("\n", "repositories:\n  pypi: {default: true}\n", "\n"));
        Map<String, RepositoryConfig> all = load(offered).repositories();
        assertThat(all).containsOnlyKeys("pypi", "epel", "fedora");
        assertThat(all.values().stream().filter(RepositoryConfig::isYum))
                .allSatisfy(
                        repository -> assertThat(repository.yum().hasLists()).isTrue());
    }
}
