package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.store.model.Algorithm;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Links of an https index to http. What its page says came by TLS, so that a link with a strong digest can be followed in the clear:
 * other bytes are noticed. Without one, whoever is on the way could send any, and the file is left out.
 */
final class LinksInTheClear {
    private static final Logger log = LoggerFactory.getLogger(LinksInTheClear.class);
    private static final Set<Algorithm> STRONG =
            EnumSet.of(Algorithm.SHA256, Algorithm.SHA384, Algorithm.SHA512, Algorithm.BLAKE2B_256);
    private static final String IN_THE_CLEAR = "http://";
    private static final int TOLD_MAX = 10_000;
    private static final Duration TOLD_TTL = Duration.ofDays(1);

    private final Set<String> trustedHosts;
    /** Projects and hosts that the operator has been told of. */
    private final Recall<String, Boolean> told = Recall.ofEntries(TOLD_MAX, TOLD_TTL);

    /** Follows all to these hosts, as the configuration writes them. */
    LinksInTheClear(Set<String> trustedHosts) {
        this.trustedHosts = trustedHosts;
    }

    /** The page without those that are not to be followed. */
    ProjectPage without(ProjectPage page, URI index) {
        if (!"https".equalsIgnoreCase(index.getScheme())) {
            return page;
        }
        List<FileRecord> files = new ArrayList<>(page.files().size());
        Set<String> hosts = new TreeSet<>();
        for (FileRecord file : page.files()) {
            if (isRefused(file.url()) && Collections.disjoint(file.digests().keySet(), STRONG)) {
                hosts.add(host(file.url()));
            } else {
                String provenance = file.provenance();
                files.add(provenance != null && isRefused(provenance) ? file.withoutProvenance() : file);
            }
        }
        ProjectName project = page.header().project();
        hosts.forEach(host -> tell(project, host, index));
        return files.size() == page.files().size()
                ? new ProjectPage(page.header(), files)
                : new ProjectPage(page.header().withFiles(files.size()), files);
    }

    private void tell(ProjectName project, String host, URI index) {
        String key = project + " " + host;
        if (told.get(key) == null) {
            told.put(key, true);
            log.warn(
                    "{}: left out files that upstream's page, which is at {}://, links to at http://{} without a sha256:"
                            + " anybody on the way there could change them; have upstream link to them by https or with a"
                            + " sha256, or add {} to the repository's trusted-hosts",
                    project,
                    index.getScheme(),
                    host,
                    host);
        }
    }

    private boolean isRefused(String url) {
        return url.regionMatches(true, 0, IN_THE_CLEAR, 0, IN_THE_CLEAR.length()) && !trustedHosts.contains(host(url));
    }

    private static String host(String url) {
        String host = URI.create(url).getHost();
        return host == null ? "" : host.toLowerCase(Locale.ROOT);
    }
}
