package dev.permafrost.proxy.format.pypi;

import static dev.permafrost.proxy.format.pypi.IndexPages.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.format.pypi.FileRecord.CoreMetadata;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PEP 691's pages and their later keys. */
class JsonIndexReadTest {
    private static IndexReader.Result readFile(String keys) {
        return read(
                IndexFormat.JSON,
                "{\"files\":[{\"filename\":\"demo-1.0.zip\",\"url\":\"demo-1.0.zip\"," + keys + "\"x\":0}]}");
    }

    private static FileRecord file(String keys) {
        List<FileRecord> files = readFile(keys).page().files();
        assertThat(files).hasSize(1);
        return files.get(0);
    }

    @Test
    void pypisOwnPage() {
        IndexReader.Result result = read(IndexFormat.JSON, "sampleproject", IndexPages.SAMPLE_JSON);
        ProjectPage.Header header = result.page().header();
        assertThat(header.apiVersion()).isEqualTo("1.4");
        assertThat(header.status()).isEqualTo("archived");
        assertThat(header.statusReason()).isEqualTo("see the new one");
        assertThat(header.versions()).containsExactly("1.0", "3.0.0", "4.0.0");
        assertThat(header.lastSerial()).isEqualTo(26016045);
        assertThat(header.format()).isEqualTo(IndexFormat.JSON);
        assertThat(header.filesCount()).isEqualTo(3);
        assertThat(result.skippedCount()).isZero();
        FileRecord sdist = result.page().files().get(0);
        assertThat(sdist.requiresPython()).isNull();
        assertThat(sdist.coreMetadata()).isNull();
        assertThat(sdist.provenance()).isNull();
        assertThat(sdist.yanked()).isNull();
        assertThat(sdist.sizeBytes()).isEqualTo(4316);
        assertThat(sdist.uploadTime()).isEqualTo("2014-10-18T17:48:25.310441Z");
        FileRecord wheel = result.page().files().get(1);
        assertThat(wheel.digests().keySet()).containsExactly(Algorithm.SHA256, Algorithm.MD5, Algorithm.BLAKE2B_256);
        assertThat(wheel.coreMetadata())
                .isEqualTo(new CoreMetadata(Map.of(
                        Algorithm.SHA256,
                        Digest.sha256("7dd8b9f3e5a1c2b4d6e8f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5"))));
        assertThat(wheel.yanked()).isEmpty();
        assertThat(wheel.provenance()).endsWith("/provenance");
        FileRecord other = result.page().files().get(2);
        assertThat(other.url()).isEqualTo("https://pypi.org/files/sampleproject-3.0.0.tar.gz");
        assertThat(other.yanked()).isEqualTo("wrong metadata");
    }

