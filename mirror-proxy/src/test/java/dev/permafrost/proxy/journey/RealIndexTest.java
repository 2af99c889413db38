package dev.permafrost.proxy.journey;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few real projects; {@link JourneySoak} takes many. */
@Tag("journey")
final class RealIndexTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void realProjectsAreInstalledThroughItAndFromItsFrozenCopy() throws Exception {
        RealIndex.find()
                .installsThroughAMirrorAndFromItsFrozenCopy(
                        List.of("numpy", "pydantic", "requests", "jinja2", "aiohttp"), 3, folder);
    }
}
