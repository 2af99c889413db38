/** The front end: from bytes to a request head and from a reply back to bytes. */
@NullMarked
package dev.permafrost.proxy.http;

import org.jspecify.annotations.NullMarked;
