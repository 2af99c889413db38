/** What the service manager of this machine is told. */
@NullMarked
package dev.permafrost.proxy.systemd;

import org.jspecify.annotations.NullMarked;
