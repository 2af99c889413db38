package dev.permafrost.bench.workload;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.bench.origin.Artifact;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds files as a client does: by the links of a project's page. */
final class Links {
    private static final Pattern HREF = Pattern.compile("href=\"([^\"]+)\"");

    private Links() {}

    /** The path at which a server has that file. */
    static String path(Server server, Artifact file) throws IOException, InterruptedException {
        String page = "/simple/" + file.project() + "/";
        return path(server.uri(page), new String(server.get(page).body(), UTF_8), file.filename());
    }

    /**
     * The path of the link on that page that leads to that file.
     *
     * @throws IOException if there is none
     */
    static String path(URI page, String html, String filename) throws IOException {
        Matcher m = HREF.matcher(html);
        while (m.find()) {
            URI link = page.resolve(m.group(1).replace("&amp;", "&"));
            if (link.getPath() != null && link.getPath().endsWith("/" + filename)) {
                return link.getRawPath();
            }
        }
        throw new IOException(page + " has no link to " + filename);
    }
}
