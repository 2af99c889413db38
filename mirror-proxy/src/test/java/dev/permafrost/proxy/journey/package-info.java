/** Whole journeys: the distribution as its users start it, real pips, a real web server upstream. */
@NullMarked
package dev.permafrost.proxy.journey;

import org.jspecify.annotations.NullMarked;
