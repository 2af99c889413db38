/** A line for each answered request, written off the event loops. */
@NullMarked
package dev.permafrost.proxy.accesslog;

import org.jspecify.annotations.NullMarked;
