package dev.permafrost.bench.workload;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.Catalogue;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.server.GcLog;
import dev.permafrost.bench.server.Proc;
import dev.permafrost.bench.server.Program;
import dev.permafrost.bench.server.Server;
import dev.permafrost.bench.server.UnavailableException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * One upload of a wheel that is many times as large as the server's heap, as twine sends it, with all three digests. It is to be
 * taken, to be on the disk with the bytes that were sent, and to pass the heap by.
 */
final class BigUpload implements Scenario {
    private static final Duration TOOL_TIMEOUT = Duration.ofMinutes(10);
    private static final int ANSWER_MILLIS = 600_000;
    private static final long MEGABYTE = 1_000_000;
    private static final String PROJECT = "bench-upload";
    private static final String WHEEL = "bench_upload-1.0-py3-none-any.whl";
    private static final String BOUNDARY = "0ae2f10f8ab04d2ba4e1b6e1d9e0b6c7";

    @Override
    public String name() {
        return "upload";
    }

    @Override
    public String summary() {
        return "one upload of 2 GB to a heap of 256 MB";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("megabytes", "2000", "size of the wheel"),
                                new Option("heap-mb", "256", "the server's heap"),
                                new Option("overhead-mb", "400", "most resident memory beyond the heap"),
                                new Option("server-cpus", "", "processors of the server; '' for all"),
                                new Option("java-opts", "", "more options of the server's Java"),
                                new Option("seed", "1", "what content follows from")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        long payloadBytes = options.number("megabytes", 1) * MEGABYTE;
        int heapMegabytes = options.number("heap-mb", 16);
        long residentBytesMax = (heapMegabytes + options.number("overhead-mb", 0)) * (1L << 20);
        List<String> violations = new ArrayList<>();
        try (Lab lab = Lab.open(options)) {
            if (lab.usableBytes() < payloadBytes * 22 / 10) {
                throw new UnavailableException("the wheel and the store need " + payloadBytes * 22 / 10 / MEGABYTE
                        + " MB, the disk has " + lab.usableBytes() / MEGABYTE
                        + " MB; name another with --work, or fewer --megabytes");
            }
            Path wheel = lab.path(WHEEL);
            out.println("making a wheel of " + payloadBytes / MEGABYTE + " MB");
            makeWheel(wheel, payloadBytes, options.number("seed", 0));
            String sha256 = digest(wheel, "sha256sum");
            String form = form(digest(wheel, "md5sum"), sha256, digest(wheel, "b2sum", "-l", "256"));
            Path tokens = lab.path("tokens");
            Files.deleteIfExists(tokens);
            String token = Program.output(
                            TOOL_TIMEOUT,
                            List.of(lab.launcher().toString(), "token", "new", "ci", "--file", tokens.toString()))
                    .lines()
                    // a build may have said something before, and what to do with it is said behind
                    .filter(line -> !line.isBlank() && !line.contains(" "))
                    .reduce((first, last) -> last)
                    .orElseThrow();
            Catalogue catalogue =
                    Catalogue.seeded(1).projects(PROJECT, 1, MEGABYTE).build();
            String javaOptions =
                    "-Xmx" + heapMegabytes + "m -Xlog:gc:file=" + lab.path("gc.log") + " " + options.text("java-opts");
            try (Origin origin = Origin.start(0, catalogue, Behaviour.distant(Duration.ZERO));
                    Server server = lab.permafrost(
                            "server",
                            origin,
                            PROJECT + "-0",
                            options.text("server-cpus"),
                            javaOptions.trim(),
                            null,
                            List.of(
                                    "repositories.pypi.default=true",
                                    "repositories.ours={auth: {tokens: \"" + tokens + "\", write: [ci]}}"))) {
                long cpuBefore = Proc.cpuMicros(server.pid());
                long start = System.nanoTime();
                String answer = send(server.port(), token, form, wheel);
                double seconds = (System.nanoTime() - start) / 1e9;
                double cpuSeconds = (Proc.cpuMicros(server.pid()) - cpuBefore) / 1e6;
                Proc.Memory memory = Proc.memory(server.pid());
                judge(answer, server, lab, wheel, sha256, violations);
                if (memory.peak() > residentBytesMax) {
                    violations.add("resident memory rose to " + (memory.peak() >> 20) + " MiB, beyond "
                            + (residentBytesMax >> 20));
                }
                print(out, lab, Files.size(wheel), seconds, cpuSeconds, memory, heapMegabytes);
            }
        }
        violations.forEach(violation -> out.println("violated: " + violation));
        return violations.isEmpty();
    }

    private static void judge(String answer, Server server, Lab lab, Path wheel, String sha256, List<String> violations)
            throws IOException, InterruptedException {
        if (!answer.startsWith("HTTP/1.1 200 ")) {
            violations.add("the answer is " + answer.lines().findFirst().orElse("none") + ": "
                    + answer.lines().reduce((first, last) -> last).orElse(""));
            return;
        }
        String page = new String(server.get("/ours/simple/" + PROJECT + "/").body(), UTF_8);
        if (!page.contains(WHEEL + "#sha256=" + sha256)) {
            violations.add("the page does not list the wheel with its SHA-256: " + page);
        }
        Path blob = lab.path("server-store/blobs/sha256")
                .resolve(sha256.substring(0, 2))
                .resolve(sha256.substring(2, 4))
                .resolve(sha256);
        if (Files.mismatch(blob, wheel) >= 0) {
            violations.add("the store has other bytes than were sent: " + blob);
        }
        if (!server.isAlive()) {
            violations.add("the server has ended");
        }
    }

