package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.YumConfig.Kind;
import dev.permafrost.proxy.repo.YumConfig.Source;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Which upstream has what lies at a path. */
final class MountsTest {
    private static Mounts mounts(String... pairs) {
        Map<String, List<Source>> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], List.of(Source.place(URI.create(pairs[i + 1]))));
        }
        return new Mounts(map);
    }

    private static String url(Mounts mounts, String path) {
        return Objects.requireNonNull(mounts.of(path)).urls(path).get(0).toString();
    }

    @Test
    void variablesStandForTheSameInTheUrl() {
        Mounts mounts = mounts(
                "$releasever/os/$basearch/", "http://a/c/$releasever/os/$basearch/",
                "$releasever/docker/$basearch/", "http://d/$releasever/$basearch/stable/");
        assertThat(url(mounts, "7/os/x86_64/repodata/repomd.xml"))
                .isEqualTo("http://a/c/7/os/x86_64/repodata/repomd.xml");
        assertThat(url(mounts, "7/docker/x86_64/a.rpm")).isEqualTo("http://d/7/x86_64/stable/a.rpm");
        assertThat(mounts.of("7/other/x86_64/a.rpm")).isNull();
        assertThat(mounts.of("7/os/x86_64")).isNull();
        assertThat(mounts.of("/os/x86_64/a.rpm")).isNull();
    }

    @Test
    void variablesStandForTheSameAnywhereInTheUrlOfAList() {
        Mounts mounts = new Mounts(Map.of(
                "$releasever/$basearch/",
                List.of(new Source(
                        Kind.METALINK, URI.create("https://m/$basearch/link?repo=epel-$releasever&arch=$basearch")))));
        assertThat(Objects.requireNonNull(mounts.of("9/x86_64/a.rpm")).sources())
                .extracting(source -> source.url().toString())
                .containsExactly("https://m/x86_64/link?repo=epel-9&arch=x86_64");
        // a client's words never become another part of the query
        assertThat(Objects.requireNonNull(mounts.of("9&x=1#/a b/a.rpm")).sources())
                .extracting(source -> source.url().toString())
                .containsExactly("https://m/a+b/link?repo=epel-9%26x%3D1%23&arch=a+b");
    }

    @Test
    void theOneThatSaysMostIsMeant() {
        Mounts mounts = mounts(
                "", "http://all/",
                "$a/", "http://variable/$a/",
                "os/", "http://os/",
                "os/$b/", "http://deep/$b/",
                "os/x/", "http://deepest/");
        assertThat(url(mounts, "a.rpm")).isEqualTo("http://all/a.rpm");
        assertThat(url(mounts, "y/a.rpm")).isEqualTo("http://variable/y/a.rpm");
        assertThat(url(mounts, "os/a.rpm")).isEqualTo("http://os/a.rpm");
        assertThat(url(mounts, "os/y/a.rpm")).isEqualTo("http://deep/y/a.rpm");
        assertThat(url(mounts, "os/x/a.rpm")).isEqualTo("http://deepest/a.rpm");
    }

    @Test
    void oneVariableHasOneValue() {
        Mounts mounts = mounts("$v/x/$v/", "http://a/$v/");
        assertThat(url(mounts, "7/x/7/a.rpm")).isEqualTo("http://a/7/a.rpm");
        assertThat(mounts.of("7/x/8/a.rpm")).isNull();
    }

    @Test
    void oddSignsAreEncoded() {
        Mounts mounts = mounts("$v/", "http://a/$v/");
        assertThat(url(mounts, "7 ?/g++-1^2~3 #%.rpm")).isEqualTo("http://a/7%20%3F/g%2B%2B-1%5E2~3%20%23%25.rpm");
    }
}
