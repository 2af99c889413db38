package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.Coding;

/**
 * A form of a page.
 *
 * @param type its media type
 * @param coding how its bytes may be coded; it is sent as it is where that would save nothing
 */
record PageForm(IndexMediaType type, Coding coding) {}
