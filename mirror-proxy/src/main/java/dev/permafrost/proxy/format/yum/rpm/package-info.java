/** RPM files: what their headers say, and how a repository's metadata says it. */
@NullMarked
package dev.permafrost.proxy.format.yum.rpm;

import org.jspecify.annotations.NullMarked;
