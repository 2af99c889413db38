package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A form as twine sends it: fields in their order, and files. */
public final class Form {
    /** The boundary between its parts. */
    public static final String BOUNDARY = "0ae2f10f8ab04d2ba4e1b6e1d9e0b6c7";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** An upload of that wheel, with what twine says of it. */
    public static Form upload(TinyWheel wheel) {
        return upload(wheel.name(), wheel.version(), "bdist_wheel", wheel.bytes())
                .file("content", wheel.filename(), wheel.bytes());
    }

    /** The fields of an upload, without the file. */
    public static Form upload(String name, String version, String fileType, byte[] file) {
        return new Form()
                .field(":action", "file_upload")
                .field("protocol_version", "1")
                .field("metadata_version", "2.1")
                .field("name", name)
                .field("version", version)
                .field("filetype", fileType)
                .field("pyversion", "py3")
                .field("md5_digest", digest("MD5", file))
                .field("sha256_digest", digest("SHA-256", file));
    }

    /** A digest in hexadecimal digits. */
    public static String digest(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Adds a field. */
    public Form field(String name, String value) {
        part("form-data; name=\"" + name + "\"", value.getBytes(UTF_8));
        return this;
    }

    /** Adds a file. */
    public Form file(String name, String filename, byte[] content) {
        part(
                "form-data; name=\"" + name + "\"; filename=\"" + filename
                        + "\"\r\nContent-Type: application/octet-stream",
                content);
        return this;
    }

    private void part(String disposition, byte[] content) {
        bytes.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: " + disposition + "\r\n\r\n").getBytes(UTF_8));
        bytes.writeBytes(content);
        bytes.writeBytes("\r\n".getBytes(UTF_8));
    }

    /** All of it. */
    public byte[] bytes() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(bytes.toByteArray());
        all.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(UTF_8));
        return all.toByteArray();
    }

    /** Sends it by POST, and reads the answer. */
    public RawHttp.Response post(int port, String path, String... headerLines) {
        try (RawHttp http = RawHttp.connect(port)) {
            return post(http, path, headerLines);
        }
    }

    /** The same on that connection. */
    public RawHttp.Response post(RawHttp http, String path, String... headerLines) {
        byte[] body = bytes();
        String[] lines = new String[headerLines.length + 2];
        lines[0] = "Content-Type: multipart/form-data; boundary=" + BOUNDARY;
        lines[1] = "Content-Length: " + body.length;
        System.arraycopy(headerLines, 0, lines, 2, headerLines.length);
        return http.request("POST", path, lines).send(body).read();
    }
}
