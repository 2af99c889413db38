/** Signatures of OpenPGP (RFC 4880 and RFC 9580), checked with the keys that somebody trusts. Knows nothing of what they are of. */
@NullMarked
package dev.permafrost.proxy.pgp;

import org.jspecify.annotations.NullMarked;
