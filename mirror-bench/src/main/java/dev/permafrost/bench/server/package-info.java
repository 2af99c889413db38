/** The programs under test, always processes of their own, and what Linux says of their time and memory. */
@NullMarked
package dev.permafrost.bench.server;

import org.jspecify.annotations.NullMarked;