    @ParameterizedTest
    @CsvSource({"false,", "true,''", "'\"\"',", "'\"why\"',why", "null,", "1,", "{},", "[true],"})
    void yanked(String json, String reason) {
        assertThat(file("\"yanked\":" + json + ",").yanked()).isEqualTo(reason);
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "9007199254740993,9007199254740993",
        "-5,-1",
        "1.5,-1",
        "'\"1\"',-1",
        "123456789012345678901,-1",
        "{},-1"
    })
    void size(String json, long sizeBytes) {
        assertThat(file("\"size\":" + json + ",").sizeBytes()).isEqualTo(sizeBytes);
    }

    @Test
    void wrongTypesCountAsNotGiven() {
        FileRecord file =
                file("\"hashes\":[[]],\"requires-python\":{\"a\":[1]},\"upload-time\":7,\"core-metadata\":[1],"
                        + "\"gpg-sig\":\"yes\",\"provenance\":{},");
        assertThat(file)
                .isEqualTo(new FileRecord(
                        "demo-1.0.zip",
                        "https://pypi.org/simple/demo/demo-1.0.zip",
                        Map.of(),
                        null,
                        null,
                        -1,
                        null,
                        null,
                        null,
                        null));
        ProjectPage.Header header = read(
                        IndexFormat.JSON,
                        "{\"meta\":[],\"name\":{},\"versions\":{\"a\":1},\"project-status\":\"active\",\"files\":[]}")
                .page()
                .header();
        assertThat(header.apiVersion()).isEqualTo("1.0");
        assertThat(header.status()).isNull();
        assertThat(header.versions()).isEmpty();
    }

    @Test
    void newerKeyOfTheSidecarCounts() {
        assertThat(file("\"dist-info-metadata\":true,").coreMetadata()).isEqualTo(new CoreMetadata(Map.of()));
        assertThat(file("\"core-metadata\":false,\"dist-info-metadata\":true,").coreMetadata())
                .isNull();
        assertThat(file("\"dist-info-metadata\":true,\"core-metadata\":false,").coreMetadata())
                .isNull();
    }

    @Test
    void fieldNameIsTheNameAndTheUrlMayEndInAnything() {
        FileRecord file = read(
                        IndexFormat.JSON, "{\"files\":[{\"filename\":\"demo-1.0.zip\",\"url\":\"/dl?id=7&f=%zz\"}]}")
                .page()
                .files()
                .get(0);
        assertThat(file.filename()).isEqualTo("demo-1.0.zip");
        assertThat(file.url()).isEqualTo("https://pypi.org/dl?id=7&f=%25zz");
    }

    @Test
    void brokenTextIsMended() {
        FileRecord file =
                file("\"yanked\":\"a\\ud800b\\u0000\\u0007\\ud83d\\ude00\",\"requires-python\":\">=3\\udfff\",");
        assertThat(file.yanked()).isEqualTo("a\uFFFDb\uFFFD\uFFFD\ud83d\ude00");
        assertThat(file.requiresPython()).isEqualTo(">=3\uFFFD");
        assertThat(file("\"yanked\":\"" + "x".repeat(5000) + "\",").yanked()).hasSize(1024);
        assertThat(file("\"upload-time\":\"" + "x".repeat(65) + "\",").uploadTime())
                .isNull();
        assertThat(readFile("\"requires-python\":\"" + "x".repeat(5000) + "\",").skipped())
                .singleElement()
                .asString()
                .contains("requires-python");
    }

    @Test
    void minorVersionsAreFineMajorOnesAreNot() {
        assertThat(read(IndexFormat.JSON, "{\"files\":[],\"meta\":{\"api-version\":\"1.77\"}}")
                        .page()
                        .header()
                        .apiVersion())
                .isEqualTo("1.77");
        assertThatThrownBy(() -> read(IndexFormat.JSON, "{\"files\":[],\"meta\":{\"api-version\":\"2.0\"}}"))
                .hasMessageContaining("'2.0'");
        assertThatThrownBy(() -> read(IndexFormat.JSON, "{\"files\":[],\"meta\":{\"api-version\":\"10.0\"}}"))
                .hasMessageContaining("'10.0'");
    }

    @Test
    void anothersPageIsRefused() {
        assertThat(read(IndexFormat.JSON, "{\"files\":[],\"name\":\"DeMo\"}").skippedCount())
                .isZero();
        assertThatThrownBy(() -> read(IndexFormat.JSON, "{\"files\":[],\"name\":\"Other\"}"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("'Other'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "<html></html>",
                "{}",
                "{\"message\":\"log in\"}",
                "{\"files\":{}}",
                "{\"files\":null}",
                "{\"files\":[1]}",
                "{\"files\":[[]]}",
                "{\"files\":[",
                "{\"files\":[{\"filename\":\"a",
                "{\"files\":[{\"filename\":",
                "{\"files\":[]",
                "{\"files\":[]} x",
                "{\"files\":[]}{}",
                "{\"files\":[],}",
                "{\"files\":[],\"x\":'a'}"
            })
    void truncatedOrNoPage(String json) {
        assertThatThrownBy(() -> read(IndexFormat.JSON, json))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_INVALID))
                .hasMessageContaining("demo");
    }

    @Test
    void notUnicode() {
        byte[] json = "{\"files\":[],\"x\":\"\u00ff\u00fe\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> read(IndexFormat.JSON, "demo", new ByteArrayInputStream(json)))
                .isInstanceOf(StoreException.class);
    }

    @Test
    void failureOfTheBodyIsPassedOn() {
        InputStream body = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("reset");
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                throw new IOException("reset");
            }
        };
        for (IndexFormat format : IndexFormat.values()) {
            assertThatThrownBy(() -> format.reader().read(body, IndexPages.source("demo"), IndexLimits.DEFAULT))
                    .isInstanceOf(IOException.class)
                    .hasMessage("reset");
        }
    }
}
