package dev.permafrost.proxy.http;

import dev.permafrost.proxy.access.Guard;
import dev.permafrost.proxy.metrics.RequestMeters;
import dev.permafrost.proxy.repo.Format;
import org.jspecify.annotations.Nullable;

/**
 * A repository as requests meet it.
 *
 * @param format who answers
 * @param guard who says whether that may be asked; null where it is open to everybody
 * @param meters where requests are counted
 */
public record Mount(String name, Format format, @Nullable Guard guard, RequestMeters meters) {}
