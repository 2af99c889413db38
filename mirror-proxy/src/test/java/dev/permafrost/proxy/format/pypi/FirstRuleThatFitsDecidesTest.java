package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Policies;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What each kind of condition asks, in which order rules count, and what holds for what is not known. */
class FirstRuleThatFitsDecidesTest {
    private static final Instant NOW = Instant.parse("2026-06-15T12:00:00Z");
    private static final String DEMO = "demo-1.5-py3-none-any.whl";

    @Test
    void withoutARuleTheDefaultHolds() {
        assertThat(refusal("{}", DEMO)).isNull();
        assertThat(refusal("{default: deny}", DEMO))
                .isEqualTo("no rule of the policy allows it, and its default is deny");
    }

    @Test
    void theFirstRuleThatFitsDecides() {
        String policy =
                "{rules: [{deny: {project: evil-*}}, {allow: {project: demo, versions: '>=1.2'}}, {deny: {project:"
                        + " d*}}]}";
        assertThat(refusal(policy, DEMO)).isNull();
        assertThat(refusal(policy, "demo-1.1-py3-none-any.whl"))
                .isEqualTo("rule 3 of the policy refuses it: deny: {project: \"d*\"}");
        assertThat(refusal(policy, "Evil.One-1-py3-none-any.whl")).contains("rule 1", "evil-*");
        assertThat(refusal(policy, "other-1.tar.gz")).isNull();
    }

    @Test
    void namesArePatternsOfTheNormalisedName() {
        assertDenies("project: My_Thing", "my.thing-1.tar.gz").allows("my-things-1.tar.gz");
        assertDenies("project: ['a?c', '*-nightly']", "abc-1.tar.gz", "torch_nightly-1.tar.gz")
                .allows("abbc-1.tar.gz");
    }

    @Test
    void versionsCountPrereleasesByTheirOrder() {
        assertDenies("versions: '<2'", "demo-1.0.tar.gz", "demo-1.9a1.tar.gz").allows("demo-2.tar.gz");
        assertDenies("versions: ['==1.*', '==3']", "demo-1.7-py3-none-any.whl", "demo-3.0.tar.gz")
                .allows("demo-2.tar.gz");
        // what can't be read counts against the file
        assertThat(refusal("{rules: [{deny: {versions: '<2'}}]}", "demo-nonsense.tar.gz"))
                .isNotNull();
        assertThat(refusal("{rules: [{allow: {versions: '<2'}}], default: deny}", "demo-nonsense.tar.gz"))
                .isNotNull();
    }

    @Test
    void typesOfFiles() {
        assertDenies("type: wheel", DEMO).allows("demo-1.tar.gz", "demo-1-py3.8.egg", "demo-1.win32.exe");
        assertDenies("type: sdist", "demo-1.tar.gz", "demo-1.zip").allows(DEMO);
        assertDenies("type: [egg, other]", "demo-1-py3.8.egg", "demo-1.win32.exe", "demo-1-1.noarch.rpm")
                .allows(DEMO, "demo-1.tar.gz");
    }

    @Test
    void aFileForOtherPlatformsTooIsDeniedOnlyForAll() {
        String fat = "demo-1-cp39-cp39-macosx_10_9_x86_64.macosx_11_0_arm64.whl";
        assertDenies("platform: 'win*'", "demo-1-cp39-cp39-win_amd64.whl").allows(DEMO, "demo-1.tar.gz", fat);
        assertDenies("platform: 'macosx_*'", fat);
        assertDenies("platform: '*_x86_64'", "demo-1-cp39-cp39-manylinux_2_17_x86_64.whl")
                .allows(fat);
        String only = "{rules: [{allow: {platform: [any, '*_arm64']}}], default: deny}";
        assertThat(refusal(only, fat)).isNull();
        assertThat(refusal(only, DEMO)).isNull();
        assertThat(refusal(only, "demo-1.tar.gz")).isNotNull();
    }

    @Test
    void pythonTagsOfWheelsAndEggs() {
        assertDenies("python: 'py2*'", "demo-1-py2-none-any.whl", "demo-1-py2.7.egg")
                .allows("demo-1-py2.py3-none-any.whl", "demo-1.tar.gz", DEMO);
        assertThat(refusal("{rules: [{allow: {python: py3}}], default: deny}", "demo-1-py2.py3-none-any.whl"))
                .isNull();
    }

    @Test
    void sizes() {
        assertThat(refusal("{rules: [{deny: {larger-than: 1KiB}}]}", DEMO, 1025))
                .contains("larger-than: 1KiB");
        assertThat(refusal("{rules: [{deny: {larger-than: 1KiB}}]}", DEMO, 1024))
                .isNull();
        assertThat(refusal("{rules: [{allow: {smaller-than: 10}}], default: deny}", DEMO, 9))
                .isNull();
        assertThat(refusal("{rules: [{allow: {smaller-than: 10}}], default: deny}", DEMO, -1))
                .isNotNull();
        assertThat(refusal("{rules: [{deny: {larger-than: 1KiB}}]}", DEMO, -1)).isNotNull();
    }

