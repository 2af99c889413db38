/** One YAML file into each package's own configuration record; every problem at once. The only importer of Jackson's YAML. */
@NullMarked
package dev.permafrost.proxy.config;

import org.jspecify.annotations.NullMarked;
