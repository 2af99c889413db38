package dev.permafrost.proxy.admin;

import dev.permafrost.proxy.repo.Hosting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Deletes what something newer takes the place of in a repository whose files are its own.
 *
 * <p>Argument: {@code repository}. Result: {@code deleted-count}, and {@code deleted}, the first {@value #NAMED_MAX} of their paths.
 */
final class DeleteSupersededVerb implements Verb {
    private static final int NAMED_MAX = 1000;

    private final Function<Map<String, String>, Hosting> hosted;

    /**
     * The verb.
     *
     * @param hosted finds the repository that arguments name, or says that there is none
     */
    DeleteSupersededVerb(Function<Map<String, String>, Hosting> hosted) {
        this.hosted = hosted;
    }

    @Override
    public Map<String, Object> run(Map<String, String> arguments, ProgressSink progress) {
        List<String> deleted = hosted.apply(arguments).deleteSuperseded(Verbs.OPERATOR);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("deleted-count", (long) deleted.size());
        result.put("deleted", deleted.stream().limit(NAMED_MAX).toList());
        return result;
    }
}