    private static void print(
            PrintStream out,
            Lab lab,
            long bytes,
            double seconds,
            double cpuSeconds,
            Proc.Memory memory,
            int heapMegabytes)
            throws IOException {
        OptionalLong heapPeak =
                GcLog.peakBytes(Files.exists(lab.path("gc.log")) ? Files.readString(lab.path("gc.log")) : "");
        out.println();
        out.print(new MarkdownTable("an upload of " + bytes / MEGABYTE + " MB", "")
                .row("seconds until it was answered", "%.1f".formatted(seconds))
                .row("MB/s", "%.0f".formatted(bytes / 1e6 / seconds))
                .row("CPU of the server, seconds", "%.1f".formatted(cpuSeconds))
                .row("heap allowed, MiB", Integer.toString(heapMegabytes))
                .row(
                        "heap at its fullest, MiB",
                        heapPeak.isPresent() ? mebibytes(heapPeak.getAsLong()) : "no collection")
                .row("resident at its highest, MiB (VmHWM; page cache apart)", mebibytes(memory.peak()))
                .row("of it anonymous at the end, MiB", mebibytes(memory.anonymous()))
                .render());
        out.println();
        out.println(Machine.describe());
    }

    private static String mebibytes(long bytes) {
        return Long.toString(bytes >> 20);
    }

    /** A digest of a file as a tool that is not ours has it. */
    private static String digest(Path file, String tool, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Program.require(tool, "coreutils")));
        command.addAll(List.of(options));
        command.add(file.toString());
        return Program.output(TOOL_TIMEOUT, command).split(" ", -1)[0];
    }

    /** Makes a wheel with one large file in it, stored as it is. */
    private static void makeWheel(Path file, long payloadBytes, int seed) throws IOException {
        String info = "bench_upload-1.0.dist-info/";
        byte[] block = new byte[1 << 20];
        new Random(seed).nextBytes(block);
        try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
                ZipOutputStream zip = new ZipOutputStream(to)) {
            ZipEntry payload = new ZipEntry("bench_upload/payload.bin");
            payload.setMethod(ZipEntry.STORED);
            payload.setSize(payloadBytes);
            payload.setCrc(crc(block, payloadBytes));
            zip.putNextEntry(payload);
            for (long left = payloadBytes, number = 0; left > 0; left -= block.length, number++) {
                mark(block, number);
                zip.write(block, 0, (int) Math.min(left, block.length));
            }
            text(zip, info + "METADATA", "Metadata-Version: 2.1\nName: " + PROJECT + "\nVersion: 1.0\n");
            text(zip, info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
            text(
                    zip,
                    info + "RECORD",
                    "bench_upload/payload.bin,,\n" + info + "METADATA,,\n" + info + "WHEEL,,\n" + info + "RECORD,,\n");
        }
    }

    private static void text(ZipOutputStream zip, String name, String text) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(text.getBytes(UTF_8));
        zip.closeEntry();
    }

    private static long crc(byte[] block, long bytes) {
        CRC32 crc = new CRC32();
        for (long left = bytes, number = 0; left > 0; left -= block.length, number++) {
            mark(block, number);
            crc.update(block, 0, (int) Math.min(left, block.length));
        }
        return crc.getValue();
    }

    /** Makes each block another one. */
    private static void mark(byte[] block, long number) {
        for (int i = 0; i < Long.BYTES; i++) {
            block[i] = (byte) (number >>> (Byte.SIZE * i));
        }
    }

    /** What comes before the file's bytes. */
    private static String form(String md5, String sha256, String blake2) {
        String[][] fields = {
            {":action", "file_upload"},
            {"protocol_version", "1"},
            {"name", PROJECT},
            {"version", "1.0"},
            {"filetype", "bdist_wheel"},
            {"md5_digest", md5},
            {"sha256_digest", sha256},
            {"blake2_256_digest", blake2}
        };
        StringBuilder form = new StringBuilder();
        for (String[] field : fields) {
            form.append("--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                    .formatted(BOUNDARY, field[0], field[1]));
        }
        return form.append("--")
                .append(BOUNDARY)
                .append("\r\nContent-Disposition: form-data; name=\"content\"; filename=\"")
                .append(WHEEL)
                .append("\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                .toString();
    }

    /** Sends it on a connection of its own, and gives all of the answer. */
    private static String send(int port, String token, String form, Path wheel) throws IOException {
        byte[] before = form.getBytes(UTF_8);
        byte[] after = ("\r\n--" + BOUNDARY + "--\r\n").getBytes(UTF_8);
        String login = Base64.getEncoder().encodeToString(("__token__:" + token).getBytes(UTF_8));
        String head = "POST /ours/ HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nAuthorization: Basic " + login
                + "\r\nContent-Type: multipart/form-data; boundary=" + BOUNDARY + "\r\nContent-Length: "
                + (before.length + Files.size(wheel) + after.length) + "\r\nConnection: close\r\n\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                InputStream file = Files.newInputStream(wheel)) {
            socket.setSoTimeout(ANSWER_MILLIS);
            OutputStream to = socket.getOutputStream();
            to.write(head.getBytes(UTF_8));
            to.write(before);
            byte[] block = new byte[1 << 18];
            for (int n = file.read(block); n >= 0; n = file.read(block)) {
                to.write(block, 0, n);
            }
            to.write(after);
            to.flush();
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }
}
