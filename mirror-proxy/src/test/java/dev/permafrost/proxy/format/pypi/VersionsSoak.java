package dev.permafrost.proxy.format.pypi;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A million versions, specifiers and requirements each, made up at random, read by Python's {@code packaging} and by us. */
@Tag("soak")
@Tag("soak-versions")
class VersionsSoak {
    private static final int COUNT = 1_000_000;

    @TempDir
    Path folder;

    @Test
    void packagingSaysTheSameOfAMillion() throws Exception {
        PackagingOracle.agreesOn(COUNT, Long.getLong("permafrost.seed", System.nanoTime()), folder);
    }

    @Test
    void packagingSaysTheSameOfAMillionSpecifiers() throws Exception {
        PackagingOracle.agreesOnSpecifiers(COUNT, Long.getLong("permafrost.seed", System.nanoTime()), folder);
    }

    @Test
    void packagingSaysTheSameOfAMillionRequirements() throws Exception {
        RequirementsOracle.agreesOn(COUNT, Long.getLong("permafrost.seed", System.nanoTime()), folder);
    }
}
