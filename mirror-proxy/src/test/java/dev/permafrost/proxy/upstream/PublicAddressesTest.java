package dev.permafrost.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where an index link may lead without being trusted. */
class PublicAddressesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"1.1.1.1", "151.101.0.223", "100.63.255.255", "100.128.0.0", "172.32.0.1", "2a04:4e42::223"})
    void thesePublicOnes(String address) throws UnknownHostException {
        assertThat(PublicAddresses.isPublic(InetAddress.getByName(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.255.0.1",
                "0.0.0.0",
                "0.1.2.3",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.0.1",
                "169.254.169.254",
                "100.64.0.1",
                "100.127.255.255",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:10.0.0.1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fdff::1",
                "ff02::1",
                "64:ff9b::a00:1",
                "2002:a00:1::"
            })
    void notTheseOfTheSite(String address) throws UnknownHostException {
        assertThat(PublicAddresses.isPublic(InetAddress.getByName(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"files.example.org", "files.example.org.", "1.1.1.1", "2a04:4e42::223", "1.example.org"})
    void theseNamesMayBePublic(String host) {
        assertThat(PublicAddresses.isPublicName(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST.",
                "x.localhost",
                "intranet",
                "printer.local",
                "db.internal",
                "x.home.arpa",
                "127.0.0.1",
                "127.1",
                "127.0.0.1.",
                "2130706433",
                "0x7f000001",
                "a.0x7f",
                "::1",
                "::ffff:10.0.0.1",
                ".",
                ""
            })
    void theseNamesAreTheSites(String host) {
        assertThat(PublicAddresses.isPublicName(host)).isFalse();
    }
}
