package dev.permafrost.proxy.config;

import java.util.List;

/** A configuration that can't be used. The message holds every problem found, one a line. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ConfigException(List<String> problems) {
        super(String.join("\n", problems));
    }

    /** The problems: each where, which key, which value, what was expected. */
    public List<String> problems() {
        return getMessage() == null ? List.of() : getMessage().lines().toList();
    }
}
