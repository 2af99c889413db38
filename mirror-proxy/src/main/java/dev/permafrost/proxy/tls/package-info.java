/** TLS towards clients: certificates with hot reload, and the small private CA. Blocks, and never on an event loop. */
@NullMarked
package dev.permafrost.proxy.tls;

import org.jspecify.annotations.NullMarked;
