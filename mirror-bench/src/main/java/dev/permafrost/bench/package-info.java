/** To be filled. */
@org.jspecify.annotations.NullMarked
package dev.permafrost.bench;
