package dev.permafrost.proxy.journey;

import dev.permafrost.proxy.testing.Nginx;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An upstream that remembers what it was asked for. */
interface Origin extends AutoCloseable {
    /** The address of its simple index. */
    String index();

    /** The paths of every file (not page) that it was asked for, as often as it was asked. */
    List<String> filesAsked();

    @Override
    void close();

    /** Serves a tree in HTML: nginx where there is one, else a scripted server, which the output says. */
    static Origin html(SimpleIndexTree tree, Path scratch) throws IOException {
        if (Nginx.available()) {
            tree.writeTo(scratch.resolve("tree"));
            return nginx(scratch.resolve("tree"), scratch);
        }
        System.out.println("note: no nginx here: a scripted server takes its place upstream");
        return scripted(tree.speaks(SimpleIndexTree.Speaks.HTML));
    }

    /** Serves a tree in JSON. */
    static Origin json(SimpleIndexTree tree) {
        return scripted(tree.speaks(SimpleIndexTree.Speaks.JSON));
    }

    /** Serves a folder that holds {@code simple/} and the files. */
    static Origin nginx(Path folder, Path scratch) throws IOException {
        Nginx nginx = Nginx.serve(folder, Files.createDirectory(scratch.resolve("nginx")));
        return new Origin() {
            @Override
            public String index() {
                return nginx.url("/simple/");
            }

            @Override
            public List<String> filesAsked() {
                return nginx.accesses().stream()
                        .map(Nginx.Access::target)
                        .filter(path -> !path.startsWith("/simple/"))
                        .toList();
            }

            @Override
            public void close() {
                nginx.close();
            }
        };
    }

    private static Origin scripted(SimpleIndexTree tree) {
        ScriptedUpstream upstream = ScriptedUpstream.start();
        tree.serve(upstream);
        return new Origin() {
            @Override
            public String index() {
                return upstream.url("/simple/");
            }

            @Override
            public List<String> filesAsked() {
                return upstream.requests().stream()
                        .map(request -> request.path())
                        .filter(path -> !path.startsWith("/simple/"))
                        .toList();
            }

            @Override
            public void close() {
                upstream.close();
            }
        };
    }
}
