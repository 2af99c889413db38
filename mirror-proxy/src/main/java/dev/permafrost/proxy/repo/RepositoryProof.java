package dev.permafrost.proxy.repo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot lists of one repository, what it leaves out and why, and what it wants: what it should have and has not. Formats write it.
 * Not for several threads.
 *
 * <p>This is also where what packages depend on has its place: a requirement that nothing in the snapshot meets is {@link #wanting}, named by
 * who requires it, and with the command that fetches it.
 */
public final class RepositoryProof {
    /** Most that are named of each kind. */
    public static final int NAMED_MAX = 1000;

    private final String repository;
    private final List<Map<String, Object>> leftOut = new ArrayList<>();
    private final List<Map<String, Object>> wanting = new ArrayList<>();
    private final Map<String, Long> leftOutBy = new LinkedHashMap<>();
    private long listed;
    private long named;
    private long leftOutCount;
    private long wantingCount;

    /** Of a repository, nothing of which has been looked at yet. */
    public RepositoryProof(String repository) {
        this.repository = repository;
    }

    /** Counts a file that upstream's pages or metadata name, of what is known of them. */
    public void named() {
        named++;
    }

    /** Counts a file that the snapshot lists, and has. */
    public void listed() {
        listed++;
    }

    /** Counts a file that upstream names and the snapshot does not list, for a reason that is no fault. */
    public void leftOut(String name, String why) {
        leftOutCount++;
        leftOutBy.merge(why, 1L, Long::sum);
        note(leftOut, name, why, null);
    }

    /**
     * Counts what the snapshot should have and has not.
     *
     * @param command what would fetch it, as an operator types it
     */
    public void wanting(String name, String why, String command) {
        wantingCount++;
        note(wanting, name, why, command);
    }

    private static void note(List<Map<String, Object>> to, String name, String why, @Nullable String command) {
        if (to.size() < NAMED_MAX) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", name);
            one.put("why", why);
            if (command != null) {
                one.put("command", command);
            }
            to.add(one);
        }
    }

    /** Whether it wants nothing. */
    public boolean isComplete() {
        return wantingCount == 0;
    }

    /**
     * As values: {@code repository}, {@code named}, {@code listed}, {@code left-out-count}, {@code left-out-by} (how many for which reason),
     * {@code left-out} and {@code wanting} (the first {@value #NAMED_MAX}, each with {@code name}, {@code why}, and {@code command}), {@code
     * wanting-count}.
     */
    public Map<String, Object> told() {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("repository", repository);
        told.put("named", named);
        told.put("listed", listed);
        told.put("left-out-count", leftOutCount);
        told.put("left-out-by", Map.copyOf(leftOutBy));
        told.put("left-out", List.copyOf(leftOut));
        told.put("wanting-count", wantingCount);
        told.put("wanting", List.copyOf(wanting));
        return told;
    }
}
