/** What the clients of Python's packaging send, byte by byte as their own sources have it, and what they must get for it. */
@org.jspecify.annotations.NullMarked
package dev.permafrost.proxy.clients;
