package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.model.FailureKind;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What each kind of failure is on the wire. */
class StatusTableTest {
    private static final Set<Integer> BROKEN = Set.of(500, 502, 503, 504);

    @ParameterizedTest
    @CsvSource({
        "BAD_REQUEST,400,true",
        "STORE_MISSING,404,true",
        "STORE_EXISTS,409,true",
        "STORE_LOCKED,503,false",
        "STORE_READ_ONLY,503,false",
        "STORE_CORRUPT,500,false",
        "STORE_TOO_NEW,500,false",
        "UNTRUSTED,500,false",
        "DISK_FULL,503,false",
        "DISK_FAILED,500,false",
        "DIGEST_MISMATCH,502,true",
        "LENGTH_MISMATCH,502,true",
        "UPSTREAM_UNREACHABLE,502,true",
        "UPSTREAM_TIMEOUT,504,true",
        "UPSTREAM_STATUS,502,true",
        "UPSTREAM_INVALID,502,true",
        "UPSTREAM_TOO_LARGE,502,true",
        "REDIRECT_REFUSED,502,true",
        "OVERLOADED,503,true",
        "SHUTTING_DOWN,503,true",
        "INTERNAL,500,false"
    })
    void everyKindHasItsStatus(FailureKind kind, int status, boolean tellsClient) {
        assertThat(StatusTable.of(kind).code()).isEqualTo(status);
        assertThat(StatusTable.tellsClient(kind)).isEqualTo(tellsClient);
    }

    @ParameterizedTest
    @EnumSource(FailureKind.class)
    void nothingThatIsBrokenIsAbsent(FailureKind kind) {
        Set<FailureKind> answers = Set.of(FailureKind.BAD_REQUEST, FailureKind.STORE_MISSING, FailureKind.STORE_EXISTS);
        assertThat(BROKEN.contains(StatusTable.of(kind).code())).isEqualTo(!answers.contains(kind));
    }
}
