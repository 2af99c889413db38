package dev.permafrost.proxy.cli;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;

/** Stands in for the command line. */
public final class Main {
    private Main() {}

    /** Says what it was given; with {@code serve} also answers 404 at the address of the last argument. */
    public static void main(String[] args) throws Exception {
        System.out.println("permafrost 0.1.0-SNAPSHOT (Java "
                + Runtime.version().feature() + ") " + Path.of("").toAbsolutePath() + " " + Arrays.toString(args));
        if (args.length > 0 && args[0].equals("serve")) {
            int port = Integer.parseInt(args[args.length - 1].replaceFirst(".*:", ""));
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0)
                    .start();
        }
    }
}
