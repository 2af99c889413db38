package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.RpmTree;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code permafrost sync yum --gpgcheck} keeps packages that somebody has signed who is trusted, and names the others. */
class SyncChecksWhoSignedTest extends SyncedUpstream {
    private static final String RELEASE = "centos-release-7-2.1511.el7.centos.2.10.x86_64.rpm";

    private byte[] signed = new byte[0];

    @BeforeEach
    void publish() throws IOException {
        signed = RpmData.bytes("centos-release-and-keys/" + RELEASE);
        new RpmTree()
                .with(RELEASE, signed)
                .with("un-1-1.noarch.rpm", new RpmBuilder("un", "1", "1", "noarch").bytes())
                .with("bad-1-1.noarch.rpm", RpmTree.bytes("no package at all"))
                .at(upstream, AT);
    }

    private static String key(int release) {
        return RpmData.path("centos-release-and-keys/RPM-GPG-KEY-CentOS-" + release)
                .toString();
    }

    @Test
    void theUnsignedIsNotKept() {
        assertThat(sync("--gpgcheck", "--key", key(7))).as(told()).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(out.toString())
                .contains(
                        "Synced: 1 files",
                        "Failed: 2",
                        "un-1-1.noarch.rpm: ",
                        "it is no package of those who are trusted: nobody has signed it",
                        "bad-1-1.noarch.rpm: ");
        assertThat(held()).containsExactly(RELEASE);
    }

    @Test
    void theOneThatSomebodyElseHasSignedIsNotKept() {
        assertThat(sync("--gpgcheck", "--key", key(6))).as(told()).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(out.toString()).contains("Failed: 3", "not among those that are trusted");
        assertThat(held()).isEmpty();
        assertThat(sync("--gpgcheck", "--key", key(6), "--key", key(7))).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(held()).containsExactly(RELEASE);
    }

    @Test
    void whatWasFoundGoodIsNotReadAgainUnlessKeysAreOthers() {
        new RpmTree().with(RELEASE, signed).at(upstream, AT);
        assertThat(sync()).as(told()).isZero();
        assertThat(sync("--gpgcheck", "--key", key(7))).as(told()).isZero();
        assertThat(out.toString()).as("it was held, and is looked at").contains("Synced: 1 files, 0 bytes");
        assertThat(sync("--gpgcheck", "--key", key(7))).as(told()).isZero();
        assertThat(out.toString()).contains("Synced: 0 files");
        assertThat(sync("--gpgcheck", "--key", key(6), "--key", key(7)))
                .as(told())
                .isZero();
        assertThat(out.toString()).contains("Synced: 1 files");
        assertThat(sync("--gpgcheck", "--key", key(6))).as(told()).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(held()).isEmpty();
        // what has come was looked at before it was stored
        assertThat(sync("--gpgcheck", "--key", key(7))).as(told()).isZero();
        assertThat(sync("--gpgcheck", "--key", key(7))).as(told()).isZero();
        assertThat(out.toString()).contains("Synced: 0 files");
    }

    @Test
    void whatWasHeldBeforeIsLookedAtToo() {
        assertThat(sync()).as(told()).isZero();
        assertThat(held()).hasSize(3);
        upstream.forgetRequests();
        assertThat(sync("--gpgcheck", "--key", key(7))).as(told()).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(out.toString()).contains("un-1-1.noarch.rpm was held, and is not any more: nobody has signed it");
        assertThat(held()).containsExactly(RELEASE);
        assertThat(upstream.count()).as("nothing is fetched for it").isEqualTo(1);
    }
}