    @Test
    void aLicenceThatIsNotKnownYetDecidesNothingYet() {
        String policy = "{rules: [{deny: {licence: ['*affero*', 'GPL-*']}}, {deny: {type: egg}}]}";
        List<String> affero = List.of("License :: OSI Approved :: GNU Affero General Public v3");
        assertThat(text(judge(policy, file(DEMO, 1, null), affero).refusal())).contains("rule 1");
        assertThat(judge(policy, file(DEMO, 1, null), List.of("MIT"))).satisfies(verdict -> {
            assertThat(verdict.served()).isTrue();
            assertThat(verdict.undecided()).isFalse();
        });
        assertThat(judge(policy, file(DEMO, 1, null), null)).satisfies(verdict -> {
            assertThat(verdict.served()).isTrue();
            assertThat(verdict.undecided()).isTrue();
        });
        assertThat(text(judge(policy, file("demo-1-py3.8.egg", 1, null), null).refusal()))
                .contains("rule 2");
        assertThat(judge("{rules: [{deny: {licence: unknown}}]}", file(DEMO, 1, null), Admission.UNKNOWN)
                        .served())
                .isFalse();
    }

    @Test
    void conditionsOfOneRuleMustAllHold() {
        assertDenies("project: demo, type: sdist, versions: '<2'", "demo-1.tar.gz")
                .allows("demo-2.tar.gz", "demo-1-py3-none-any.whl", "other-1.tar.gz");
    }

    @Test
    void aFileMustBeOldEnoughAndItsAgeKnown() {
        Policy policy = new Policy(Policies.ofAge(Duration.ofDays(7), "our-*"));
        Policy.Verdict young = policy.judge(subject(file(DEMO, 1, "2026-06-10T00:00:00.123456Z"), null), NOW);
        assertThat(text(young.refusal())).contains("from an age of 7d", "from 2026-06-17T00:00:00.123456Z");
        assertThat(young.until()).isEqualTo("2026-06-17T00:00:00.123456Z");
        assertThat(policy.judge(subject(file(DEMO, 1, "2026-06-08T12:00:00Z"), null), NOW)
                        .served())
                .isTrue();
        for (String unknown : new String[] {null, "yesterday", "+999999999-01-01T00:00:00Z"}) {
            Policy.Verdict verdict = policy.judge(subject(file(DEMO, 1, unknown), null), NOW);
            assertThat(text(verdict.refusal())).contains("does not tell when");
            assertThat(verdict.until()).isNull();
        }
        assertThat(policy.judge(subject(file("our_tool-1.tar.gz", 1, null), null), NOW)
                        .served())
                .isTrue();
    }

    @Test
    void aNameIsRefusedOnlyWhereNoFileCouldBeServed() {
        Policy policy =
                new Policy(Policies.of("{rules: [{allow: {project: a, versions: '>1'}}, {deny: {project: 'a*', type:"
                        + " egg}}, {deny: {project: 'a*'}}]}"));
        assertThat(policy.refuses(new ProjectName("a"))).isNull();
        assertThat(text(policy.refuses(new ProjectName("ab")))).contains("rule 3");
        assertThat(policy.refuses(new ProjectName("b"))).isNull();
        assertThat(text(new Policy(Policies.of("{rules: [{allow: {project: a}}], default: deny}"))
                        .refuses(new ProjectName("b"))))
                .contains("default is deny");
    }

    @Test
    void aPatternTakesNoLongTime() {
        Glob glob = new Glob("*a".repeat(100) + "b");
        assertThat(glob.fits("a".repeat(100_000))).isFalse();
        assertThat(new Glob("a*b?").fits("a-b-bc")).isTrue();
        assertThat(new Glob("**").fits("")).isTrue();
        assertThat(new Glob("?").fits("")).isFalse();
    }

    private record Denies(String policy) {
        void allows(String... filenames) {
            assertThat(filenames)
                    .allSatisfy(
                            name -> assertThat(refusal(policy, name)).as(name).isNull());
        }
    }

    private static Denies assertDenies(String conditions, String... filenames) {
        String policy = "{rules: [{deny: {" + conditions + "}}]}";
        assertThat(filenames)
                .allSatisfy(name -> assertThat(refusal(policy, name)).as(name).isNotNull());
        return new Denies(policy);
    }

    private static @Nullable String refusal(String policy, String filename) {
        return refusal(policy, filename, 100);
    }

    private static @Nullable String refusal(String policy, String filename, long sizeBytes) {
        return text(judge(policy, file(filename, sizeBytes, null), null).refusal());
    }

    private static @Nullable String text(@Nullable Refusal refusal) {
        return refusal == null ? null : refusal.text();
    }

    private static Policy.Verdict judge(String policy, FileRecord file, @Nullable List<String> licences) {
        return new Policy(Policies.of(policy)).judge(subject(file, licences), NOW);
    }

    private static FileRecord file(String filename, long sizeBytes, @Nullable String uploadTime) {
        return new FileRecord(
                filename, "https://x.org/" + filename, Map.of(), null, null, sizeBytes, uploadTime, null, null, null);
    }

    private static Condition.Subject subject(FileRecord file, @Nullable List<String> licences) {
        return new Condition.Subject() {
            @Override
            public ProjectName project() {
                return DistributionName.candidates(file.filename()).get(0);
            }

            @Override
            public FileRecord file() {
                return file;
            }

            @Override
            public Optional<List<String>> licences() {
                return Optional.ofNullable(licences);
            }
        };
    }
}
