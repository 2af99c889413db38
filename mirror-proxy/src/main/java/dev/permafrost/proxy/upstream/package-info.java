/** The pooled client towards upstream: tries again, follows redirects by its own rules, hands bodies to blocking sinks. */
@NullMarked
package dev.permafrost.proxy.upstream;

import org.jspecify.annotations.NullMarked;
