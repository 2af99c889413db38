package dev.permafrost.proxy.tls;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.Mapping;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What clients are shown under TLS, by the name that they ask for. Files are looked at for changes and read again; open
 * connections go on with what they have begun with. TLS 1.2 and 1.3, forward secrecy and authenticated ciphers only; BoringSSL
 * where it loads, else the JDK's engine.
 */
public final class TlsContexts implements Mapping<String, SslContext>, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TlsContexts.class);
    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
    private static final Duration SESSION_TIMEOUT = Duration.ofHours(1);
    private static final int SESSIONS_MAX = 20_000;
    private static final Duration TICKET_KEY_LIFE = Duration.ofHours(1);
    /** How long a replaced context is kept for connections that have been given it and have not begun with it yet. */
    private static final Duration REPLACED_KEPT = Duration.ofMinutes(1);

    private final TlsConfig config;
    private final @Nullable AutoTls auto;
    private final SslProvider provider;
    private final ScheduledExecutorService timer;
    private volatile Shown shown;
    private List<Stamp> stamps;
    /** Why what is shown is not what the files have; empty where it is. */
    private volatile String lastProblem = "";

    /** What tells that a file is not the one that it was. */
    private record Stamp(
            Path file,
            long sizeBytes,
            Instant modified,
            @Nullable Object fileKey) {}

    /**
     * What the files have.
     *
     * @param all all contexts
     * @param byName which names lead to which
     * @param firstEnds when the first of their certificates ends
     * @param lastEnds when the last does
     * @param clientRoots what clients' certificates lead to
     * @param tickets what seals the sessions of clients that these roots vouch for
     */
    private record Shown(
            List<SslContext> all,
            Map<String, SslContext> byName,
            Instant firstEnds,
            Instant lastEnds,
            List<X509Certificate> clientRoots,
            TicketKeys tickets) {}

    TlsContexts(TlsConfig config, @Nullable AutoTls auto, SslProvider provider) {
        this.config = config;
        this.auto = auto;
        this.provider = provider;
        this.stamps = stamps();
        this.shown = load(null);
        this.timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "permafrost-certificates");
            thread.setDaemon(true);
            return thread;
        });
        long look = config.reloadInterval().toMillis();
        var unused = timer.scheduleWithFixedDelay(this::look, look, look, TimeUnit.MILLISECONDS);
        unused = timer.scheduleWithFixedDelay(
                this::refresh, TICKET_KEY_LIFE.toMillis(), TICKET_KEY_LIFE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Reads the files, and begins to look at them for changes. Blocks.
     *
     * @param auto the certificate that this server makes for itself, which comes behind those of the files; null for none
     * @throws StoreException BAD_REQUEST where a file can't be used, and says which and why
     */
    public static TlsContexts of(TlsConfig config, @Nullable AutoTls auto) {
        return new TlsContexts(config, auto, provider());
    }

    private static SslProvider provider() {
        if (OpenSsl.isAvailable()) {
            return SslProvider.OPENSSL;
        }
        log.info("TLS by Java's own engine, which is slower: {}", String.valueOf(OpenSsl.unavailabilityCause()));
        return SslProvider.JDK;
    }

    /** What to show to a client that asks for a server by that name; null where it says none. Never blocks. */
    @Override
    public SslContext map(@Nullable String name) {
        Shown now = shown;
        if (name != null) {
            String asked = name.toLowerCase(Locale.ROOT);
            SslContext found = now.byName.get(asked);
            int dot = asked.indexOf('.');
            if (found == null && dot > 0) {
                // RFC 6125 §6.4.3: a star stands for one label
                found = now.byName.get("*" + asked.substring(dot));
            }
            if (found != null) {
                return found;
            }
        }
        return now.all.get(0);
    }

    /** Reads the files again; what is in use stays in use where they are not in order, and the log says why. */
    public synchronized void reload() {
        Shown before = shown;
        try {
            shown = load(before);
        } catch (StoreException e) {
            String problem = String.valueOf(e.getMessage());
            if (!problem.equals(lastProblem)) {
                log.error("keeping the certificates that are in use: {}", problem);
                lastProblem = problem;
            }
            return;
        }
        if (!lastProblem.isEmpty()) {
            lastProblem = "";
            log.info("the certificates are in order again");
        }
        var unused = timer.schedule(() -> release(before), REPLACED_KEPT.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** When the first of the certificates ends. */
    public Instant firstEnds() {
        return shown.firstEnds;
    }

    /** Why no client would accept what it is shown, in words for people: empty where some would. Cheap. */
    public Optional<String> unacceptable(Instant now) {
        Instant ends = shown.lastEnds;
        return ends.isBefore(now)
                ? Optional.of("the TLS certificate ended on " + ends + "; put a new one in its place")
                : Optional.empty();
    }

    private void look() {
        try {
            List<Stamp> now = stamps();
            boolean changed = !now.equals(stamps);
            stamps = now;
            if (changed) {
                log.info("reading the certificates again");
            }
            // what was wrong may be put right without a trace in the stamps, as by chmod
            if (changed || !lastProblem.isEmpty()) {
                reload();
            }
        } catch (RuntimeException e) {
            log.error("looking at the certificates failed by a fault of ours", e);
        }
    }

    private void refresh() {
        try {
            rotate();
            if (auto != null && auto.renew()) {
                reload();
            }
        } catch (RuntimeException e) {
            log.error("the certificate can't be renewed: {}", e.getMessage(), e);
        }
    }

    /** Begins to seal tickets with a new key. */
    synchronized void rotate() {
        Shown now = shown;
        now.tickets.rotate();
        now.all.forEach(context -> giveTickets(now.tickets, context));
    }

    private static void giveTickets(TicketKeys tickets, SslContext context) {
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            tickets.giveTo(sessions);
        }
    }

    private List<Stamp> stamps() {
        List<Path> files = new ArrayList<>();
        for (CertificateFiles one : config.certificates()) {
            files.add(one.chain());
            files.add(one.key());
            Path passphrase = one.passphraseFile();
            if (passphrase != null) {
                files.add(passphrase);
            }
        }
        Path clientCa = config.clientCa();
        if (clientCa != null) {
            files.add(clientCa);
        }
        return files.stream().map(TlsContexts::stamp).toList();
    }

    private static Stamp stamp(Path file) {
        try {
            BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(file, is.size(), is.lastModifiedTime().toInstant(), is.fileKey());
        } catch (IOException absent) {
            return new Stamp(file, -1, Instant.EPOCH, null);
        }
    }

    private Shown load(@Nullable Shown before) {
        List<Identity> identities = new ArrayList<>();
        for (CertificateFiles files : config.certificates()) {
            identities.add(PemFiles.identity(files));
        }
        if (auto != null) {
            identities.add(auto.identity());
        }
        if (identities.isEmpty()) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "there is no certificate to show; name its files under tls.certificates, or write tls: auto");
        }
        Path clientCa = config.clientCa();
        List<X509Certificate> roots = clientCa == null ? List.of() : PemFiles.certificates(clientCa);
        // who resumes a session is not asked for its certificate again
        TicketKeys tickets = before != null && before.clientRoots.equals(roots) ? before.tickets : new TicketKeys();
        List<SslContext> all = new ArrayList<>();
        Map<String, SslContext> byName = new HashMap<>();
        try {
            for (Identity identity : identities) {
                SslContext context = context(identity, roots);
                all.add(context);
                giveTickets(tickets, context);
                identity.dnsNames().forEach(name -> byName.putIfAbsent(name, context));
            }
        } catch (StoreException e) {
            all.forEach(ReferenceCountUtil::release);
            throw e;
        }
        identities.forEach(identity -> warnOfTime(identity.certificate()));
        List<Instant> ends = identities.stream()
                .map(identity -> identity.certificate().getNotAfter().toInstant())
                .sorted()
                .toList();
        return new Shown(List.copyOf(all), Map.copyOf(byName), ends.get(0), ends.get(ends.size() - 1), roots, tickets);
    }

    private static void warnOfTime(X509Certificate certificate) {
        Instant now = Instant.now();
        Instant ends = certificate.getNotAfter().toInstant();
        String subject = named(certificate);
        if (ends.isBefore(now)) {
            log.warn("the certificate of {} ended on {}: clients refuse it; put a new one in its place", subject, ends);
        } else if (certificate.getNotBefore().toInstant().isAfter(now)) {
            log.warn("the certificate of {} is not good yet; is this machine's clock right?", subject);
        } else if (ends.isBefore(now.plus(Duration.ofDays(14)))) {
            log.warn("the certificate of {} ends on {}: renew it", subject, ends);
        }
    }

    /** For people: its names, or its subject where it has none. */
    private static String named(X509Certificate certificate) {
        List<String> names = Identity.names(certificate);
        return names.isEmpty() ? certificate.getSubjectX500Principal().getName() : String.join(", ", names);
    }

    private SslContext context(Identity identity, List<X509Certificate> roots) {
        SslContextBuilder builder = SslContextBuilder.forServer(identity.key(), identity.chain())
                .sslProvider(provider)
                .protocols("TLSv1.3", "TLSv1.2")
                .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .sessionTimeout(SESSION_TIMEOUT.toSeconds())
                .sessionCacheSize(SESSIONS_MAX)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2,
                        ApplicationProtocolNames.HTTP_1_1));
        if (!roots.isEmpty()) {
            builder.trustManager(roots);
        }
        builder.clientAuth(
                switch (config.clientAuth()) {
                    case NONE -> ClientAuth.NONE;
                    case OPTIONAL -> ClientAuth.OPTIONAL;
                    case REQUIRED -> ClientAuth.REQUIRE;
                });
        try {
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "the certificate of " + named(identity.certificate()) + " can't be used for TLS: " + e.getMessage(),
                    e);
        }
    }

    private static void release(Shown replaced) {
        replaced.all.forEach(ReferenceCountUtil::release);
    }

    /** Stops looking at the files. */
    @Override
    public void close() {
        timer.shutdownNow();
        release(shown);
    }
}
