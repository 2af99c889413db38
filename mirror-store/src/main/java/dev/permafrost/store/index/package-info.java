/** Metadata rows: column families, versioned codecs, reading and writing; the only importer of RocksDB. */
@NullMarked
package dev.permafrost.store.index;

import org.jspecify.annotations.NullMarked;
