package dev.permafrost.proxy.repo;

/** A password or a token: whoever prints it, or a record that holds it, gets three stars. */
public final class Secret {
    private final String text;

    private Secret(String text) {
        this.text = text;
    }

    /**
     * A secret of that text.
     *
     * @throws IllegalArgumentException for a control character, which no field of a request may have; the text is not in the message
     */
    public static Secret of(String text) {
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("has a control character, such as a line's end; write the secret alone");
        }
        return new Secret(text);
    }

    /** The text, for the one who sends it. */
    public String reveal() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
