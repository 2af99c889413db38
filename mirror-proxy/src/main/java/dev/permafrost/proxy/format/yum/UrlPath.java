package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Writes paths as they stand in URLs (RFC 3986 §3.3). */
final class UrlPath {
    private static final String PLAIN = "-._~!$&'()*,;=:@/";
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private UrlPath() {}

    /** A decoded path, its slashes left. A plus is coded too, since some stores take one for a space. */
    static String encoded(String path) {
        StringBuilder out = new StringBuilder(path.length() + 16);
        for (byte b : path.getBytes(UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0)) {
                out.append(c);
            } else {
                out.append('%').append(HEX[c >> 4]).append(HEX[c & 0xf]);
            }
        }
        return out.toString();
    }
}
