package dev.permafrost.proxy.format.pypi;

import static dev.permafrost.proxy.format.pypi.IndexMediaType.JSON;
import static dev.permafrost.proxy.format.pypi.IndexMediaType.LEGACY_HTML;
import static dev.permafrost.proxy.format.pypi.IndexMediaType.V1_HTML;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PEP 691's choice of a form, by RFC 9110 §12.5.1. */
class AcceptHeaderNegotiatedTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01|JSON",
                "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01|JSON",
                "application/vnd.pypi.simple.v1+json, */*;q=0.1|JSON",
                "text/html|LEGACY_HTML",
                "*/*|LEGACY_HTML",
                "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8|LEGACY_HTML",
                "text/*|LEGACY_HTML",
                "application/*|V1_HTML",
                "application/*, */*;q=0.5|V1_HTML",
                "application/vnd.pypi.simple.v1+html|V1_HTML",
                "application/vnd.pypi.simple.latest+json|JSON",
                "application/vnd.pypi.simple.latest+html|V1_HTML",
                "application/vnd.pypi.simple.v2+json, application/vnd.pypi.simple.v1+json;q=0.5|JSON",
                "APPLICATION/VND.PYPI.SIMPLE.V1+JSON;Q=1.0|JSON",
                "text/html;charset=utf-8|LEGACY_HTML",
                "text/html;level=\"1,2;q=0\", application/vnd.pypi.simple.v1+json;q=0.3|LEGACY_HTML",
                "*/*;q=0.9, text/html;q=0|V1_HTML",
                "*/*, application/vnd.pypi.simple.v1+html;q=0, text/html;q=0|JSON",
                "application/vnd.pypi.simple.v1+json;q=0.001, text/html;q=0.0|JSON",
                "application/vnd.pypi.simple.v1+json, text/html|LEGACY_HTML",
                "text/html;q=nonsense, application/vnd.pypi.simple.v1+json;q=0.1|JSON",
                "text/html;q=1.001, application/vnd.pypi.simple.v1+json;q=0.1|JSON",
                ", ,application/vnd.pypi.simple.v1+json,,|JSON"
            })
    void chosen(String accept, IndexMediaType type) {
        assertThat(IndexMediaType.negotiated(accept)).hasValue(type);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", ",", "html", "text/", "/html", "text/html;q=", "\"", "\"\\", "te xt/html;q=2", "\u0000"
            })
    void whatCantBeUnderstoodIsNoHeader(String accept) {
        assertThat(IndexMediaType.negotiated(accept)).hasValue(LEGACY_HTML);
    }

    @Test
    void noHeader() {
        assertThat(IndexMediaType.negotiated(null)).hasValue(LEGACY_HTML);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"image/png", "text/plain", "text/html;q=0", "*/*;q=0.000", "application/vnd.pypi.simple.v2+json"
            })
    void nothingAcceptable(String accept) {
        assertThat(IndexMediaType.negotiated(accept)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "format=application/vnd.pypi.simple.v1+json,JSON",
        "format=application%2Fvnd.pypi.simple.v1%2Bjson,JSON",
        "a=b&format=application/vnd.pypi.simple.latest+html&format=text/html,V1_HTML",
        "format=text/html,LEGACY_HTML"
    })
    void aParameterGoesOverTheHeader(String query, IndexMediaType type) {
        assertThat(IndexMediaType.wanted(query, "image/png")).hasValue(type);
        assertThat(IndexMediaType.wanted(query, null)).hasValue(type);
    }

    @ParameterizedTest
    @ValueSource(strings = {"format=", "format=json", "format=%", "format=application/vnd.pypi.simple.v2+json"})
    void aParameterThatNamesNothingWeHave(String query) {
        assertThat(IndexMediaType.wanted(query, "text/html")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&", "a=format=text/html", "Format=text/html", "reformat=text/html"})
    void anotherParameterChangesNothing(String query) {
        assertThat(IndexMediaType.wanted(query, JSON.contentType())).hasValue(JSON);
        assertThat(IndexMediaType.wanted(null, JSON.contentType())).hasValue(JSON);
    }

    @Test
    void typesAreWrittenAsClientsCompareThem() {
        assertThat(LEGACY_HTML.contentType()).isEqualTo("text/html; charset=utf-8");
        assertThat(V1_HTML.contentType()).isEqualTo("application/vnd.pypi.simple.v1+html");
        assertThat(JSON.contentType()).isEqualTo("application/vnd.pypi.simple.v1+json");
        assertThat(V1_HTML.format()).isEqualTo(IndexFormat.HTML);
    }

    @Test
    void aLongHeaderIsReadOnce() {
        String accept = "text/html;a=\",,,\";q=0.1,".repeat(20_000);
        Assertions.assertTimeout(
                Duration.ofSeconds(2),
                () -> assertThat(IndexMediaType.negotiated(accept)).isPresent());
    }

    @ParameterizedTest
    @CsvSource({
        "text/html; charset=UTF-8,HTML",
        "application/vnd.pypi.simple.v1+html,HTML",
        "Application/Vnd.PyPI.Simple.v1+JSON,JSON",
        "application/json,JSON"
    })
    void upstreamsForm(String contentType, IndexFormat format) {
        assertThat(IndexFormat.ofContentType(contentType)).hasValue(format);
    }

    @Test
    void upstreamsFormUnknown() {
        assertThat(IndexFormat.ofContentType("text/plain")).isEmpty();
        assertThat(IndexFormat.ofContentType("application/vnd.pypi.simple.v2+json"))
                .isEmpty();
    }
}
