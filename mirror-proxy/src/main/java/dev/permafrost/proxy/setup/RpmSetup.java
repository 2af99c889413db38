package dev.permafrost.proxy.setup;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The file that makes yum and dnf ask a mirror ({@code yum.conf(5)}, {@code dnf.conf(5)}). */
public final class RpmSetup {
    private RpmSetup() {}

    /**
     * A repository of RPMs, or a tree of them.
     *
     * @param id what clients call it
     * @param path where it is below the mirror's URL, ending in a slash; with the client's variables
     * @param tree whether repositories lie somewhere below that
     * @param keys what its packages are checked by: URLs, or paths of the mirror that begin with a slash
     */
    public record Repository(String id, String path, boolean tree, List<String> keys) {
        /** Copies the list. */
        public Repository {
            keys = List.copyOf(keys);
        }
    }

    /** What the file holds, and where it belongs. */
    static String text(String base, boolean privateRoot, List<Repository> repositories) {
        StringBuilder out = new StringBuilder("""
                # yum and dnf ask the mirror at %s when this is in
                #   /etc/yum.repos.d/permafrost.repo
                """.formatted(base));
        if (privateRoot) {
            out.append(Client.root(base));
        }
        if (repositories.isEmpty()) {
            out.append("# This mirror has no repository of RPMs.\n");
        }
        repositories.forEach(one -> out.append(section(base, privateRoot, one)));
        return out.toString();
    }

    /** The commands by which a host has no other repository. */
    public static String exclusive(List<Repository> repositories) {
        String ids = repositories.stream().map(Repository::id).collect(Collectors.joining(" "));
        return """

                # So that no other repository is asked, on hosts with dnf (dnf-plugins-core):
                #   dnf config-manager --set-disabled '*'
                #   dnf config-manager --set-enabled %1$s
                # and on hosts with yum (yum-utils):
                #   yum-config-manager --disable '*'
                #   yum-config-manager --enable %1$s
                """.formatted(ids);
    }

    private static String section(String base, boolean privateRoot, Repository one) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        if (one.tree()) {
            lines.add("# A tree of repositories: write what stands before repodata/ behind this URL, and enabled=1.");
        }
        lines.add("[" + one.id() + "]");
        lines.add("name=" + one.id() + " from " + base);
        lines.add("baseurl=" + base + one.path());
        lines.add("enabled=" + (one.tree() ? 0 : 1));
        lines.add("gpgcheck=1");
        if (one.keys().isEmpty()) {
            lines.add(
                    "# Import the key that its packages are signed by (rpm --import), or name it in the mirror's gpg-keys.");
        } else {
            lines.add("gpgkey="
                    + one.keys().stream()
                            .map(key -> key.startsWith("/") ? base + key.substring(1) : key)
                            .collect(Collectors.joining("\n       ")));
        }
        if (privateRoot) {
            lines.add("sslcacert=" + Client.ROOT_FILE);
        }
        return String.join("\n", lines) + "\n";
    }
}
