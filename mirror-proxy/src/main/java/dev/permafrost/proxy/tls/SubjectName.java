package dev.permafrost.proxy.tls;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x509.GeneralName;

/**
 * What a server is called: a DNS name, in lower case, or an address.
 *
 * @param text as it is written in URLs, but without the brackets of IPv6
 * @param address whether it is an IPv4 or IPv6 address
 */
record SubjectName(String text, boolean address) {
    private static final Pattern DNS =
            Pattern.compile("(\\*\\.)?[a-z0-9_]([a-z0-9_-]{0,62})(\\.[a-z0-9_]([a-z0-9_-]{0,62}))*");
    private static final int DNS_CHARS_MAX = 253;

    /**
     * Reads a name.
     *
     * @throws IllegalArgumentException for what is neither, saying what was expected
     */
    static SubjectName of(String written) {
        String text = written.trim().toLowerCase(Locale.ROOT);
        if (text.startsWith("[") && text.endsWith("]")) {
            text = text.substring(1, text.length() - 1);
        }
        if (NetUtil.isValidIpV4Address(text)) {
            return new SubjectName(text, true);
        }
        if (NetUtil.isValidIpV6Address(text)) {
            InetAddress parsed = NetUtil.getByName(text);
            return new SubjectName(parsed == null ? text : NetUtil.toAddressString(parsed), true);
        }
        if (text.length() > DNS_CHARS_MAX || !DNS.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + written
                    + "' is neither a DNS name nor an address; write one such as pypi.local, *.pypi.local or 10.0.0.7");
        }
        return new SubjectName(text, false);
    }

    GeneralName general() {
        return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, text);
    }
}
