/** The control socket, over which a command reaches the process that owns the store. */
@NullMarked
package dev.permafrost.proxy.admin;

import org.jspecify.annotations.NullMarked;
