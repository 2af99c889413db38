package dev.permafrost.store.transfer;

/**
 * Whose key a signature is by.
 *
 * @param name what the operator calls the key; {@link Keyring#OWN} for the key of this site, empty for a key without a name
 * @param fingerprint of the key, as {@link Keyring} has it
 */
public record Signer(String name, String fingerprint) {
    @Override
    public String toString() {
        return name.isEmpty() ? fingerprint : name + " (" + fingerprint + ")";
    }
}
