/** The store's vocabulary: values that every other package speaks in. Depends on the JDK alone. */
@NullMarked
package dev.permafrost.store.model;

import org.jspecify.annotations.NullMarked;
