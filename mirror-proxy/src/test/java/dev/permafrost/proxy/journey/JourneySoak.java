package dev.permafrost.proxy.journey;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many real projects, compiled ones among them, with everything that they need. */
@Tag("journey")
@Tag("soak")
@Tag("soak-journey")
final class JourneySoak {
    private static final int PROJECTS_MIN = 20;

    @TempDir
    Path folder = Path.of("");

    @Test
    void twentyRealProjectsAndMoreAreInstalledThroughItAndFromItsFrozenCopy() throws Exception {
        RealIndex.find()
                .installsThroughAMirrorAndFromItsFrozenCopy(
                        List.of(
                                "numpy",
                                "pydantic",
                                "pydantic-core",
                                "requests",
                                "flask",
                                "jinja2",
                                "click",
                                "pandas",
                                "aiohttp",
                                "sqlalchemy",
                                "httpx",
                                "rich",
                                "attrs",
                                "pyyaml",
                                "pytest",
                                "tqdm",
                                "packaging",
                                "python-dateutil",
                                "pillow",
                                "scipy",
                                "networkx",
                                "lxml",
                                "cryptography",
                                "django",
                                "fastapi",
                                "beautifulsoup4",
                                "psutil",
                                "protobuf",
                                "markdown",
                                "hypothesis"),
                        PROJECTS_MIN,
                        folder);
    }
}
