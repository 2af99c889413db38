package dev.permafrost.proxy;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may use whom in the proxy, and which package alone knows which library. */
class ArchitectureTest {
    private static final String ROOT = "dev.permafrost.proxy";
    private static final String STORE = "dev.permafrost.store";
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);
    private static final JavaClasses TESTS = new ClassFileImporter()
            .withImportOption(new ImportOption.OnlyIncludeTests())
            .importPackages(ROOT);

    /** A package and the packages of ours that it may use. */
    record Edges(String from, Set<String> to, String because) {
        @Override
        public String toString() {
            return from + " -> " + to;
        }
    }

    static List<Edges> edges() {
        return List.of(
                new Edges("repo", Set.of("store"), "the vocabulary is what all others have in common"),
                new Edges("metrics", Set.of(), "what counts knows nothing of what is counted"),
                new Edges(
                        "upstream",
                        // certificates are read where those that we show ourselves are
                        Set.of("repo", "tls", "metrics", "store"),
                        "the client knows neither what is fetched nor who asked"),
                new Edges("fetch", Set.of("repo", "upstream", "store"), "a fetch is the same for every format"),
                new Edges("hosted", Set.of("repo", "store"), "a file comes in the same way whatever it is"),
                new Edges(
                        "format.pypi",
                        // UpstreamClient is passed through to fetch.DocumentFlights, and nothing of it is called
                        Set.of("repo", "fetch", "hosted", "upstream", "store"),
                        "a format is a leaf that knows neither HTTP nor the disk"),
                new Edges(
                        "format.yum",
                        // as above
                        Set.of(
                                "repo",
                                "fetch",
                                "hosted",
                                "upstream",
                                "pgp",
                                "format.yum.rpm",
                                "format.yum.sqlite",
                                "store"),
                        "a format is a leaf that knows neither HTTP nor the disk"),
                new Edges("format.yum.rpm", Set.of(), "what an RPM says is the same wherever it comes from"),
                new Edges(
                        "format.yum.sqlite", Set.of("store"), "what tables there are is known without what is in them"),
                new Edges(
                        "format.yum.createrepo",
                        // what is written here is read there
                        Set.of("format.yum", "format.yum.rpm", "format.yum.sqlite", "pgp", "repo", "store"),
                        "a repository is made of a folder without a server"),
                new Edges("pgp", Set.of("store"), "a signature knows nothing of what it is of"),
                new Edges("address", Set.of(), "an address is the same for all who count by it"),
                new Edges(
                        "access",
                        Set.of("address", "repo", "store"),
                        "who may do what knows nothing of how it is asked"),
                new Edges("accesslog", Set.of(), "a log of what was asked knows nothing of how it was answered"),
                new Edges("setup", Set.of(), "what a client's file holds follows from one URL"),
                new Edges("systemd", Set.of(), "how the server is, is said without knowing what it serves"),
                new Edges("tls", Set.of("store"), "certificates know nothing of what is served"),
                new Edges(
                        "http",
                        Set.of("address", "repo", "tls", "access", "accesslog", "metrics", "store"),
                        "a reply is a value: the front end knows no format"),
                new Edges("sync", Set.of("repo", "store"), "what is fetched ahead of need is planned by formats"),
                new Edges(
                        "admin",
                        // Verbs count flights and wishes
                        Set.of("repo", "fetch", "sync", "wishes", "store"),
                        "the verbs work without HTTP"),
                new Edges(
                        "wishes",
                        Set.of("repo", "store"),
                        "what is wished is known without how it was asked for, or is had"),
                new Edges(
                        "config",
                        // a format says what the rules of its policy may be
                        Set.of(
                                "repo",
                                "fetch",
                                "http",
                                "tls",
                                "access",
                                "accesslog",
                                "admin",
                                "upstream",
                                "format.pypi",
                                "setup",
                                "store"),
                        "each package keeps its own configuration record"),
                new Edges("logging", Set.of(), "logging is set up before anything else is there"),
                new Edges(
                        "cli",
                        Set.of(
                                "",
                                "repo",
                                "admin",
                                "config",
                                "tls",
                                "access",
                                "setup",
                                "wishes",
                                "format.yum.createrepo",
                                "store"),
                        "the command line starts the server"),
                new Edges(
                        "",
                        Set.of(
                                "repo",
                                "fetch",
                                "upstream",
                                "http",
                                "tls",
                                "access",
                                "accesslog",
                                "metrics",
                                "systemd",
                                "setup",
                                "format.pypi",
                                "format.yum",
                                "admin",
                                "wishes",
                                "config",
                                "store"),
                        "the composition root sees all but the command line"));
    }

    @ParameterizedTest
    @MethodSource("edges")
    void aPackageUsesOnlyThePackagesThatItMay(Edges edges) {
        List<String> allowed = new ArrayList<>(List.of(packageOf(edges.from)));
        edges.to.forEach(name -> allowed.add(name.equals("store") ? STORE + ".." : packageOf(name)));
        ArchRule rule = noClasses()
                .that()
                .resideInAPackage(packageOf(edges.from))
                .should()
                .dependOnClassesThat(resideInAPackage("dev.permafrost..")
                        .and(DescribedPredicate.not(resideInAnyPackage(allowed.toArray(String[]::new)))))
                .because(edges.because);
        rule.check(MAIN);
    }

    @Test
    void everyPackageIsInTheTable() {
        Set<String> listed =
                Set.copyOf(edges().stream().map(edges -> packageOf(edges.from)).toList());
        assertThat(MAIN).extracting(JavaClass::getPackageName).allMatch(listed::contains);
    }

    @Test
    void noCyclesBetweenPackages() {
        slices().matching(ROOT + ".(**)")
                .should()
                .beFreeOfCycles()
                .because("a cycle is one package that does not admit it")
                .check(MAIN);
    }

    /** A library, and the only packages that may import it. */
    record Importer(String library, List<String> packages, String because) {
        @Override
        public String toString() {
            return library;
        }
    }

    static List<Importer> importers() {
        return List.of(
                new Importer("picocli..", List.of("cli"), "only the command line parses arguments"),
                new Importer(
                        "reactor.netty.http.server..", List.of(), "clients are answered by a Netty pipeline of ours"),
                new Importer("reactor.netty.http.client..", List.of("upstream"), "only the client speaks to upstream"),
                new Importer(
                        "reactor.netty..",
                        // the root makes the LoopResources that both share, and nothing else of it
                        // and systemd is told from one of them
                        List.of("http", "upstream", "systemd", ""),
                        "formats and fetching know no network"),
                new Importer(
                        "io.netty..",
                        // addresses in words are read by it, and nothing is sent
                        List.of("http", "upstream", "tls", "systemd", "address"),
                        "formats and fetching know no network"),
                new Importer(
                        "org.bouncycastle.openpgp..", List.of("pgp"), "signatures of OpenPGP are checked in one place"),
                new Importer(
                        "org.bouncycastle.bcpg..", List.of("pgp"), "signatures of OpenPGP are checked in one place"),
                new Importer(
                        "org.bouncycastle..",
                        // what OpenPGP is made of lies among the rest
                        List.of("tls", "access", "pgp"),
                        "certificates and keys are read and made in one place, and passwords compared in one"),
                new Importer(
                        "com.fasterxml.jackson..",
                        List.of("config", "admin", "wishes", "format.pypi", "format.yum"),
                        "JSON and YAML are read where their meaning is known"),
                new Importer(
                        "com.github.benmanes.caffeine..",
                        List.of("fetch", "access"),
                        "caches are made in one place, but for the one of logins"),
                new Importer(
                        "io.micrometer..", List.of("metrics"), "all others count in plain cells that it hands out"),
                new Importer("io.prometheus..", List.of("metrics"), "the text is written in one place"),
                new Importer(
                        "com.github.luben.zstd..",
                        List.of("format.pypi", "format.yum", "format.yum.createrepo"),
                        "pages are compressed where they are made, and metadata is decompressed where it is read"),
                new Importer(
                        "org.tukaani.xz..",
                        List.of("format.pypi", "format.yum", "format.yum.createrepo"),
                        "what is compressed is decompressed where it is read, and compressed where it is written"),
                new Importer(
                        "org.apache.commons..",
                        List.of("format.pypi", "format.yum", "format.yum.createrepo"),
                        "what is compressed is decompressed where it is read, and compressed where it is written"),
                new Importer("org.sqlite..", List.of("format.yum.sqlite"), "SQLite is written in one place"),
                new Importer("java.sql..", List.of("format.yum.sqlite"), "SQLite is written in one place"),
                new Importer("ch.qos.logback..", List.of("logging"), "all others log through SLF4J"),
                new Importer("org.rocksdb..", List.of(), "only the store knows its index"));
    }

    @ParameterizedTest
    @MethodSource("importers")
    void aLibraryHasItsImporters(Importer importer) {
        String[] allowed =
                importer.packages.stream().map(ArchitectureTest::packageOf).toArray(String[]::new);
        ArchRule rule = noClasses()
                .that(DescribedPredicate.not(resideInAnyPackage(allowed)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(importer.library)
                .because(importer.because);
        rule.check(MAIN);
    }

    @Test
    void theRootUsesNoMoreOfReactorNettyThanItsLoops() {
        noClasses()
                .that()
                .resideInAPackage(ROOT)
                .should()
                .dependOnClassesThat(resideInAPackage("reactor.netty..")
                        .and(DescribedPredicate.not(nameMatching("reactor\\.netty\\.resources\\.LoopResources"))))
                .because("the root wires, and serves nobody")
                .check(MAIN);
    }

    @Test
    void nothingIsBlockedForOrSubscribedToButWhereAFlightBegins() {
        Set<String> allowed = Set.of(
                // a flight is owned by the map of flights, and goes on without a subscriber
                ROOT + ".fetch.FileFlight",
                ROOT + ".fetch.DocumentFlights",
                // the body of an answer, moved to a sink
                ROOT + ".upstream.UpstreamResponse",
                // the work for a reply, which outlives its client
                // a list of all projects is brought up to date for whoever asks next
                ROOT + ".format.pypi.RootPages",
                ROOT + ".format.pypi.LocalRootPages",
                // a run begins fetches, and a command waits for it
                ROOT + ".sync.SyncRunner",
                ROOT + ".sync.SyncRunner$Attempt",
                ROOT + ".sync.SyncRun",
                // a directory is brought up to date by a flight too
                ROOT + ".format.yum.GenerationFlights",
                ROOT + ".http.LoopHop");
        noClasses()
                .that(DescribedPredicate.describe(
                        "are not listed",
                        type -> !allowed.contains(type.getName())
                                && !type.getPackageName().equals(ROOT + ".cli")))
                .should()
                .callMethodWhere(DescribedPredicate.describe("subscribes or blocks", ArchitectureTest::subscribes))
                .because("whoever subscribes owns the cancellation, and whoever blocks stops a loop")
                .check(MAIN);
    }

    @Test
    void schedulersAreUsedInOnePlace() {
        noClasses()
                .that(DescribedPredicate.not(nameMatching(".*\\.fetch\\.Blocking(\\$.*)?")))
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("reactor.core.scheduler.Schedulers")
                .because("there is one way off the event loops")
                .check(MAIN);
    }

    @Test
    void classesAreFinalOrPackagePrivate() {
        classes()
                .that()
                .areNotInterfaces()
                .and()
                .areNotEnums()
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .and()
                .arePublic()
                .should()
                .haveModifier(JavaModifier.FINAL)
                .because("nobody outside is meant to extend them")
                .check(MAIN);
    }

    @Test
    void packagesAreNamedAfterWhatTheyAreFor() {
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..utils..", "..impl..", "..common..", "..manager..", "..helper..")
                .because("such a name says nothing")
                .check(MAIN);
    }

    @Test
    void everyTestClassHasATest() {
        classes()
                .that()
                .haveSimpleNameEndingWith("Test")
                .and()
                .areTopLevelClasses()
                .should(haveATest())
                .because("a class of forgotten annotations is always green")
                .check(TESTS);
    }

    @Test
    void ioUringIsNotOnTheClassPath() {
        assertThat(getClass()
                        .getClassLoader()
                        .getResource("META-INF/native/libnetty_transport_native_io_uring42_x86_64.so"))
                .isNull();
        assertThat(System.getProperty("java.class.path")).doesNotContain("io_uring");
    }

    private static boolean subscribes(JavaAccess<?> call) {
        String name = call.getName();
        boolean reactive = call.getTargetOwner().isAssignableTo("reactor.core.publisher.Mono")
                || call.getTargetOwner().isAssignableTo("reactor.core.publisher.Flux")
                || call.getTargetOwner().isAssignableTo("org.reactivestreams.Publisher");
        return reactive && (name.equals("subscribe") || name.equals("subscribeWith") || name.startsWith("block"));
    }

    private static ArchCondition<JavaClass> haveATest() {
        return new ArchCondition<>("have a test") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean has = type.getAllMethods().stream()
                        .anyMatch(
                                method -> method.isMetaAnnotatedWith("org.junit.platform.commons.annotation.Testable"));
                if (!has) {
                    events.add(SimpleConditionEvent.violated(type, type.getName() + " has no test"));
                }
            }
        };
    }

    private static String packageOf(String name) {
        return name.isEmpty() ? ROOT : ROOT + "." + name;
    }
}
