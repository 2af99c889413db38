/** The composition root: what a server is made of, and in which order. */
@NullMarked
package dev.permafrost.proxy;

import org.jspecify.annotations.NullMarked;
