package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.tls.CertificateAuthority;
import dev.permafrost.proxy.tls.Passphrase;
import dev.permafrost.proxy.tls.TrustGuide;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The small private certificate authority. */
@Command(
        name = "ca",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        subcommands = {
            CaCommand.Init.class,
            CaCommand.Issue.class,
            CaCommand.Renew.class,
            CaCommand.Show.class,
            CaCommand.Trust.class
        },
        description = {
            "A private certificate authority for sites without one: its root, certificates for servers, and what makes"
                    + " clients trust them.",
            "'serve' with a listener {address: ADDRESS, tls: auto} does all of it by itself."
        })
final class CaCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console console = Console.of(spec);
        console.usage();
        return 2;
    }

    /** Where the root lies. */
    static final class Folder {
        @Mixin
        private StoreOptions options = new StoreOptions();

        @Option(
                names = "--dir",
                paramLabel = "DIR",
                description = "Where the root and what it issued lie; the folder tls of the store by default.")
        private @Nullable Path dir;

        @Option(
                names = "--passphrase-file",
                paramLabel = "FILE",
                description = "A file whose first line encrypts the root's key.")
        private @Nullable Path passphraseFile;

        Path path() {
            return dir == null
                    ? options.root().resolve("tls")
                    : dir.toAbsolutePath().normalize();
        }

        Set<String> hosts() {
            return dir == null ? options.load(false).hosts().keySet() : Set.of();
        }

        char @Nullable [] passphrase() {
            return Passphrase.of(passphraseFile);
        }
    }

    /** Makes a root. */
    @Command(
            name = "init",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a private root. It may vouch for this machine's names, the hosts of the configuration and private"
                        + " addresses, and for nothing else: if its key leaks, it is of no use against the rest of the world.",
                "A root whose key has a passphrase can't be used by tls: auto."
            })
    static final class Init implements Callable<Integer> {
        @Mixin
        private Folder folder = new Folder();

        @Option(
                names = "--permit",
                paramLabel = "NAME",
                description =
                        "A further DNS name, with all below it, or address that it may vouch for; may be given often.")
        private List<String> permitted = new ArrayList<>();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Set<String> names = new LinkedHashSet<>(folder.hosts());
            names.addAll(permitted);
            CertificateAuthority authority = CertificateAuthority.init(folder.path(), names, folder.passphrase());
            PrintWriter out = Console.of(spec).out();
            out.println("Made a root in " + folder.path() + ".");
            describe(out, authority.root());
            out.println("Next: permafrost ca issue --dir " + folder.path() + " NAME…, and permafrost ca trust --dir "
                    + folder.path());
            return 0;
        }
    }

    /** Issues a certificate. */
    @Command(
            name = "issue",
            mixinStandardHelpOptions = true,
            description = "Issues a certificate for a server: one file with its key and its certificate.")
    static final class Issue implements Callable<Integer> {
        @Mixin
        private Folder folder = new Folder();

        @Parameters(
                arity = "1..*",
                paramLabel = "NAME",
                description = "A DNS name or an address by which clients know the server; the best known one first.")
        private List<String> names = new ArrayList<>();

        @Option(
                names = "--days",
                paramLabel = "DAYS",
                defaultValue = "397",
                description = "How long it is good for; 397 days, more than which browsers refuse.")
        private int days;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Path file = CertificateAuthority.open(folder.path(), folder.passphrase())
                    .issue(folder.path(), names, Duration.ofDays(days));
            PrintWriter out = Console.of(spec).out();
            out.println("Issued " + file + " for " + String.join(", ", names) + ": key and certificate in one file.");
            out.println("Serve with it: --set 'listen={address: \"0.0.0.0:443\", tls: files}' --set tls.certificates="
                    + file);
            return 0;
        }
    }

    /** Renews certificates. */
    @Command(
            name = "renew",
            mixinStandardHelpOptions = true,
            description =
                    "Issues again whatever ends soon, for the same names; a running server takes it up by itself.")
    static final class Renew implements Callable<Integer> {
        @Mixin
        private Folder folder = new Folder();

        @Option(
                names = "--within",
                paramLabel = "DAYS",
                defaultValue = "60",
                description = "Renew what ends within so many days; 60.")
        private int within;

        @Option(
                names = "--days",
                paramLabel = "DAYS",
                defaultValue = "397",
                description = "How long they are good for; 397.")
        private int days;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            List<Path> renewed = CertificateAuthority.open(folder.path(), folder.passphrase())
                    .renew(folder.path(), Duration.ofDays(within), Duration.ofDays(days));
            PrintWriter out = Console.of(spec).out();
            renewed.forEach(file -> out.println("Renewed " + file));
            if (renewed.isEmpty()) {
                out.println("Nothing ends within " + within + " days.");
            }
            return 0;
        }
    }

    /** Shows what there is. */
    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows the root, its fingerprint, and what it has issued.")
    static final class Show implements Callable<Integer> {
        @Mixin
        private Folder folder = new Folder();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            PrintWriter out = Console.of(spec).out();
            describe(out, CertificateAuthority.root(folder.path()));
            for (X509Certificate issued : CertificateAuthority.issued(folder.path())) {
                out.println();
                out.println("Issued to    " + String.join(", ", CertificateAuthority.names(issued)));
                out.println("  until      " + issued.getNotAfter().toInstant());
            }
            return 0;
        }
    }

    /** Says how to trust the root. */
    @Command(
            name = "trust",
            mixinStandardHelpOptions = true,
            description = "Says how hosts, pip, dnf, Docker builds and others come to trust the root.")
    static final class Trust implements Callable<Integer> {
        @Mixin
        private Folder folder = new Folder();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            CertificateAuthority.root(folder.path());
            Console.of(spec)
                    .out()
                    .print(TrustGuide.of(folder.path()
                            .resolve(CertificateAuthority.ROOT_FILE)
                            .toString()));
            return 0;
        }
    }

    private static void describe(PrintWriter out, X509Certificate root) {
        out.println("Root         " + root.getSubjectX500Principal().getName());
        out.println("  until      " + root.getNotAfter().toInstant());
        out.println("  SHA-256    " + CertificateAuthority.fingerprint(root));
        out.println("  vouches for " + CertificateAuthority.permitted(root));
    }
}
