package dev.permafrost.proxy.format.pypi;

import static dev.permafrost.proxy.format.pypi.IndexPages.read;
import static dev.permafrost.proxy.format.pypi.IndexPages.rendered;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** A mirror of a mirror of an index says what the index says, in whichever form each of them speaks. */
class IndexRoundTripTest {
    private static final PageRenderer ALL = new PageRenderer(file -> null, false);

    /** The file as a mirror's client sees it: without what a mirror does not serve. */
    private static FileRecord served(ProjectName project, FileRecord file, IndexFormat format) {
        String path = file.path(project);
        String url = "https://pypi.org/packages/"
                + path.substring(0, path.length() - file.filename().length()) + PercentCoding.encoded(file.filename());
        boolean json = format == IndexFormat.JSON;
        String requiresPython = file.requiresPython();
        return new FileRecord(
                file.filename(),
                url,
                file.digests(),
                requiresPython == null || requiresPython.isEmpty() ? null : requiresPython,
                file.yanked(),
                json ? file.sizeBytes() : -1,
                json ? file.uploadTime() : null,
                null,
                null,
                null);
    }

    private static List<FileRecord> served(ProjectPage page, IndexFormat format) {
        return page.files().stream()
                .map(file -> served(page.header().project(), file, format))
                .toList();
    }

    @Test
    void htmlToJson() {
        ProjectPage upstream =
                read(IndexFormat.HTML, "six", IndexPages.SIX_HTML).page();
        ProjectPage again = read(IndexFormat.JSON, "six", rendered(IndexFormat.JSON, upstream, ALL))
                .page();
        assertThat(again.files()).isEqualTo(served(upstream, IndexFormat.HTML));
        assertThat(again.header().status()).isEqualTo(upstream.header().status());
        assertThat(again.header().lastSerial()).isEqualTo(upstream.header().lastSerial());
        ProjectPage html = read(IndexFormat.HTML, "six", rendered(IndexFormat.HTML, again, ALL))
                .page();
        assertThat(html.files()).isEqualTo(again.files());
    }

    @Test
    void jsonToJson() {
        ProjectPage upstream =
                read(IndexFormat.JSON, "sampleproject", IndexPages.SAMPLE_JSON).page();
        String once = rendered(IndexFormat.JSON, upstream, ALL);
        ProjectPage again = read(IndexFormat.JSON, "sampleproject", once).page();
        assertThat(again.files()).isEqualTo(served(upstream, IndexFormat.JSON));
        assertThat(again.header()).isEqualTo(upstream.header());
        assertThat(rendered(IndexFormat.JSON, again, ALL)).isEqualTo(once);
    }

    @RepeatedTest(20)
    void anyPageToJson() {
        long seed = new Random().nextLong();
        ProjectPage upstream = new RandomRecords(seed).page(300);
        String json = rendered(IndexFormat.JSON, upstream, ALL);
        IndexReader.Result again =
                read(IndexFormat.JSON, upstream.header().project().value(), json);
        assertThat(again.skipped()).as("seed %d", seed).isEmpty();
        assertThat(again.page().files()).as("seed %d", seed).isEqualTo(served(upstream, IndexFormat.JSON));
        String html = rendered(IndexFormat.HTML, upstream, ALL);
        IndexReader.Result fromHtml =
                read(IndexFormat.HTML, upstream.header().project().value(), html);
        assertThat(fromHtml.skipped()).as("seed %d", seed).isEmpty();
        assertThat(fromHtml.page().files())
                .as("seed %d", seed)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("digests")
                .isEqualTo(served(upstream, IndexFormat.HTML));
    }
}
