/** The vocabulary of requests, replies and repositories, and what a format must provide. To be filled. */
@NullMarked
package dev.permafrost.proxy.repo;

import org.jspecify.annotations.NullMarked;
