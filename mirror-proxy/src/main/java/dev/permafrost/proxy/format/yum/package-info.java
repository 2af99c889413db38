/** Repositories of RPMs: their metadata read, and how a client asks for it. */
@NullMarked
package dev.permafrost.proxy.format.yum;

import org.jspecify.annotations.NullMarked;
