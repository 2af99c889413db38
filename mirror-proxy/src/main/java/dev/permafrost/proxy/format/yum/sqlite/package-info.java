/** The SQLite files of a repository's metadata: what tables they have, and how they are written. */
@NullMarked
package dev.permafrost.proxy.format.yum.sqlite;

import org.jspecify.annotations.NullMarked;
