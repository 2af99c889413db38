package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.ControlClient;
import dev.permafrost.proxy.admin.ControlServer;
import dev.permafrost.proxy.admin.ProgressSink;
import dev.permafrost.proxy.config.MirrorConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Asks a server that runs by a configuration: the owner of the store, or one that serves it frozen and listens in {@code state}. */
final class RunningServer {
    private RunningServer() {}

    /** What it answers; empty where there is none. Blocks. */
    static Optional<Map<String, Object>> ask(MirrorConfig config, String verb, Map<String, String> arguments) {
        Optional<Map<String, Object>> answer = ask(config.data(), verb, arguments);
        Path state = config.state();
        return answer.isPresent() || state == null ? answer : ask(state, verb, arguments);
    }

    private static Optional<Map<String, Object>> ask(Path folder, String verb, Map<String, String> arguments) {
        return ControlClient.call(
                ControlServer.socketOf(folder.toAbsolutePath().normalize()), verb, arguments, ProgressSink.NONE);
    }
}
