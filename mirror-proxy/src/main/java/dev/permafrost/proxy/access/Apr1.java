package dev.permafrost.proxy.access;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A password hashed by a thousand rounds of MD5, as {@code htpasswd -m} writes it: better than nothing. */
final class Apr1 implements PasswordHash {
    private static final String MAGIC = "$apr1$";
    private static final Pattern SYNTAX =
            Pattern.compile("\\$apr1\\$(?<salt>[^$]{0,8})\\$(?<hash>[./0-9A-Za-z]{22})", Pattern.DOTALL);
    private static final String ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int ROUNDS = 1000;
    /** Three bytes of the digest make four characters, in this order. */
    private static final int[][] GROUPS = {{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}};

    private final byte[] salt;
    private final byte[] hash;

    private Apr1(String salt, String hash) {
        this.salt = salt.getBytes(US_ASCII);
        this.hash = hash.getBytes(US_ASCII);
    }

    /** Reads a hash; null where it is not one of these. */
    static @Nullable Apr1 parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        return matcher.matches() ? new Apr1(matcher.group("salt"), matcher.group("hash")) : null;
    }

    @Override
    public boolean matches(byte[] password) {
        return MessageDigest.isEqual(hash, encoded(digest(password)));
    }

    @Override
    public String kind() {
        return "apr1";
    }

    @Override
    public String toString() {
        return kind();
    }

    /** The algorithm of FreeBSD's md5crypt, with Apache's own magic. */
    private byte[] digest(byte[] password) {
        MessageDigest md5 = md5();
        md5.update(password);
        md5.update(salt);
        byte[] inner = md5.digest(password);

        md5.update(password);
        md5.update(MAGIC.getBytes(US_ASCII));
        md5.update(salt);
        for (int left = password.length; left > 0; left -= inner.length) {
            md5.update(inner, 0, Math.min(left, inner.length));
        }
        for (int bits = password.length; bits > 0; bits >>= 1) {
            md5.update((bits & 1) != 0 ? (byte) 0 : password[0]);
        }
        byte[] digest = md5.digest();

        for (int round = 0; round < ROUNDS; round++) {
            boolean odd = (round & 1) != 0;
            md5.update(odd ? password : digest);
            if (round % 3 != 0) {
                md5.update(salt);
            }
            if (round % 7 != 0) {
                md5.update(password);
            }
            digest = md5.digest(odd ? digest : password);
        }
        return digest;
    }

    private static byte[] encoded(byte[] digest) {
        byte[] text = new byte[22];
        int at = 0;
        for (int[] group : GROUPS) {
            int bits = (digest[group[0]] & 0xFF) << 16 | (digest[group[1]] & 0xFF) << 8 | (digest[group[2]] & 0xFF);
            at = encode(bits, 4, text, at);
        }
        at = encode(digest[11] & 0xFF, 2, text, at);
        return Arrays.copyOf(text, at);
    }

    private static int encode(int bits, int characters, byte[] into, int start) {
        int rest = bits;
        for (int i = 0; i < characters; i++) {
            into[start + i] = (byte) ALPHABET.charAt(rest & 0x3F);
            rest >>= 6;
        }
        return start + characters;
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }
}
