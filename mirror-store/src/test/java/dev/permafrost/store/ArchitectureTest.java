package dev.permafrost.store;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The edges between the store's packages, and the habits that can be checked. */
class ArchitectureTest {
    private static final String ROOT = "dev.permafrost.store";
    private static final int SMALL_PACKAGE_TYPES = 5;
    private static final double PACKAGE_PRIVATE_SHARE_MIN = 0.6;

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);
    private static final JavaClasses TESTS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
            .importPackages(ROOT);

    private static DescribedPredicate<JavaClass> oursOutside(String... packages) {
        return resideInAPackage(ROOT + "..").and(DescribedPredicate.not(resideInAnyPackage(packages)));
    }

    private static void edges(String from, String because, String... to) {
        noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat(oursOutside(to))
                .because(because)
                .check(MAIN);
    }

    private static void oneImporter(String library, String importer, String because) {
        noClasses()
                .that()
                .resideOutsideOfPackage(importer)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .because(because)
                .check(MAIN);
    }

    @Test
    void modelIsValuesOfTheJdkAlone() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".model")
                .should()
                .dependOnClassesThat(DescribedPredicate.not(
                        resideInAnyPackage("java..", "org.jspecify.annotations..", ROOT + ".model")))
                .because("every other package speaks in these values, so whatever they need everyone needs")
                .check(MAIN);
    }

    @Test
    void blobsKnowOnlyTheModel() {
        edges(
                ROOT + ".blob",
                "bytes by their digest must be able to move to an object store, and metadata is none of theirs",
                ROOT + ".blob",
                ROOT + ".model");
    }

    @Test
    void theIndexKnowsOnlyTheModel() {
        edges(
                ROOT + ".index",
                "rows are rows wherever the bytes lie; what ties both together is the root package's promise",
                ROOT + ".index",
                ROOT + ".model");
    }

    @Test
    void snapshotsStandOnBlobsAndIndex() {
        edges(
                ROOT + ".snapshot",
                "a snapshot is sealed from blobs and index and must open where no live store is",
                ROOT + ".snapshot",
                ROOT + ".blob",
                ROOT + ".index",
                ROOT + ".model");
    }

    @Test
    void checksStandOnBlobsIndexAndSnapshots() {
        edges(
                ROOT + ".check",
                "what looks after a store needs all that names blobs, and must not be able to commit through the front door",
                ROOT + ".check",
                ROOT + ".snapshot",
                ROOT + ".blob",
                ROOT + ".index",
                ROOT + ".model");
    }

    @Test
    void whatIsCarriedStandsOnSnapshots() {
        edges(
                ROOT + ".transfer",
                "what goes from site to site is read and written where no live store is",
                ROOT + ".transfer",
                ROOT + ".snapshot",
                ROOT + ".blob",
                ROOT + ".index",
                ROOT + ".model");
    }

    @Test
    void theStoreKnowsNothingOfItsUsers() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.permafrost.proxy..", "io.netty..", "reactor..", "java.net.http..")
                .because("the store blocks and knows nothing of HTTP, Netty or Reactor")
                .check(MAIN);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + ".(*)..")
                .should()
                .beFreeOfCycles()
                .because("a cycle makes two packages one")
                .check(MAIN);
    }

    @Test
    void eachLibraryHasOneImporter() {
        oneImporter("org.rocksdb..", ROOT + ".index", "its handles have one owner, and it can be replaced there");
        oneImporter("org.bouncycastle..", ROOT + ".blob", "it only computes the digests that the JDK lacks");
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + ".snapshot", ROOT + ".transfer")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.fasterxml.jackson..")
                .because("only the manifests of snapshots and of what is carried are JSON")
                .check(MAIN);
    }

    @Test
    void concreteClassesAreFinalOrPackagePrivate() {
        classes()
                .that(describe("are concrete", ArchitectureTest::isConcrete))
                .and()
                .areNotAssignableTo(Throwable.class)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .orShould()
                .bePackagePrivate()
                .because("what nobody planned to be extended must not be")
                .check(MAIN);
    }

    private static boolean isConcrete(JavaClass type) {
        return !type.isInterface()
                && !type.isEnum()
                && !type.isRecord()
                && !type.isAnonymousClass()
                && !type.getModifiers().contains(JavaModifier.ABSTRACT);
    }

    @Test
    void packagesAreNamedForTheirConcern() {
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..utils..", "..impl..", "..common..", "..manager..")
                .because("a package that is named for nothing gathers everything")
                .check(MAIN);
    }

    /** The share is a target of review; what is asserted is that no package is public through and through. */
    @Test
    void mostOfAPackageIsItsOwnAffair() {
        Map<String, int[]> counts = new TreeMap<>();
        for (JavaClass type : MAIN) {
            if (type.isTopLevelClass() && !type.getSimpleName().equals("package-info")) {
                int[] count = counts.computeIfAbsent(type.getPackageName(), name -> new int[2]);
                count[0]++;
                count[1] += type.getModifiers().contains(JavaModifier.PUBLIC) ? 0 : 1;
            }
        }
        counts.remove(ROOT + ".model");
        counts.forEach((name, count) -> {
            if (count[0] > SMALL_PACKAGE_TYPES) {
                double share = (double) count[1] / count[0];
                System.out.printf(
                        "%s: %d of %d types package-private%s%n",
                        name, count[1], count[0], share < PACKAGE_PRIVATE_SHARE_MIN ? ", fewer than the target" : "");
                assertThat(share).as(name).isPositive();
            }
        });
    }

    @Test
    void everyTestClassHasATest() {
        classes()
                .that()
                .haveSimpleNameEndingWith("Test")
                .or()
                .haveSimpleNameEndingWith("Soak")
                .should(haveATest())
                .because("a test that nothing runs says nothing")
                .check(TESTS);
    }

    private static ArchCondition<JavaClass> haveATest() {
        return new ArchCondition<>("have a method that is a test") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean has = type.getAllMethods().stream()
                        .anyMatch(method -> List.of(
                                        "org.junit.jupiter.api.Test",
                                        "org.junit.jupiter.api.TestFactory",
                                        "org.junit.jupiter.params.ParameterizedTest")
                                .stream()
                                .anyMatch(method::isAnnotatedWith));
                events.add(new SimpleConditionEvent(type, has, type.getName() + (has ? " has" : " lacks") + " a test"));
            }
        };
    }
}
