package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tells why the files of a project, or packages, are served or not. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = {
            "Tells of a project, and of each of its files, whether it is served, and if not, which rule of the repository's"
                    + " policy refuses it; whether it is held; and until when it is too young. Of RPMs, which lists name it, with which"
                    + " checksum; whether that is what is held; and where upstream has it.",
            "Upstream is not asked: what counts is what it said when a client asked last."
        })
final class ExplainCommand implements Callable<Integer> {
    @Mixin
    private StoreOptions options = new StoreOptions();

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Parameters(
            arity = "2..3",
            paramLabel = "REPOSITORY WHAT",
            description = {
                "The repository, such as pypi; or a format, pypi or yum, for all repositories of it, or with the repository behind."
                        + " A repository that is called as a format is goes before the format.",
                "Then a project in any spelling, with the version whose files are meant (NAME==VERSION) or without; or a package as"
                        + " dnf takes it (bash, bash-4.2.46-31.el7.x86_64, 'kernel*'), the name of its file, or the path or URL"
                        + " of any file in a repository of RPMs that is no metadata."
            })
    private List<String> words = List.of();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console console = Console.of(spec);
        MirrorConfig config = options.load(false);
        String named = named(config);
        if (named != null) {
            Map<String, Object> told = console.run(config, Verbs.EXPLAIN, arguments(named));
            if (json) {
                console.out().println(Verbs.json(told));
            } else {
                show(console.out(), told);
            }
            return 0;
        }
        List<Map<String, Object>> all = new ArrayList<>();
        boolean allTold = true;
        for (String repository : of(config, words.get(0))) {
            try {
                all.add(console.run(config, Verbs.EXPLAIN, arguments(repository)));
            } catch (StoreException e) {
                // the others may have it
                allTold = false;
                all.add(Map.of("repository", repository, "failure", String.valueOf(e.getMessage())));
            }
        }
        if (json) {
            console.out().println(Verbs.json(Map.of("repositories", all)));
        } else {
            all.forEach(told -> show(console.out(), told));
        }
        return allTold ? 0 : 1;
    }

    private static void show(PrintWriter out, Map<String, Object> told) {
        if (told.containsKey("failure")) {
            out.println("of " + told.get("repository") + " nothing can be told: " + told.get("failure"));
        } else if (ExplainedPackages.isOne(told)) {
            ExplainedPackages.print(out, told);
        } else {
            print(out, told);
        }
    }

    private Map<String, String> arguments(String repository) {
        String[] parts = words.get(words.size() - 1).split("==", 2);
        Map<String, String> arguments = new HashMap<>();
        arguments.put("repository", repository);
        arguments.put("project", parts[0].strip());
        if (parts.length == 2) {
            arguments.put("version", parts[1].strip());
        }
        return arguments;
    }

    private static List<String> of(MirrorConfig config, String format) {
        return config.repositories().values().stream()
                .filter(repository -> repository.format().equals(format))
                .map(RepositoryConfig::name)
                .toList();
    }

    /** The repository that is named; null where all of a format are meant. */
    private @Nullable String named(MirrorConfig config) {
        String first = words.get(0);
        Map<String, RepositoryConfig> all = config.repositories();
        List<String> of = of(config, first);
        String named = words.size() == 3 ? words.get(1) : first;
        if (words.size() == 3 ? of.contains(named) : all.containsKey(named)) {
            return named;
        }
        if (words.size() == 2 && !of.isEmpty()) {
            return null;
        }
        throw new StoreException(
                FailureKind.BAD_REQUEST,
                "there is no repository '" + named + "' " + (words.size() == 3 ? "of the format '" + first + "' " : "")
                        + "in the configuration; there are: " + String.join(", ", all.keySet()));
    }

    private static void print(PrintWriter out, Map<?, ?> told) {
        if (told.get("sources") instanceof List<?> sources) {
            out.println(told.get("project") + " in " + told.get("repository") + " " + from(told.get("from"))
                    + pinned(told.get("pinned")));
            sources.forEach(source -> print(out, (Map<?, ?>) source));
            return;
        }
        Object version = told.get("version");
        out.println(told.get("project") + (version == null ? "" : " " + version) + " in " + told.get("repository"));
        Object refusal = told.get("refusal");
        if (refusal != null) {
            out.println("  refused by its name: " + refusal);
        }
        if (Boolean.TRUE.equals(told.get("known"))) {
            out.println(
                    "  " + told.get("listed") + " files known from upstream (asked at " + told.get("fetched-at") + "), "
                            + told.get("served") + " served"
                            + (Boolean.TRUE.equals(told.get("policy")) ? "" : "; there is no policy"));
        } else if (refusal == null) {
            out.println("  nothing is known of it: no client has asked for it yet, or upstream has no such project");
        }
        if (told.get("files") instanceof List<?> files) {
            files.forEach(file -> printFile(out, file));
        }
    }

    private static String from(@Nullable Object sources) {
        return sources instanceof List<?> names && !names.isEmpty()
                ? "comes from " + names(names)
                : "is in none of its sources, as far as is known";
    }

    private static String pinned(@Nullable Object sources) {
        return sources instanceof List<?> names && !names.isEmpty()
                ? "; its name is pinned to " + names(names) + ", and no other is asked"
                : "";
    }

    private static String names(List<?> names) {
        return String.join(" and ", names.stream().map(Object::toString).toList());
    }

    private static void printFile(PrintWriter out, Object file) {
        if (file instanceof Map<?, ?> told) {
            boolean served = Boolean.TRUE.equals(told.get("served"));
            out.println("  " + (served ? "served  " : "refused ") + told.get("filename")
                    + (Boolean.TRUE.equals(told.get("held")) ? " (held)" : ""));
            if (!served) {
                out.println("          " + told.get("refusal"));
            }
            if (Boolean.TRUE.equals(told.get("undecided"))) {
                out.println("          unless its licence, which is not known yet, is one that a rule denies");
            }
        }
    }
}
