package dev.permafrost.proxy.journey;

import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A dnf for EL7 on x86_64 that has one repository, and takes nothing from this machine's.
 *
 * @param folder where its caches and roots are
 * @param called tells this one's from others'
 * @param base the URL of its repository, which it calls m
 * @param prefix what starts it
 */
record Dnf(Path folder, String called, String base, List<String> prefix) {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Where it installs to. */
    Path root() {
        return folder.resolve("root-" + called);
    }

    /** Runs a verb with these settings. */
    Subprocess.Result run(List<String> settings, String... verb) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                "dnf",
                "-y",
                "--releasever=7",
                "--forcearch=x86_64",
                "--disableplugin=local",
                "--setopt=reposdir=/dev/null",
                "--setopt=cachedir=" + folder.resolve("cache-" + called),
                "--setopt=tsflags=noscripts",
                "--installroot=" + root(),
                "--repofrompath=m," + base,
                "--repo=m"));
        command.addAll(settings);
        command.addAll(List.of(verb));
        return Subprocess.command(command).env("LANG", "C.UTF-8").run(PATIENCE);
    }

    /** Runs a verb, and has metadata and packages checked by these keys. */
    Subprocess.Result checked(String keys, String... verb) {
        return run(List.of("--setopt=m.gpgcheck=1", "--setopt=m.repo_gpgcheck=1", "--setopt=m.gpgkey=" + keys), verb);
    }
}
