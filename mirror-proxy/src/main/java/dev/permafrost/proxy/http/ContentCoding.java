package dev.permafrost.proxy.http;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What an Accept-Encoding field allows (RFC 9110 §12.5.3). */
final class ContentCoding {
    private ContentCoding() {}

    /** Whether a client takes gzip; one that does not say does not. */
    static boolean gzip(@Nullable String acceptEncoding) {
        if (acceptEncoding == null || (acceptEncoding.indexOf("gzip") < 0 && acceptEncoding.indexOf('*') < 0)) {
            // nobody writes it in capitals, and identity is always right
            return false;
        }
        boolean any = false;
        for (String one : acceptEncoding.split(",", -1)) {
            int semicolon = one.indexOf(';');
            String coding = (semicolon < 0 ? one : one.substring(0, semicolon)).trim();
            boolean wanted = semicolon < 0 || !isZero(one.substring(semicolon + 1));
            if (coding.equals("gzip") || coding.equals("x-gzip")) {
                return wanted;
            }
            any |= coding.equals("*") && wanted;
        }
        return any;
    }

    /** Whether a weight is 0: {@code q=0} or {@code q=0.000}. */
    private static boolean isZero(String parameter) {
        String weight = parameter.trim().toLowerCase(Locale.ROOT);
        if (!weight.startsWith("q=")) {
            return false;
        }
        for (int i = 2; i < weight.length(); i++) {
            char c = weight.charAt(i);
            if (c != '0' && c != '.') {
                return false;
            }
        }
        return true;
    }
}
