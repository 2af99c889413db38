package dev.permafrost.proxy.tls;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What this machine is called. Blocks while names are being resolved. */
final class Machine {
    private Machine() {}

    /** Its host name; {@code localhost} where it has none. */
    static String name() {
        try {
            return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /** Its names and addresses, {@code localhost} among them. */
    static Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        String host = name();
        add(names, host);
        add(names, "localhost");
        try {
            add(names, InetAddress.getLocalHost().getCanonicalHostName().toLowerCase(Locale.ROOT));
        } catch (UnknownHostException e) {
            // then it has no other name
        }
        names.addAll(List.of("127.0.0.1", "::1"));
        try {
            NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !address.isLoopbackAddress() && !address.isMulticastAddress())
                    // which mean nothing to others
                    .filter(address -> !(address instanceof Inet6Address six && six.isLinkLocalAddress()))
                    .map(address -> address.getHostAddress().replaceFirst("%.*", ""))
                    .forEach(address -> add(names, address));
        } catch (SocketException e) {
            // then its names must do
        }
        return names;
    }

    private static void add(Set<String> names, String name) {
        try {
            names.add(SubjectName.of(name).text());
        } catch (IllegalArgumentException unusable) {
            // a host name that can't be in a certificate helps nobody
        }
    }
}
