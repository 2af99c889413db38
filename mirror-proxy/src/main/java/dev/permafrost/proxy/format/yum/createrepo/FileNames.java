package dev.permafrost.proxy.format.yum.createrepo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Names of files in UTF-8, whatever the locale is: where that has another encoding, Java takes the bytes of names for text of it, and what
 * a path says of itself is not what clients have to ask for. A path's URI has the bytes.
 */
public final class FileNames {
    private static final boolean IS_UTF_8 = "UTF-8".equals(System.getProperty("sun.jnu.encoding"));

    private static final Path ROOT = Path.of("/");
    private static final String HEX = "0123456789ABCDEF";

    private FileNames() {}

    /**
     * The path of that name.
     *
     * @param name with slashes; relative, or not
     * @throws InvalidPathException if no file can be called so
     */
    public static Path of(String name) {
        return IS_UTF_8 || name.indexOf('\0') >= 0 ? Path.of(name) : ofBytes(name);
    }

    /** What a file below a folder is called there; what is not of UTF-8 is U+FFFD. */
    static String below(Path folder, Path file) {
        return IS_UTF_8 ? folder.relativize(file).toString() : bytesBelow(folder, file);
    }

    /** The same by way of its bytes. */
    static Path ofBytes(String name) {
        StringBuilder uri = new StringBuilder("file:///");
        for (byte b : name.getBytes(UTF_8)) {
            if (b == '/') {
                uri.append('/');
            } else {
                uri.append('%').append(HEX.charAt(b >> 4 & 0xf)).append(HEX.charAt(b & 0xf));
            }
        }
        Path path = Path.of(URI.create(uri.toString()));
        return name.startsWith("/") ? path : ROOT.relativize(path);
    }

    /** The same by way of its bytes. */
    static String bytesBelow(Path folder, Path file) {
        String above = folder.toUri().getRawPath();
        String whole = file.toUri().getRawPath();
        int start = above.endsWith("/") ? above.length() : above.length() + 1;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = start; i < whole.length(); i++) {
            if (whole.charAt(i) == '%') {
                bytes.write(Integer.parseInt(whole.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                bytes.write(whole.charAt(i));
            }
        }
        return bytes.toString(UTF_8);
    }
}
