package dev.permafrost.proxy.format.pypi;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.IntFunction;

/** Pages for tests: in PyPI's style, and as long as one likes. */
final class IndexPages {
    /** A page in HTML as PyPI writes it. */
    static final String SIX_HTML = """
            <!DOCTYPE html>
            <html>
              <head>
                <meta name="pypi:repository-version" content="1.4">
                <meta name="pypi:project-status" content="active">
                <title>Links for six</title>
              </head>
              <body>
                <h1>Links for six</h1>
            <a href="https://files.pythonhosted.org/packages/16/64/1dc5e5976b17466fd7d712e59cbe9fb1e18bec153109e5ba3ed6c9102f1a/six-0.9.1.tar.gz#sha256=cd15ac46e9f8b0d5d6b6d0ac0ac4ba1a3c2f2a9d1bd6b7ef4f2d9a5d7b8ce6c1">six-0.9.1.tar.gz</a><br />
            <a href="https://files.pythonhosted.org/packages/d9/5a/e7c31adbe875f2abbb91bd84cf2dc52d792b5a01506781dbcf25c91daf11/six-1.16.0-py2.py3-none-any.whl#sha256=8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254" data-requires-python="&gt;=2.7, !=3.0.*, !=3.1.*, !=3.2.*" data-dist-info-metadata="sha256=d82ba2ec66d5c46b6fb5f8b4f1f7bd9bd4e1a1a2c2ca1e5b8b3d2ea5e59c56fe" data-core-metadata="sha256=d82ba2ec66d5c46b6fb5f8b4f1f7bd9bd4e1a1a2c2ca1e5b8b3d2ea5e59c56fe">six-1.16.0-py2.py3-none-any.whl</a><br />
            <a href="https://files.pythonhosted.org/packages/71/39/171f1c67cd00715f190ba0b100d606d440a28c93c7714febeca8b79af85e/six-1.16.0.tar.gz#sha256=1e61c37477a1626458e36f7b1d82aa5c9b094fa4802892072e49de9c60c4c926" data-requires-python="&gt;=2.7, !=3.0.*, !=3.1.*, !=3.2.*" data-yanked="breaks &quot;urllib3&quot; &amp; friends">six-1.16.0.tar.gz</a><br />
            </body>
            </html>
            <!--SERIAL 10281946-->
            """;

    /** A page in JSON as PyPI writes it. */
    static final String SAMPLE_JSON = """
            {"alternate-locations":[],"files":[
            {"core-metadata":false,"data-dist-info-metadata":false,"filename":"sampleproject-1.0.tar.gz",
             "hashes":{"sha256":"d5a2b4aabb4a5b0ea3f7ccb7ddd6ea5ef5d5d7a3f30a9a2e7f3e4ab6b0d5c1e2"},"provenance":null,
             "requires-python":null,"size":4316,"upload-time":"2014-10-18T17:48:25.310441Z",
             "url":"https://files.pythonhosted.org/packages/97/b1/92ac9b8a5b9c1f3d5e7f00112233445566778899aabbccddeeff00112233/sampleproject-1.0.tar.gz","yanked":false},
            {"core-metadata":{"sha256":"7dd8b9f3e5a1c2b4d6e8f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5"},
             "data-dist-info-metadata":{"sha256":"7dd8b9f3e5a1c2b4d6e8f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5"},
             "filename":"sampleproject-4.0.0-py3-none-any.whl",
             "hashes":{"blake2b_256":"d7b7305600405758fd3c1ac8b3c6e1c48fa5a8fd6e4d6bd2d56d2d5e0c2a0a11","md5":"6a8e2f0f1a6d8f5b8c4a2e9d7f3b1c05",
             "sha256":"3fd18cbd3d7d5cd0d2c8f2e5c3a0b1d2e3f405162738495a6b7c8d9eafb0c1d2"},
             "provenance":"https://pypi.org/integrity/sampleproject/4.0.0/sampleproject-4.0.0-py3-none-any.whl/provenance",
             "requires-python":">=3.9","size":4662,"upload-time":"2024-11-06T22:37:54.084131Z",
             "url":"https://files.pythonhosted.org/packages/d7/b7/305600405758fd3c1ac8b3c6e1c48fa5a8fd6e4d6bd2d56d2d5e0c2a0a11/sampleproject-4.0.0-py3-none-any.whl","yanked":true},
            {"filename":"sampleproject-3.0.0.tar.gz","hashes":{"sha256":"117ed88e5db073bb92969a7545745fd977ee85b7019706dd256a64058f70963d"},
             "size":5330,"upload-time":"2022-10-26T16:58:26Z","url":"../../files/sampleproject-3.0.0.tar.gz","yanked":"wrong metadata"}],
            "meta":{"_last-serial":26016045,"api-version":"1.4"},"name":"sampleproject",
            "project-status":{"status":"archived","reason":"see the new one"},"versions":["1.0","3.0.0","4.0.0"],"x-new":{"deep":[{"er":[]}]}}
            """;

    private static final int BATCH_CHARS = 64 << 10;

    private IndexPages() {}

    /** The source of a page of that project on PyPI. */
    static IndexSource source(String project) {
        return new IndexSource(
                new ProjectName(project),
                URI.create("https://pypi.org/simple/" + project + "/"),
                "\"tag-" + project + "\"",
                "Sun, 22 Nov 2026 10:00:00 GMT",
                Instant.parse("2026-11-22T10:00:00.123456789Z"));
    }

    /** What the reader of that form makes of a page of project {@code demo}. */
    static IndexReader.Result read(IndexFormat format, String page) {
        return read(format, "demo", page);
    }

    /** What the reader of that form makes of a page of that project. */
    static IndexReader.Result read(IndexFormat format, String project, String page) {
        return read(format, project, new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8)));
    }

    /** What the reader of that form makes of a page of that project. */
    static IndexReader.Result read(IndexFormat format, String project, InputStream page) {
        try {
            return format.reader().read(page, source(project), IndexLimits.DEFAULT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A project's page as its renderer writes it. */
    static String rendered(IndexFormat format, ProjectPage page, PageRenderer renderer) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            renderer.project(format, page.header(), page.files(), out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /** A stream that is made while it is read: a head, that many parts, a tail. */
    static InputStream generated(String head, int count, IntFunction<String> part, String tail) {
        return new InputStream() {
            private int next = -1;
            private byte[] bytes = new byte[0];
            private int position;

            @Override
            public int read() {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                if (position == bytes.length) {
                    if (next > count) {
                        return -1;
                    }
                    StringBuilder text = new StringBuilder(BATCH_CHARS + 1024);
                    while (text.length() < BATCH_CHARS && next <= count) {
                        text.append(next < 0 ? head : next < count ? part.apply(next) : tail);
                        next++;
                    }
                    bytes = text.toString().getBytes(StandardCharsets.UTF_8);
                    position = 0;
                }
                if (bytes.length == 0) {
                    return -1;
                }
                int n = Math.min(length, bytes.length - position);
                System.arraycopy(bytes, position, buffer, offset, n);
                position += n;
                return n;
            }
        };
    }
}
