package dev.permafrost.proxy.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What the tests of the configuration share: a folder with a file in it, and records taken apart. */
record ConfigFiles(Path folder) {
    /** The configuration that a file of that text gives. */
    MirrorConfig load(String yaml, String... sets) {
        return ConfigLoader.load(write(yaml), List.of(sets), null, false);
    }

    /** The configuration without a file. */
    MirrorConfig loadWithout(String... sets) {
        return ConfigLoader.load(folder, null, List.of(sets), null, false);
    }

    /** The problems that a file of that text has; the file is called FILE in them. */
    List<String> problems(String yaml, String... sets) {
        Path file = write(yaml);
        ConfigException e =
                catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(file, List.of(sets), null, false));
        return e == null
                ? List.of()
                : e.problems().stream()
                        .map(p -> p.replace(file.toString(), "FILE"))
                        .toList();
    }

    Path write(String yaml) {
        try {
            return Files.writeString(folder.resolve("permafrost.yaml"), yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The components of a record with the value in one record and in another. */
    static List<Difference> compare(Record one, Record other) {
        return Arrays.stream(one.getClass().getRecordComponents())
                .map(component -> new Difference(component.getName(), value(component, one), value(component, other)))
                .toList();
    }

    /** A component of a record, and its value in two of them. */
    record Difference(String component, String one, String other) {
        /** The component's name as a key: {@code pageTtl} is {@code page-ttl}. */
        String key() {
            String name = component.equals("isDefault") ? "default" : component;
            return name.replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
        }
    }

    private static String value(RecordComponent component, Record record) {
        try {
            return String.valueOf(component.getAccessor().invoke(record));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(component + " can't be read", e);
        }
    }
}
