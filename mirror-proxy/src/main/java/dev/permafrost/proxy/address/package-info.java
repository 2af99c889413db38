/** IP addresses and ranges of them, and what of them counts as one client. */
@NullMarked
package dev.permafrost.proxy.address;

import org.jspecify.annotations.NullMarked;
