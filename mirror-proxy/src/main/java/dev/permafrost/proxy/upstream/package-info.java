/** The pooled client towards upstream. To be filled. */
@NullMarked
package dev.permafrost.proxy.upstream;

import org.jspecify.annotations.NullMarked;
