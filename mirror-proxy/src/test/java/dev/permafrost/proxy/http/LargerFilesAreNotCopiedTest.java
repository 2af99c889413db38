package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over plain HTTP the bytes of small files that are wanted often come from memory, and those of larger ones from the file, uncopied. */
class LargerFilesAreNotCopiedTest {
    private static final byte X = (byte) 'x';
    private static final IndexFile SMALL = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", filled(20_000));
    private static final IndexFile LARGER = IndexFile.of("demo", "demo-2.0.tar.gz", "2.0", filled(40_000));
    /** From the second on a file is read into memory, beside the requests. */
    private static final int REQUESTS = 100;

    @TempDir
    Path data;

    @Test
    void bytesComeFromWhereTheyCostLeast() throws IOException {
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(SMALL).add(LARGER).serve(upstream);
            try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
                for (int i = 0; i < REQUESTS; i++) {
                    assertThat(bytes(mirror, SMALL)).containsOnly(X);
                    assertThat(bytes(mirror, LARGER)).containsOnly(X);
                }
                zeroBlobs();
                assertThat(bytes(mirror, SMALL)).containsOnly(X);
                assertThat(bytes(mirror, LARGER)).containsOnly(0);
            }
        }
    }

    /** Writes zeros over what is stored: what is sent afterwards tells whether it was read from the disk. */
    private void zeroBlobs() throws IOException {
        try (Stream<Path> blobs = Files.walk(data.resolve("blobs"))) {
            for (Path blob : blobs.filter(Files::isRegularFile).toList()) {
                byte[] zeros = new byte[(int) Files.size(blob)];
                assertThat(blob.toFile().setWritable(true)).isTrue();
                try (var channel = Files.newByteChannel(blob, StandardOpenOption.WRITE)) {
                    channel.write(ByteBuffer.wrap(zeros));
                }
            }
        }
    }

    private static byte[] bytes(RunningMirror mirror, IndexFile file) throws IOException {
        return mirror.get(file.path()).body().bytes();
    }

    private static byte[] filled(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, X);
        return bytes;
    }
}
