package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Beside a snapshot that is being served, the store that it was taken of goes on filling. */
@Tag("journey")
final class ConnectedGoesOnTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final String[] JSON = {"Accept: " + SimpleIndexTree.JSON};

    @TempDir
    Path folder = Path.of("");

    @Test
    void aServedSnapshotStaysAsItIsWhileItsStoreGoesOn() throws Exception {
        Optional<Pips.Pip> pip = Pips.newest();
        assumeTrue(pip.isPresent(), "no pip here");
        Pips.Environment client = pip.orElseThrow().target(folder.resolve("unused"));
        SimpleIndexTree tree = new SimpleIndexTree()
                .add(TinyWheel.of("glacier", "1.0"))
                .add(TinyWheel.of("glacier", "1.1").padded(300_000, 1))
                .add(TinyWheel.of("moraine", "1.0"));
        Product product = Product.in(folder);
        Path data = folder.resolve("data");
        try (Origin origin = Origin.html(tree, folder);
                Product.Served connected = product.connected(data, origin.index())) {
            download(client, connected, "glacier==1.1");
            freeze(product, data, "first");
            try (Product.Served frozen = product.serve(List.of(), "--data", data.toString(), "--frozen=first")) {
                String glacier = page(frozen, "glacier");
                assertThat(glacier).contains("glacier-1.1-").doesNotContain("glacier-1.0-");

                download(client, connected, "glacier==1.0");
                download(client, connected, "moraine");
                freeze(product, data, "second");
                assertThat(product.status(data).path("current").textValue()).isEqualTo("second");

                assertThat(page(frozen, "glacier")).isEqualTo(glacier);
                assertThat(status(frozen, "moraine")).isEqualTo(404);
                download(client, frozen, "glacier");
                assertThat(client.download(frozen.index(), folder.resolve("none"), TIMEOUT, "moraine")
                                .exit())
                        .isEqualTo(1);
                try (Product.Served current = product.serve(List.of(), "--data", data.toString(), "--frozen")) {
                    assertThat(current.process().out()).contains("snapshot 'second'");
                    assertThat(page(current, "glacier")).contains("glacier-1.1-", "glacier-1.0-");
                    download(client, current, "moraine");
                }
                assertThat(page(frozen, "glacier")).isEqualTo(glacier);
            }
            assertThat(origin.filesAsked()).hasSize(3).doesNotHaveDuplicates();
            // The frozen servers have taken nothing away from the one that owns the store.
            // three wheels, each with its metadata
            assertThat(product.status(data).path("entries").longValue()).isEqualTo(6);
            assertThat(status(connected, "moraine")).isEqualTo(200);
        }
    }

    private void download(Pips.Environment client, Product.Served server, String requirement) throws Exception {
        Path into = Files.createTempDirectory(folder, "download");
        client.download(server.index(), into, TIMEOUT, "--no-deps", requirement).orFail();
    }

    private static void freeze(Product product, Path data, String name) {
        product.run("freeze", "--data", data.toString(), "--name", name).orFail();
    }

    private static String page(Product.Served server, String project) {
        return RawHttp.get(server.port(), "/simple/" + project + "/", JSON)
                .body()
                .text();
    }

    private static int status(Product.Served server, String project) {
        return RawHttp.get(server.port(), "/simple/" + project + "/", JSON).status();
    }
}
