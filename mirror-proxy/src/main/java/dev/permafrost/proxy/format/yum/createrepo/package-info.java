/** A repository's metadata made of a folder of RPMs, as createrepo_c makes it. */
@NullMarked
package dev.permafrost.proxy.format.yum.createrepo;

import org.jspecify.annotations.NullMarked;
