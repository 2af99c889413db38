package dev.permafrost.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reference file that operators start from states every key and its true default. */
final class ReferenceFileTest {
    private static final Path REFERENCE = Path.of("..", "deploy", "config", "permafrost.yaml");
    private static final Pattern KEY = Pattern.compile("(?m)^( *)#?([a-z-]+):");

    @TempDir
    Path folder;

    @Test
    void isTheDefaultsAsItStands() throws IOException {
        assertThat(new ConfigFiles(folder).load(Files.readString(REFERENCE))).isEqualTo(MirrorConfig.defaults());
    }

    @Test
    void isTheDefaultsWithEveryValueUncommented() throws IOException {
        String uncommented = Files.readString(REFERENCE).replaceAll("(?m)^( *)#(?=\\S)", "$1");
        MirrorConfig config = new ConfigFiles(folder).load(uncommented);
        assertThat(config.data())
                .isEqualTo(folder.resolve(MirrorConfig.defaults().data()));
        assertThat(new ConfigFiles(folder).load(uncommented, "data=permafrost-data"))
                .isEqualTo(MirrorConfig.defaults());
    }

    @Test
    void namesEveryKey() throws IOException {
        List<String> open = new ArrayList<>();
        List<String> named = KEY.matcher(Files.readString(REFERENCE))
                .results()
                .map(match -> {
                    int depth = match.group(1).length() / 2;
                    open.subList(depth, open.size()).clear();
                    open.add(match.group(2));
                    return String.join(".", open).replaceFirst("^repositories\\.pypi", "repositories.NAME");
                })
                .toList();
        assertThat(named).containsAll(ConfigBinder.PATHS);
        assertThat(named).doesNotHaveDuplicates();
    }
}
