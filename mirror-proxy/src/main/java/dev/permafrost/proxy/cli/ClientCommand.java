package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.config.KnownRpms;
import dev.permafrost.proxy.config.KnownUrls;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.setup.Client;
import dev.permafrost.proxy.setup.RpmSetup;
import dev.permafrost.proxy.tls.PublishedRoot;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says how clients come to ask this mirror. */
@Command(
        name = "client",
        mixinStandardHelpOptions = true,
        description = {
            "Prints what goes into a client's configuration, and where that belongs: for each host of the configuration, or,"
                    + " without any, for each listener.",
            "A running server gives the same out at /-/setup/, for the URL by which it was asked."
        })
final class ClientCommand implements Callable<Integer> {
    private static final Pattern URL = Pattern.compile("https?://[A-Za-z0-9._:\\[\\]-]+(/[A-Za-z0-9._~/-]*)?");

    @Mixin
    private StoreOptions options = new StoreOptions();

    @Parameters(paramLabel = "pip|uv|poetry|yum", description = "The client.")
    private @Nullable Client client;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description =
                    "The URL by which clients know the server, such as https://pypi.local/, in place of those that follow"
                            + " from the configuration.")
    private @Nullable String url;

    @Option(names = "--exclusive", description = "For yum: also the commands by which a host asks no other repository.")
    private boolean exclusive;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        MirrorConfig config = options.load(false);
        Client asked = client;
        if (asked == null) {
            throw new IllegalStateException("picocli demands it");
        }
        boolean privateRoot = hasPrivateRoot(config);
        List<RpmSetup.Repository> rpms = KnownRpms.of(config);
        if (exclusive && asked != Client.YUM) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST, "--exclusive is for yum; what is written for the others is so by itself");
        }
        PrintWriter out = Console.of(spec).out();
        List<String> bases = bases(config);
        for (int i = 0; i < bases.size(); i++) {
            out.print((i == 0 ? "" : "\n") + asked.text(bases.get(i), privateRoot, rpms));
        }
        if (exclusive) {
            out.print(RpmSetup.exclusive(rpms));
        }
        out.flush();
        return 0;
    }

    private List<String> bases(MirrorConfig config) {
        if (url != null) {
            if (!URL.matcher(url).matches()) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        "'" + url + "' is not the URL of a mirror; write one such as https://pypi.local/");
            }
            return List.of(url.endsWith("/") ? url : url + "/");
        }
        List<String> known = KnownUrls.of(config);
        if (known.isEmpty()) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "the configuration does not tell by which URL clients know the server; say it with --url URL");
        }
        return known;
    }

    private static boolean hasPrivateRoot(MirrorConfig config) {
        Path state = config.state() == null ? config.data() : config.state();
        PublishedRoot root = PublishedRoot.of(null, state.resolve("tls"), config.tls());
        return root == null ? KnownUrls.makesItsCertificate(config) : root.vouches() || onlyItsOwn(config);
    }

    private static boolean onlyItsOwn(MirrorConfig config) {
        return KnownUrls.makesItsCertificate(config)
                && config.tls().certificates().isEmpty();
    }
}
