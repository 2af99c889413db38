package dev.permafrost.proxy.access;

/** A password that can be recognised and not read. */
interface PasswordHash {
    /** Whether it is that password, in UTF-8. Takes its time. */
    boolean matches(byte[] password);

    /** What makes it as slow as it is: hashes of one kind take equally long. */
    String kind();
}
