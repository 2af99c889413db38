/** The command line. */
@NullMarked
package dev.permafrost.proxy.cli;

import org.jspecify.annotations.NullMarked;
