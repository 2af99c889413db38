package dev.permafrost.proxy.setup;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A program that installs packages, and the file that makes it ask a mirror. */
public enum Client {
    /** pip, every version. */
    PIP("pip.conf") {
        @Override
        String settings(String base, boolean privateRoot) {
            String start = """
                    # pip asks the mirror at %1$s when this is in
                    #   /etc/pip.conf               for all users of a host, or in an image,
                    #   ~/.config/pip/pip.conf      for one user,
                    #   VIRTUAL_ENV/pip.conf        for one environment,
                    #   %%APPDATA%%\\pip\\pip.ini      on Windows,
                    # or in the file that PIP_CONFIG_FILE names.
                    """.formatted(base);
            if (privateRoot) {
                return start + root(base) + """
                        # REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE in the environment count for more than cert: unset them.
                        [global]
                        index-url = %1$ssimple/
                        cert = %2$s
                        """.formatted(base, ROOT_FILE);
            }
            return start
                    + (base.startsWith("https:") ? "" : """
                        # What is not encrypted needs trusted-host.
                        """)
                    + "[global]\nindex-url = " + base + "simple/\n"
                    + (base.startsWith("https:") ? "" : "trusted-host = " + host(base) + "\n");
        }
    },
    /** uv. */
    UV("uv.toml") {
        @Override
        String settings(String base, boolean privateRoot) {
            return """
                    # uv asks the mirror at %1$s when this is in
                    #   /etc/uv/uv.toml             for all users of a host, or in an image,
                    #   ~/.config/uv/uv.toml        for one user,
                    #   uv.toml                     for one project,
                    # or in the file that UV_CONFIG_FILE names.
                    %2$s[[index]]
                    name = "permafrost"
                    url = "%1$ssimple/"
                    default = true
                    """.formatted(base, privateRoot ? root(base) + """
                            # uv has no key for it: in the environment of those who run uv,
                            #   export SSL_CERT_FILE=%s
                            """.formatted(ROOT_FILE) : "");
        }
    },
    /** Poetry. */
    POETRY("poetry.txt") {
        @Override
        String settings(String base, boolean privateRoot) {
            return """
                    # poetry asks the mirror at %1$s for a project whose pyproject.toml has this; the same is written by
                    #   poetry source add --priority=primary permafrost %1$ssimple/
                    %2$s[[tool.poetry.source]]
                    name = "permafrost"
                    url = "%1$ssimple/"
                    priority = "primary"
                    """.formatted(base, privateRoot ? root(base) + """
                            #   poetry config certificates.permafrost.cert %s
                            """.formatted(ROOT_FILE) : "");
        }
    },
    /** yum and dnf. */
    YUM("permafrost.repo") {
        @Override
        String settings(String base, boolean privateRoot) {
            return RpmSetup.text(base, privateRoot, List.of());
        }
    };

    /** Where the root's certificate is put on a client's host. */
    public static final String ROOT_FILE = "/etc/permafrost/root.pem";

    private static final String FOLDER = "-/setup/";
    private final String file;

    Client(String file) {
        this.file = file;
    }

    /** The name of its file, as this server gives it out. */
    public String file() {
        return file;
    }

    /**
     * What its file holds, and where the file belongs.
     *
     * @param base the URL by which it knows the mirror, with a slash at its end, and made of characters that need no quoting
     * @param privateRoot whether it has to be told of a root that the mirror gives out
     * @param rpms the repositories of RPMs that the mirror has
     */
    public String text(String base, boolean privateRoot, List<RpmSetup.Repository> rpms) {
        boolean told = privateRoot && base.startsWith("https:");
        return this == YUM ? RpmSetup.text(base, told, rpms) : settings(base, told);
    }

    abstract String settings(String base, boolean privateRoot);

    /** What this server gives out for all of them. */
    public static String list(String base, boolean root) {
        return "How clients come to ask the mirror at " + base + ":\n\n"
                + Arrays.stream(values())
                        .map(client -> "  " + base + FOLDER + client.file + "\n")
                        .collect(Collectors.joining())
                + (root ? "\nThe root that its certificate leads to:\n\n  " + base + "-/ca.pem\n" : "");
    }

    static String root(String base) {
        return """
                # First fetch the root that its certificate leads to, and compare the fingerprint over another way
                # ('permafrost ca show' has it at the mirror):
                #   mkdir -p /etc/permafrost
                #   curl -sSk -o %2$s %1$s-/ca.pem
                #   openssl x509 -in %2$s -noout -fingerprint -sha256
                """.formatted(base, ROOT_FILE);
    }

    private static String host(String base) {
        String authority = base.substring(base.indexOf("://") + 3, base.indexOf('/', base.indexOf("://") + 3));
        int port = authority.lastIndexOf(':');
        return port > authority.lastIndexOf(']') ? authority.substring(0, port) : authority;
    }
}
