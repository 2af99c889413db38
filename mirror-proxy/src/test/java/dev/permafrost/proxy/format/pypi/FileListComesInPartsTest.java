package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Coding;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.store.MirrorStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done for one request for the list of files has a bound, and who follows the links sees every file once. */
class FileListComesInPartsTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int FILES_MAX = 3;
    private static final Pattern LINK = Pattern.compile("<a href=\"([^\"#]+)#");
    private static final Pattern NEXT = Pattern.compile("<a href=\"\\?([^\"]+)\" rel=\"next\">");

    @TempDir
    Path data;

    private final Blocking blocking = new Blocking(1);
    private MirrorStore store;
    private FileList list;

    @BeforeEach
    void start() {
        store = MirrorStore.open(MirrorStore.Options.of(data));
        ProjectDocs docs = new ProjectDocs("pypi", store);
        RepositoryConfig repository = RepositoryConfig.defaults("pypi");
        Admission admission = new Admission(repository, docs, false, Clock.systemUTC());
        ProjectSource source = new ProjectSource(
                repository, FetchConfig.defaults(), docs, null, blocking, Clock.systemUTC(), admission);
        PageReplies replies = new PageReplies(Duration.ZERO, Clock.systemUTC());
        list = new FileList(Sources.alone(source), replies, FILES_MAX);
        project(docs, "a", "a-1.tar.gz", "a-2.tar.gz");
        project(docs, "b", "b-1.tar.gz", "b-2.tar.gz");
        project(docs, "b-c", "b-c-1.tar.gz");
        // more of one project than a part has
        project(docs, "b0", "b0-1.zip", "b0-2.zip", "b0-3.zip", "b0-4.zip", "b0-5.zip");
        project(docs, "z", "z-1.tar.gz");
        // held, and on no page
        hold("lost", "lost-1.tar.gz");
    }

    private void project(ProjectDocs docs, String name, String... files) {
        ProjectName project = new ProjectName(name);
        List<FileRecord> records = Arrays.stream(files)
                .map(file -> new FileRecord(file, "", Map.of(), null, null, -1, null, null, null, null))
                .toList();
        Instant now = Instant.EPOCH;
        docs.put(new ProjectPage(
                new ProjectPage.Header(
                        project, "1.0", null, null, List.of(), -1, null, null, now, IndexFormat.HTML, files.length),
                records));
        Arrays.stream(files).forEach(file -> hold(name, file));
    }

    private void hold(String project, String file) {
        IndexInHand.hold(store, project + "/" + file, file.getBytes(UTF_8));
    }

    @AfterEach
    void stop() {
        list.close();
        store.close();
        blocking.close();
    }

    private Reply.Page ask(@Nullable String query) {
        Reply reply = list.answer(store.view(), query, Coding.IDENTITY).block(SOON);
        assertThat(reply).isInstanceOf(Reply.Page.class);
        return (Reply.Page) Objects.requireNonNull(reply);
    }

    private static List<String> found(Pattern pattern, Reply.Page page) {
        Matcher links = pattern.matcher(UTF_8.decode(page.page().body().duplicate()));
        List<String> found = new ArrayList<>();
        while (links.find()) {
            found.add(links.group(1));
        }
        return found;
    }

    @Test
    void eachPartEndsWithAProjectAndLeadsToTheNext() {
        List<List<String>> parts = new ArrayList<>();
        @Nullable String query = null;
        do {
            Reply.Page page = ask(query);
            parts.add(found(LINK, page));
            query = found(NEXT, page).stream().findFirst().orElse(null);
        } while (query != null);
        assertThat(parts)
                .containsExactly(
                        List.of("a-1.tar.gz", "a-2.tar.gz", "b-c-1.tar.gz"),
                        List.of("b-1.tar.gz", "b-2.tar.gz", "b0-1.zip", "b0-2.zip", "b0-3.zip", "b0-4.zip", "b0-5.zip"),
                        List.of("z-1.tar.gz"));
    }

    @Test
    void aPartIsMadeAgainOnlyAfterSomethingWasWritten() {
        Reply.Page first = ask(null);
        Reply.Page again = ask(null);
        assertThat(again.outcome()).isEqualTo(CacheOutcome.HIT);
        assertThat(again.page()).isSameAs(first.page());
        hold("a", "a-3.tar.gz");
        assertThat(ask(null).outcome()).isEqualTo(CacheOutcome.MISS);
    }
}
