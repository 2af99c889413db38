package dev.permafrost.proxy.access;

import java.time.Duration;

/**
 * How logins are checked, and how guessing is slowed.
 *
 * @param remember how long a login that was right need not be computed again; 5 min
 * @param checksMax most passwords being computed at once; 2
 * @param failuresMax wrong logins from one address, an IPv6 network of 64 bits counting as one, within the window below,
 *     beyond which it has to wait; for a user of that name, beyond which its logins are delayed; 10
 * @param failuresWindow how long it takes until that many are forgotten; 5 min
 * @param lockout how long an address waits first; it doubles each time; 30 s
 * @param lockoutMax how long it waits at most; 15 min
 * @param userDelayMax how long a user's login is delayed at most; 2 s
 * @param reloadInterval how often the files are looked at for changes; 5 s
 */
public record LoginConfig(
        Duration remember,
        int checksMax,
        int failuresMax,
        Duration failuresWindow,
        Duration lockout,
        Duration lockoutMax,
        Duration userDelayMax,
        Duration reloadInterval) {
    /** What holds where nothing is configured. */
    public static LoginConfig defaults() {
        return new LoginConfig(
                Duration.ofMinutes(5),
                2,
                10,
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                Duration.ofMinutes(15),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5));
    }
}
