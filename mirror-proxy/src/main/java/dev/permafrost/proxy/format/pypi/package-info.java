/** The Python package index: names, the simple index read, kept and written, and how a client chooses its form. */
@NullMarked
package dev.permafrost.proxy.format.pypi;

import org.jspecify.annotations.NullMarked;
