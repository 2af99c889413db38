package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What is kept of a page comes back as it was, and a damaged row says so. */
class PageRowsRoundTripTest {
    private static ProjectPage decoded(ProjectName project, List<byte[]> chunks) {
        List<FileRecord> files = new ArrayList<>();
        chunks.subList(1, chunks.size()).forEach(chunk -> files.addAll(ProjectPageCodec.files(project, chunk)));
        return new ProjectPage(ProjectPageCodec.header(project, chunks.get(0)), files);
    }

    @RepeatedTest(50)
    void everyPageComesBack() {
        long seed = new Random().nextLong();
        ProjectPage page = new RandomRecords(seed).page(700);
        List<byte[]> chunks = ProjectPageCodec.encoded(page);
        assertThat(chunks)
                .as("seed %d", seed)
                .hasSize(1 + ProjectPageCodec.chunksOf(page.files().size()));
        assertThat(decoded(page.header().project(), chunks)).as("seed %d", seed).isEqualTo(page);
    }

    @Test
    void everyUpstreamPageComesBack() {
        ProjectPage html =
                IndexPages.read(IndexFormat.HTML, "six", IndexPages.SIX_HTML).page();
        ProjectPage json = IndexPages.read(IndexFormat.JSON, "sampleproject", IndexPages.SAMPLE_JSON)
                .page();
        assertThat(decoded(html.header().project(), ProjectPageCodec.encoded(html)))
                .isEqualTo(html);
        assertThat(decoded(json.header().project(), ProjectPageCodec.encoded(json)))
                .isEqualTo(json);
    }

    @Test
    void aHeaderOfTheVersionBeforeIsOfNoIndex() {
        ProjectPage.Header header = IndexPages.read(IndexFormat.HTML, "six", IndexPages.SIX_HTML)
                .page()
                .header();
        byte[] row = ProjectPageCodec.encoded(header);
        byte[] before = Arrays.copyOf(row, row.length - 1);
        before[0] = 1;
        assertThat(ProjectPageCodec.header(header.project(), before)).isEqualTo(header);
        assertThat(header.index()).isNull();
    }

    @Test
    void confirmedHeaderIsAllThatChanges() {
        ProjectPage page =
                IndexPages.read(IndexFormat.HTML, "six", IndexPages.SIX_HTML).page();
        ProjectPage.Header confirmed =
                page.header().confirmed(page.header().fetchedAt().plusSeconds(600), null, "now");
        assertThat(confirmed.etag()).isEqualTo("\"tag-six\"");
        assertThat(confirmed.lastModified()).isEqualTo("now");
        assertThat(ProjectPageCodec.header(confirmed.project(), ProjectPageCodec.encoded(confirmed)))
                .isEqualTo(confirmed);
    }

    @Test
    void chunksHold256Files() {
        assertThat(ProjectPageCodec.chunksOf(0)).isZero();
        assertThat(ProjectPageCodec.chunksOf(1)).isEqualTo(1);
        assertThat(ProjectPageCodec.chunksOf(256)).isEqualTo(1);
        assertThat(ProjectPageCodec.chunksOf(257)).isEqualTo(2);
    }

    /** Deflate stands in for the ZSTD of the index: it is no better. Measured on random digests, three a file. */
    @Test
    void aFileLikePypisTakesFewBytes() {
        Random random = new Random(7);
        StringBuilder json = new StringBuilder("{\"files\":[");
        for (int i = 0; i < 256; i++) {
            int minor = i / 8;
            String name = "demo-1." + minor + ".0-cp3" + i % 8 + "-cp3" + i % 8
                    + "-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
            String blake2 = hex(random);
            json.append(i == 0 ? "" : ",")
                    .append("{\"filename\":\"" + name + "\",\"hashes\":{\"sha256\":\"" + hex(random)
                            + "\"},\"core-metadata\":{\"sha256\":\"" + hex(random) + "\"},\"requires-python\":\">=3."
                            + minor % 5
                            + "\",\"size\":" + (1_000_000 + random.nextInt(9_000_000)) + ",\"upload-time\":\"2026-01-"
                            + (10 + minor % 20) + "T10:00:0" + i % 8 + "." + (100_000 + random.nextInt(900_000))
                            + "Z\",\"yanked\":false,\"url\":\"https://files.pythonhosted.org/packages/"
                            + blake2.substring(0, 2) + "/" + blake2.substring(2, 4) + "/" + blake2.substring(4) + "/"
                            + name
                            + "\"}");
        }
        ProjectPage page =
                IndexPages.read(IndexFormat.JSON, json.append("]}").toString()).page();
        Deflater deflater = new Deflater(6);
        deflater.setInput(ProjectPageCodec.encoded(page).get(1));
        deflater.finish();
        int compressed = deflater.deflate(new byte[1 << 20]);
        deflater.end();
        // 96 of them are the three digests.
        assertThat(compressed / 256).isLessThanOrEqualTo(120);
    }

    private static String hex(Random random) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @RepeatedTest(20)
    void damagedRowsSaySoAndNothingElse() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        ProjectPage page = new RandomRecords(seed).page(40);
        ProjectName project = page.header().project();
        for (byte[] chunk : ProjectPageCodec.encoded(page)) {
            for (int i = 0; i < 500; i++) {
                byte[] damaged =
                        random.nextBoolean() ? chunk.clone() : Arrays.copyOf(chunk, random.nextInt(chunk.length));
                if (damaged.length > 1) {
                    damaged[1 + random.nextInt(damaged.length - 1)] = (byte) random.nextInt();
                }
                read(project, damaged, "seed " + seed);
            }
        }
    }

    private static void read(ProjectName project, byte[] damaged, String seed) {
        try {
            ProjectPageCodec.header(project, damaged);
        } catch (StoreException e) {
            assertThat(e.kind()).as(seed).isEqualTo(FailureKind.STORE_CORRUPT);
            assertThat(e).as(seed).hasMessageContaining("project " + project);
        } catch (RuntimeException e) {
            fail(seed, e);
        }
        try {
            ProjectPageCodec.files(project, damaged);
        } catch (StoreException e) {
            assertThat(e.kind()).as(seed).isEqualTo(FailureKind.STORE_CORRUPT);
            assertThat(e).as(seed).hasMessageContaining("project " + project);
        } catch (RuntimeException e) {
            fail(seed, e);
        }
    }

    @Test
    void newerAndOtherVersionsAreTold() {
        ProjectName project = new ProjectName("demo");
        assertThatThrownBy(() -> ProjectPageCodec.files(project, new byte[] {3, 0, 0, 0}))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_TOO_NEW))
                .hasMessageContaining("demo");
        for (byte[] row : List.of(new byte[0], new byte[] {0}, new byte[] {-1, 1})) {
            assertThatThrownBy(() -> ProjectPageCodec.header(project, row))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_CORRUPT));
        }
    }

    @Test
    void rowOfAnotherProjectIsRefused() {
        ProjectPage page =
                IndexPages.read(IndexFormat.HTML, "six", IndexPages.SIX_HTML).page();
        byte[] header = ProjectPageCodec.encoded(page.header());
        assertThatThrownBy(() -> ProjectPageCodec.header(new ProjectName("seven"), header))
                .hasMessageContaining("project seven")
                .hasMessageContaining("project six");
    }
}
