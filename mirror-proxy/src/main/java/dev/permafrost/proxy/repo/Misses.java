package dev.permafrost.proxy.repo;

/** Is told of what clients asked for and did not get, where nothing is fetched. */
@FunctionalInterface
public interface Misses {
    /**
     * Notes one. Quick: it is called on event loops.
     *
     * @param what as {@link Format#wish} has it
     * @param client the address of whoever asked
     */
    void missing(String repository, String what, String client);
}
