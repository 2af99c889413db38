/** To be filled. */
@org.jspecify.annotations.NullMarked
package dev.permafrost.proxy;
