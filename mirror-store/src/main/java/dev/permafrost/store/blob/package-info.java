/** Content-addressed files: staged and hashed while written, verified, committed durably; found, opened, listed, deleted. */
@NullMarked
package dev.permafrost.store.blob;

import org.jspecify.annotations.NullMarked;
