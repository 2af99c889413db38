package dev.permafrost.proxy.format.yum.rpm;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.testing.RpmData;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Heads of packages, damaged in any way: they are read, or refused as a bad RPM, and nothing else ever comes of them. */
final class HeaderMutations {
    private static final int HEAD_BYTES_MAX = 64 << 10;
    private static final int MADE_UP = 40;
    private static final int[] NUMBERS = {
        0,
        1,
        -1,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        0xffff,
        0x10000,
        0x0fffffff,
        0x10000000,
        6,
        8,
        9,
        4,
        5,
        16,
        1117,
        1118
    };

    private final Random random;
    private final List<byte[]> heads = new ArrayList<>();
    private int refused;

    /** Those that these numbers make. */
    HeaderMutations(long seed) {
        this.random = new Random(seed);
        for (int i = 0; i < MADE_UP; i++) {
            heads.add(new OddPackage(random).builder().bytes());
        }
    }

    /** Takes the real packages at hand too. */
    HeaderMutations withRealOnes() throws IOException {
        for (Path file : RpmData.endingWith(".rpm")) {
            try (InputStream in = Files.newInputStream(file)) {
                heads.add(in.readNBytes(HEAD_BYTES_MAX));
            }
        }
        return this;
    }

    /** Reads so many. */
    void read(int times) throws IOException {
        for (int i = 0; i < times; i++) {
            byte[] head = mutated(heads.get(random.nextInt(heads.size())));
            // what is beyond the head may be there
            long size = random.nextInt(4) == 0 ? 1L << 40 : head.length;
            try {
                RpmPackage rpm = RpmHead.read(new ByteArrayInputStream(head), size, "odd.rpm");
                PackageXml.of(rpm, new PackageXml.Listing("odd.rpm", null, "sha256", "00", size, 0, 10));
            } catch (BadRpmException e) {
                refused++;
                if (!String.valueOf(e.getMessage()).startsWith("odd.rpm is ")) {
                    throw new AssertionError("no name in: " + e.getMessage(), e);
                }
            } catch (RuntimeException e) {
                throw new AssertionError(
                        "mutation " + i + " of " + new String(head, 10, 66, UTF_8).strip()
                                + " was neither read nor refused",
                        e);
            }
        }
    }

    /** How many were refused. */
    int refused() {
        return refused;
    }

    private byte[] mutated(byte[] whole) {
        byte[] head = random.nextInt(10) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
        for (int times = random.nextInt(4); times >= 0 && head.length > 120; times--) {
            int at = 96 + random.nextInt(head.length - 100);
            switch (random.nextInt(4)) {
                case 0 -> head[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> head[at] = (byte) random.nextInt();
                case 2 -> ByteBuffer.wrap(head).putLong(Math.min(at, head.length - Long.BYTES), -1 - random.nextInt(2));
                // entries and introductions are of numbers of four bytes
                default -> ByteBuffer.wrap(head).putInt(at & ~3, NUMBERS[random.nextInt(NUMBERS.length)]);
            }
        }
        return head;
    }
}
