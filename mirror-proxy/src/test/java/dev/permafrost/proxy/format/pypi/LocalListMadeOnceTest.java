package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Coding;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.SnapshotId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list of the projects that are here is made once for all who ask, and again only after something has been written. */
class LocalListMadeOnceTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    /** Every list is a long one. */
    private static final int NOTHING_IN_MEMORY = 0;

    private static final int IN_MEMORY = 10;

    @TempDir
    Path data;

    private final Blocking blocking = new Blocking(8);
    private MirrorStore store;
    private LocalRootPages list;

    @BeforeEach
    void start() {
        open(MirrorStore.open(MirrorStore.Options.of(data).withHeldOnly(true)));
        hold("alpha/alpha-1.0-py3-none-any.whl");
        hold("alpha/alpha-1.0-py3-none-any.whl.metadata");
        hold("alpha-beta/alpha_beta-1.0.tar.gz");
        hold("bare/bare-1.0-py3-none-any.whl.metadata");
    }

    private void open(MirrorStore opened) {
        store = opened;
        list = listOf(NOTHING_IN_MEMORY);
    }

    private LocalRootPages listOf(int inMemoryMax) {
        RepositoryConfig repository = RepositoryConfig.defaults("pypi");
        ProjectDocs docs = new ProjectDocs("pypi", store);
        Admission admission = new Admission(repository, docs, false, Clock.systemUTC());
        return new LocalRootPages(
                new ListOfOne(docs, admission, false), docs, blocking, FetchConfig.defaults(), inMemoryMax);
    }

    @AfterEach
    void stop() {
        list.close();
        store.close();
        assertThat(openFiles()).isEmpty();
        blocking.close();
    }

    private void hold(String key) {
        IndexInHand.hold(store, key, key.getBytes(UTF_8));
    }

    private Reply.Held ask(IndexMediaType type, Coding coding) {
        Reply reply = list.answer(store.view(), new PageForm(type, coding)).block(SOON);
        assertThat(reply).isInstanceOf(Reply.Held.class);
        return (Reply.Held) Objects.requireNonNull(reply);
    }

    private Reply.Held ask() {
        return ask(IndexMediaType.JSON, Coding.IDENTITY);
    }

    /** Files that were rendered and are still open, wherever they had a name. */
    private List<String> openFiles() {
        String temporary = System.getProperty("java.io.tmpdir") + "/permafrost-";
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(LocalListMadeOnceTest::target)
                    .filter(target -> target.startsWith(data + "/staging/") || target.startsWith(temporary))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void itHasEveryProjectOfWhichAFileIsHeld() {
        assertThat(IndexInHand.text(ask()))
                .contains("{\"name\":\"alpha-beta\"},{\"name\":\"alpha\"}")
                .doesNotContain("bare");
        assertThat(IndexInHand.text(ask(IndexMediaType.V1_HTML, Coding.IDENTITY)))
                .contains("<a href=\"alpha/\">alpha</a>", "<a href=\"alpha-beta/\">alpha-beta</a>")
                .doesNotContain("bare");
    }

    @Test
    void itIsCompressedForThoseWhoTakeThat() throws IOException {
        Reply.Held gzip = ask(IndexMediaType.JSON, Coding.GZIP);
        assertThat(gzip.head().contentEncoding()).isEqualTo("gzip");
        byte[] bytes = new byte[(int) gzip.blob().sizeBytes()];
        assertThat(gzip.blob().channel().read(ByteBuffer.wrap(bytes), 0)).isEqualTo(bytes.length);
        assertThat(new String(new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes(), UTF_8))
                .isEqualTo(IndexInHand.text(ask()));
        Reply.Held plain = ask();
        assertThat(gzip.head().etag()).isNotEqualTo(plain.head().etag());
        plain.drop();
        gzip.drop();
    }

    @Test
    void withoutAWriteItIsNotMadeAgain() {
        Reply.Held first = ask();
        list.changed();
        Reply.Held second = ask();
        assertThat(second.blob()).isSameAs(first.blob());
        first.drop();
        second.drop();
    }

    @Test
    void whatIsAnnouncedIsListedAtOnceWhereTheListIsShort() {
        try (LocalRootPages brief = listOf(IN_MEMORY)) {
            assertThat(text(brief)).contains("\"alpha\"").doesNotContain("gamma");
            hold("gamma/gamma-1.0.tar.gz");
            brief.changed();
            assertThat(text(brief)).contains("\"alpha\"", "\"gamma\"");
        }
    }

    private String text(LocalRootPages brief) {
        Reply reply = brief.answer(store.view(), new PageForm(IndexMediaType.JSON, Coding.IDENTITY))
                .block(SOON);
        assertThat(reply).isInstanceOf(Reply.Page.class);
        Reply.Page page = (Reply.Page) Objects.requireNonNull(reply);
        assertThat(page.outcome()).isEqualTo(CacheOutcome.HIT);
        return UTF_8.decode(page.page().body().duplicate()).toString();
    }

    @Test
    void aLongListHasInTheEndWhatIsAnnounced() {
        ask().drop();
        hold("gamma/gamma-1.0.tar.gz");
        list.changed();
        Eventually.is(
                SOON, "it has the new project", () -> IndexInHand.text(ask()).contains("\"gamma\""));
    }

    @Test
    void allWhoAskMeanwhileHaveTheSame() throws Exception {
        List<CompletableFuture<Reply>> asked = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            asked.add(list.answer(store.view(), new PageForm(IndexMediaType.V1_HTML, Coding.GZIP))
                    .toFuture());
        }
        Reply.Held first = (Reply.Held) asked.get(0).get(20, TimeUnit.SECONDS);
        for (CompletableFuture<Reply> one : asked) {
            Reply.Held reply = (Reply.Held) one.get(20, TimeUnit.SECONDS);
            assertThat(reply.blob()).isSameAs(first.blob());
            reply.drop();
        }
    }

    @Test
    void aFrozenStoreHasItInATemporaryFileWithoutAName() {
        var unused = store.freeze(new SnapshotId("first"));
        list.close();
        store.close();
        open(MirrorStore.openFrozen(MirrorStore.Options.of(data), Optional.empty()));
        Reply.Held frozen = ask();
        assertThat(frozen.head().cacheControl()).isEqualTo("max-age=3600, public");
        assertThat(openFiles()).isNotEmpty().allMatch(file -> file.endsWith("(deleted)"));
        assertThat(IndexInHand.text(frozen)).contains("\"alpha\"");
    }
}
