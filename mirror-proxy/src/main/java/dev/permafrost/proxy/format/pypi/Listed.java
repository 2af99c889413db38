package dev.permafrost.proxy.format.pypi;

/**
 * A project on the list of all projects.
 *
 * @param name its name, normalised
 * @param lastSerial upstream's serial number of its last change, by which mirrors know what to fetch; -1 if not told
 */
record Listed(ProjectName name, long lastSerial) {}
