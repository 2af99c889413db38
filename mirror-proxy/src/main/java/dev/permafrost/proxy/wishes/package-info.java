/** What clients ask for where nothing is fetched, and is not held: noted, kept, carried to where it can be had. */
@NullMarked
package dev.permafrost.proxy.wishes;

import org.jspecify.annotations.NullMarked;
