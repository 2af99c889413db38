/** The vocabulary between formats, fetching and the front end: requests and replies as values, and what a format is. */
@NullMarked
package dev.permafrost.proxy.repo;

import org.jspecify.annotations.NullMarked;
