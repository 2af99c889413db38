/** What formats share whose repositories are the origin of their files: files of folders and of uploads on their way in. */
@NullMarked
package dev.permafrost.proxy.hosted;

import org.jspecify.annotations.NullMarked;
