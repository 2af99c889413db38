package dev.permafrost.bench.workload;

/**
 * An option of a scenario, {@code --name value}.
 *
 * @param name without its dashes
 * @param value what it is when not given
 * @param help what it does, in half a line
 */
public record Option(String name, String value, String help) {}
