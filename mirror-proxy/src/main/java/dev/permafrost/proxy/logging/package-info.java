/** How log lines look and where they go. A leaf; the only importer of Logback. */
@NullMarked
package dev.permafrost.proxy.logging;

import org.jspecify.annotations.NullMarked;
