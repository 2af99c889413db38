package dev.permafrost.proxy.testing;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A metalink of a made-up repository, as Fedora's MirrorManager writes them. */
public final class Metalinks {
    private final byte[] repomd;
    private final List<byte[]> alternates = new ArrayList<>();
    private final StringBuilder urls = new StringBuilder();

    /** One that says that this is the newest. */
    public Metalinks(RpmTree newest) {
        this(repomd(newest));
    }

    /** One that says that this {@code repomd.xml} is the newest. */
    public Metalinks(byte[] repomd) {
        this.repomd = repomd;
    }

    private static byte[] repomd(RpmTree tree) {
        return Objects.requireNonNull(tree.metadata().get("repodata/repomd.xml"));
    }

    /** Allows an older one too. */
    public Metalinks alternate(RpmTree older) {
        alternates.add(repomd(older));
        return this;
    }

    /** Says that it is below that URL. */
    public Metalinks from(int preference, URI base) {
        return from(preference, base.toString());
    }

    /** Says that it is below that URL. */
    public Metalinks from(int preference, String base) {
        String protocol = base.substring(0, base.indexOf(':'));
        urls.append(
                "<url protocol=\"%1$s\" type=\"%1$s\" location=\"DE\" preference=\"%2$d\">%3$srepodata/repomd.xml</url>\n"
                        .formatted(protocol, preference, base));
        return this;
    }

    private static String version(byte[] repomd) {
        return "<mm0:timestamp>1700000000</mm0:timestamp><size>%d</size><verification><hash type=\"sha256\">%s</hash></verification>\n"
                .formatted(repomd.length, RpmTree.sha256(repomd));
    }

    /** The document. */
    public String text() {
        StringBuilder older = new StringBuilder();
        alternates.forEach(
                one -> older.append("<mm0:alternate>").append(version(one)).append("</mm0:alternate>\n"));
        return """
                <?xml version="1.0" encoding="utf-8"?>
                <metalink version="3.0" xmlns="http://www.metalinker.org/" type="dynamic" generator="mirrormanager" \
                xmlns:mm0="http://fedorahosted.org/mirrormanager">
                <files><file name="repomd.xml">
                %s<mm0:alternates>%s</mm0:alternates>
                <resources maxconnections="1">
                %s</resources></file></files></metalink>
                """.formatted(version(repomd), older, urls);
    }
}
