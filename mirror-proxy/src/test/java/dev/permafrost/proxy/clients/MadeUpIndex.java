package dev.permafrost.proxy.clients;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdInputStream;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** An upstream with a few projects, and a mirror of it that listens in the clear and under TLS. */
final class MadeUpIndex implements AutoCloseable {
    /** What every request of pip and of poetry says of bodies that are packed. */
    static final String PACKED = "Accept-Encoding: gzip, deflate";

    static final TinyWheel WHEEL =
            TinyWheel.of("Demo.Pkg", "1.0").requiresPython(">=2.7").requires("other");
    static final IndexFile WITH_SIDECAR = IndexFile.of(WHEEL).withMetadata(WHEEL.metadata());
    static final IndexFile YANKED =
            IndexFile.of(TinyWheel.of("Demo.Pkg", "1.1")).yankedFor("it melts");
    static final IndexFile SDIST = IndexFile.of("demo-pkg", "demo-pkg-1.0.tar.gz", "1.0", "no archive".getBytes(UTF_8));
    /** Longer than whatever a client takes of it first, and without a sidecar. */
    static final IndexFile LONG =
            IndexFile.of(TinyWheel.of("long", "1.0").requires("demo-pkg").padded(100_000, 7));

    static final String PAGE = "/simple/demo-pkg/";
    static final String SIDECAR = WITH_SIDECAR.path() + ".metadata";

    final ScriptedUpstream upstream = ScriptedUpstream.start();
    final RunningMirror mirror;
    private final Path data;

    MadeUpIndex(Path data) {
        this.data = data;
        SimpleIndexTree tree =
                new SimpleIndexTree().add(WITH_SIDECAR).add(YANKED).add(SDIST).add(LONG);
        // a page long enough to be packed
        for (int i = 0; i < 30; i++) {
            tree.add(TinyWheel.of("many", "1." + i));
        }
        tree.serve(upstream);
        mirror = RunningMirror.in(data).from(upstream).withTls().start();
    }

    /** The text of a page as a client sees it, once it has unpacked it. */
    static String unpacked(RawHttp.Response page) {
        String coding = page.header("Content-Encoding");
        byte[] bytes = page.body().bytes();
        if (coding == null) {
            return page.body().text();
        }
        try (InputStream in = coding.equals("zstd")
                ? new ZstdInputStream(new ByteArrayInputStream(bytes))
                : new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same store without an upstream, once the mirror is closed. */
    RunningMirror offline() {
        mirror.close();
        return RunningMirror.in(data).offline().withTls().start();
    }

    @Override
    public void close() {
        mirror.close();
        upstream.close();
    }
}
