package dev.permafrost.proxy.tls;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;

/**
 * The names that a root may vouch for (RFC 5280 §4.2.1.10): a DNS name stands for itself and all below it, and addresses are
 * given as networks. A root that leaks is worth nothing for any other name.
 *
 * @param dns names in lower case
 * @param networks {@code address/bits}
 */
record Permitted(Set<String> dns, Set<String> networks) {
    private static final List<String> PRIVATE_NETWORKS = List.of(
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "169.254.0.0/16",
            "127.0.0.0/8",
            "0:0:0:0:0:0:0:1/128",
            "fc00:0:0:0:0:0:0:0/7",
            "fe80:0:0:0:0:0:0:0/10");

    Permitted {
        dns = new LinkedHashSet<>(dns);
        networks = new LinkedHashSet<>(networks);
    }

    /** The private networks, and all these names and addresses. */
    static Permitted of(Iterable<SubjectName> names) {
        Set<String> dns = new LinkedHashSet<>();
        Set<String> networks = new LinkedHashSet<>(PRIVATE_NETWORKS);
        for (SubjectName name : names) {
            if (!name.address()) {
                dns.add(name.text().startsWith("*.") ? name.text().substring(2) : name.text());
            } else if (networks.stream().noneMatch(network -> covers(network, name.text()))) {
                networks.add(name.text() + (name.text().indexOf(':') < 0 ? "/32" : "/128"));
            }
        }
        return new Permitted(dns, networks);
    }

    /** What a root's extension says; everything where it has none. */
    static Permitted of(NameConstraints constraints) {
        Set<String> dns = new LinkedHashSet<>();
        Set<String> networks = new LinkedHashSet<>();
        for (GeneralSubtree subtree : constraints.getPermittedSubtrees()) {
            GeneralName base = subtree.getBase();
            if (base.getTagNo() == GeneralName.dNSName) {
                dns.add(base.getName().toString());
            } else if (base.getTagNo() == GeneralName.iPAddress) {
                networks.add(network(ASN1OctetString.getInstance(base.getName()).getOctets()));
            }
        }
        return new Permitted(dns, networks);
    }

    private static byte[] addressAndMask(String network) {
        int slash = network.indexOf('/');
        byte[] address =
                Objects.requireNonNull(NetUtil.createByteArrayFromIpAddressString(network.substring(0, slash)));
        int bits = Integer.parseInt(network.substring(slash + 1));
        byte[] both = Arrays.copyOf(address, 2 * address.length);
        for (int i = 0; i < bits; i++) {
            both[address.length + i / 8] |= (byte) (0x80 >> i % 8);
        }
        return both;
    }

    private static String network(byte[] addressAndMask) {
        int half = addressAndMask.length / 2;
        int bits = 0;
        for (int i = half; i < addressAndMask.length; i++) {
            bits += Integer.bitCount(addressAndMask[i] & 0xFF);
        }
        return NetUtil.bytesToIpAddress(addressAndMask, 0, half) + "/" + bits;
    }

    boolean allows(SubjectName name) {
        if (name.address()) {
            return networks.stream().anyMatch(network -> covers(network, name.text()));
        }
        String bare = name.text().startsWith("*.") ? name.text().substring(2) : name.text();
        return dns.stream().anyMatch(permitted -> bare.equals(permitted) || bare.endsWith("." + permitted));
    }

    private static boolean covers(String network, String address) {
        int slash = network.indexOf('/');
        InetAddress base = NetUtil.createInetAddressFromIpAddressString(network.substring(0, slash));
        InetAddress asked = NetUtil.createInetAddressFromIpAddressString(address);
        if (base == null || asked == null || base.getClass() != asked.getClass()) {
            return false;
        }
        return new IpSubnetFilterRule(base, Integer.parseInt(network.substring(slash + 1)), IpFilterRuleType.ACCEPT)
                .matches(new InetSocketAddress(asked, 0));
    }

    NameConstraints extension() {
        List<GeneralSubtree> subtrees = new ArrayList<>();
        dns.forEach(name -> subtrees.add(new GeneralSubtree(new GeneralName(GeneralName.dNSName, name))));
        networks.forEach(network -> subtrees.add(new GeneralSubtree(
                new GeneralName(GeneralName.iPAddress, new DEROctetString(addressAndMask(network))))));
        return new NameConstraints(subtrees.toArray(GeneralSubtree[]::new), null);
    }

    /** For people: all of it, by commas. */
    String describe() {
        return String.join(", ", Stream.concat(dns.stream(), networks.stream()).toList());
    }
}
