package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.store.transfer.Keyring;
import dev.permafrost.store.transfer.Signer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The keys by which sites know what the others have signed. */
@Command(
        name = "key",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        subcommands = {KeyCommand.New.class, KeyCommand.Show.class, KeyCommand.Trust.class, KeyCommand.Revoke.class},
        description = {
            "The key that this site signs with what is carried away, and those of other sites, by which it checks what comes.",
            "Each site has a key of its own, and trusts those whose disks it takes."
        })
final class KeyCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console.of(spec).usage();
        return 2;
    }

    /** What all of them take. */
    static final class Common {
        @Mixin
        private StoreOptions options = new StoreOptions();

        @Mixin
        private KeyOptions keys = new KeyOptions();

        @Option(names = "--json", description = "Print one JSON object instead of text.")
        private boolean json;

        Keyring keyring() {
            return keys.keyring(options);
        }

        /** Whether the result was wanted as JSON, and is printed. */
        boolean printed(PrintWriter out, Map<String, Object> result) {
            if (json) {
                out.println(Verbs.json(result));
            }
            return json;
        }
    }

    /** Makes the key of this site. */
    @Command(
            name = "new",
            mixinStandardHelpOptions = true,
            description = {
                "Makes the key that this site signs with: own.pem, which its owner alone may read, and own.pub, which the other"
                        + " sites need. One that is there is never replaced.",
                "Whoever has own.pem can sign as this site: let it never leave, not on the disk either."
            })
    static final class New implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Keyring keyring = common.keyring();
            String fingerprint = keyring.create();
            PrintWriter out = Console.of(spec).out();
            if (!common.printed(
                    out,
                    Map.of(
                            "fingerprint",
                            fingerprint,
                            "file",
                            keyring.publicFile().toString()))) {
                out.println("Made a key: " + fingerprint);
                out.println("Where its signatures are to be trusted: permafrost key trust NAME own.pub, with "
                        + keyring.publicFile() + ", and compare the fingerprint");
            }
            return 0;
        }
    }

    /** Shows what keys there are. */
    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description =
                    "Shows the fingerprints of the key of this site, of those that it trusts, and of those revoked.")
    static final class Show implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Keyring keyring = common.keyring();
            String own = keyring.own().orElse("");
            List<Signer> trusted = keyring.trusted();
            List<Signer> revoked = keyring.revoked();
            PrintWriter out = Console.of(spec).out();
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("folder", keyring.folder().toString());
            result.put("own", own);
            result.put("file", own.isEmpty() ? "" : keyring.publicFile().toString());
            result.put("trusted", told(trusted));
            result.put("revoked", told(revoked));
            if (!common.printed(out, result)) {
                out.println("Keys       " + keyring.folder());
                out.println("Own        " + (own.isEmpty() ? "none; make one with: permafrost key new" : own));
                trusted.forEach(signer -> out.println("Trusted    " + signer.fingerprint() + "  " + signer.name()));
                revoked.forEach(
                        signer -> out.println(("Revoked    " + signer.fingerprint() + "  " + signer.name()).strip()));
            }
            return 0;
        }

        private static List<Object> told(List<Signer> signers) {
            return new ArrayList<>(signers.stream().map(KeyCommand::told).toList());
        }
    }

    /** Trusts the key of another site. */
    @Command(
            name = "trust",
            mixinStandardHelpOptions = true,
            description = {
                "Trusts what another site signs from now on.",
                "Compare the fingerprint with what 'permafrost key show' says there, by telephone or on paper: a file that came"
                        + " on the same disk as what it is to prove proves nothing."
            })
    static final class Trust implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "NAME", description = "What that site is called here.")
        private String name = "";

        @Parameters(index = "1", paramLabel = "FILE", description = "Its public key, the own.pub of that site.")
        private @Nullable Path file;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            if (file == null) {
                throw new IllegalStateException("picocli demands it");
            }
            Signer signer = common.keyring().trust(name, file);
            PrintWriter out = Console.of(spec).out();
            if (!common.printed(out, told(signer))) {
                out.println("Trusted as " + signer.name() + ": " + signer.fingerprint());
            }
            return 0;
        }
    }

    /** Trusts a key no more. */
    @Command(
            name = "revoke",
            mixinStandardHelpOptions = true,
            description = {
                "Trusts a key no more, for ever: whatever it has signed is refused, what it signed before too. What was taken"
                        + " in stays.",
                "This is said at each site that trusted the key; no site learns it by itself."
            })
    static final class Revoke implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(
                paramLabel = "NAME|FINGERPRINT",
                description = "What the key is trusted as; 'own' for that of this site; or the fingerprint of any key.")
        private String which = "";

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Signer signer = common.keyring().revoke(which);
            PrintWriter out = Console.of(spec).out();
            if (!common.printed(out, told(signer))) {
                out.println("Revoked: " + signer);
            }
            return 0;
        }
    }

    private static Map<String, Object> told(Signer signer) {
        return Map.of("name", signer.name(), "fingerprint", signer.fingerprint());
    }
}
