package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.InvariantsHold;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/** A server that ends while upstream's pages are coming has closed the files that they came into. */
class PagesUnderWayLeaveNoFileTest {
    private static final int PAGE_BYTES = 64 << 10;

    @TempDir
    Path data;

    @RepeatedTest(5)
    void whenItHasEnded() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            for (String page : new String[] {"/simple/", "/simple/demo/"}) {
                upstream.on(page)
                        .reply(200, Map.of("Content-Type", "text/html"), new byte[PAGE_BYTES])
                        .stallAfter(PAGE_BYTES / 2);
            }
            RunningMirror mirror = RunningMirror.in(data)
                    .from(upstream)
                    .pageWait(Duration.ofMillis(300))
                    .retriesMax(0)
                    .start();
            try {
                assertThat(mirror.get("/simple/demo/").status()).isEqualTo(504);
                assertThat(mirror.get("/simple/").status()).isEqualTo(504);
                assertThat(InvariantsHold.openFiles()).isNotEmpty();
            } finally {
                mirror.close();
            }
            assertThat(InvariantsHold.openFiles()).isEmpty();
        }
    }
}
