/** What clients are told so that they ask this mirror. */
@NullMarked
package dev.permafrost.proxy.setup;

import org.jspecify.annotations.NullMarked;
