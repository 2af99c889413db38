/** Who may do what in a repository: passwords, tokens, what is remembered of them, and how guessing is slowed. No network. */
@NullMarked
package dev.permafrost.proxy.access;

import org.jspecify.annotations.NullMarked;
