package dev.permafrost.proxy.testing;

/** How a client comes to a {@link RunningMirror}. */
public enum Wire {
    /** In the clear. */
    HTTP,
    /** Under TLS, for which the mirror must have been told to listen. */
    HTTPS;

    /** A connection. */
    public RawHttp connect(RunningMirror mirror) {
        return this == HTTP ? mirror.connect() : RawHttp.connectTls(mirror.tlsPort(), 0);
    }

    /** One GET on a connection of its own. */
    public RawHttp.Response get(RunningMirror mirror, String path, String... headerLines) {
        try (RawHttp client = connect(mirror)) {
            return client.request("GET", path, headerLines).read();
        }
    }

    /** One HEAD on a connection of its own. */
    public RawHttp.Head head(RunningMirror mirror, String path, String... headerLines) {
        try (RawHttp client = connect(mirror)) {
            return client.request("HEAD", path, headerLines).readHead();
        }
    }
}
