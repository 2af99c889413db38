package dev.permafrost.proxy.tls;

import dev.permafrost.store.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS without any preparation: a private root, made at the first start, and a certificate by it for all that this machine is
 * called. The certificate is renewed in time, and when the machine has got another name.
 */
public final class AutoTls {
    private static final Logger log = LoggerFactory.getLogger(AutoTls.class);
    /** Browsers refuse certificates that live longer. */
    private static final Duration LIFE = Duration.ofDays(397);

    private static final Duration RENEWED_BEFORE_END = LIFE.dividedBy(3);
    private static final String SERVER_FILE = "server.pem";

    private final @Nullable Path folder;
    private final CertificateAuthority authority;
    private final Set<String> hosts;
    private final Clock clock;
    private volatile Identity identity;

    private AutoTls(@Nullable Path folder, Set<String> hosts, Clock clock) {
        this.folder = folder;
        this.hosts = Set.copyOf(hosts);
        this.clock = clock;
        this.authority = authority(folder, hosts, clock);
        Identity held = held();
        this.identity = held != null && !due(held) ? held : issued();
    }

    /**
     * Opens a folder, or makes what is not there yet. Blocks.
     *
     * @param folder null keeps everything in memory, so that clients have to trust another root after each start
     * @param hosts the names by which clients know this server, beside the machine's own
     * @throws StoreException where the folder can't be read or written
     */
    public static AutoTls in(@Nullable Path folder, Set<String> hosts, Clock clock) {
        return new AutoTls(folder, hosts, clock);
    }

    private static CertificateAuthority authority(@Nullable Path folder, Set<String> hosts, Clock clock) {
        if (folder == null) {
            Set<String> names = new LinkedHashSet<>(Machine.names());
            names.addAll(hosts);
            return CertificateAuthority.inMemory(names, clock);
        }
        if (Files.exists(folder.resolve(CertificateAuthority.ROOT_FILE))) {
            return CertificateAuthority.open(folder, null, clock);
        }
        CertificateAuthority made = CertificateAuthority.init(folder, hosts, null, clock);
        log.info("made a private root in {}; 'permafrost ca trust' says how clients come to trust it", folder);
        return made;
    }

    /** The root that clients must trust, in PEM form. */
    public String rootPem() {
        return CertificateAuthority.toPem(authority.root());
    }

    X509Certificate root() {
        return authority.root();
    }

    /** Where the root's certificate lies; null where it is in memory only. */
    public @Nullable Path rootFile() {
        return folder == null ? null : folder.resolve(CertificateAuthority.ROOT_FILE);
    }

    /** What clients are shown. */
    Identity identity() {
        return identity;
    }

    /** Issues another certificate if this one is due; whether it did. Blocks. */
    boolean renew() {
        if (!due(identity)) {
            return false;
        }
        identity = issued();
        return true;
    }

    private boolean due(Identity held) {
        Instant end = held.certificate().getNotAfter().toInstant();
        return end.isBefore(clock.instant().plus(RENEWED_BEFORE_END))
                || !Set.copyOf(Identity.names(held.certificate())).containsAll(wanted());
    }

    private @Nullable Identity held() {
        Path file = folder == null ? null : folder.resolve(SERVER_FILE);
        if (file == null || !Files.exists(file)) {
            return null;
        }
        try {
            Identity held = PemFiles.identity(new CertificateFiles(file, file, null));
            held.certificate().verify(authority.root().getPublicKey());
            return held;
        } catch (StoreException | java.security.GeneralSecurityException e) {
            log.warn("{} is of no use ({}), making another", file, e.getMessage());
            return null;
        }
    }

    private Identity issued() {
        Set<String> refused = names(false);
        if (!refused.isEmpty()) {
            log.warn(
                    "the root may not vouch for {}: clients that ask by these names will complain; move {} away to get another"
                            + " root, which they then have to trust",
                    String.join(", ", refused),
                    folder);
        }
        Identity made = authority.issue(new ArrayList<>(wanted()), LIFE);
        if (folder != null) {
            CertificateAuthority.write(folder.resolve(SERVER_FILE), made);
        }
        return made;
    }

    /** Every name of this server that the root may vouch for. */
    private Set<String> wanted() {
        return names(true);
    }

    private Set<String> names(boolean allowed) {
        Set<String> names = new LinkedHashSet<>(hosts);
        names.addAll(Machine.names());
        names.removeIf(name -> authority.mayIssueFor(name) != allowed);
        return names;
    }
}
