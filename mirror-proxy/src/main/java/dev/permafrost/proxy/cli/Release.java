package dev.permafrost.proxy.cli;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.Map;

/** A project and a version, as one argument. */
final class Release {
    private Release() {}

    /** The arguments {@code project} and {@code version} of a verb. */
    static Map<String, String> of(String text) {
        String[] parts = text.split("==", -1);
        if (parts.length != 2 || parts[0].isBlank() || parts[1].isBlank()) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST, "'" + text + "' is not a project and a version; write NAME==VERSION");
        }
        return Map.of("project", parts[0].strip(), "version", parts[1].strip());
    }
}
