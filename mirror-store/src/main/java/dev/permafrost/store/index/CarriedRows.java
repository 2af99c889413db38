package dev.permafrost.store.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.List;
import java.util.function.BiPredicate;

/** Which rows leave a store with a snapshot, and what must be true of them where they arrive. */
public final class CarriedRows {
    /** The families whose rows are carried, in the order in which they are. */
    public static final List<Family> FAMILIES = List.of(Family.BLOB, Family.ENTRY, Family.DOC);

    private static final byte[] OF_THIS_MACHINE = (DocKey.OF_THIS_MACHINE + '\0').getBytes(UTF_8);

    private CarriedRows() {}

    /** Whether a row says something that is true in another place too. */
    public static boolean travels(Family family, byte[] key) {
        return switch (family) {
            case BLOB, ENTRY -> true;
            case DOC -> {
                int kind = firstNul(key) + 1;
                boolean isHere = key.length - kind >= OF_THIS_MACHINE.length;
                for (int i = 0; isHere && i < OF_THIS_MACHINE.length; i++) {
                    isHere = key[kind + i] == OF_THIS_MACHINE[i];
                }
                yield !isHere;
            }
            case META -> false;
        };
    }

    /** The digest that a row of {@link Family#BLOB} is about. */
    public static Digest blob(byte[] key) {
        return Keys.blobDigest(key);
    }

    /** The repository that a row of {@link Family#ENTRY} or {@link Family#DOC} belongs to. */
    public static String repository(byte[] key) {
        return new String(key, 0, firstNul(key), UTF_8);
    }

    /**
     * Whether two keys belong to the same repository; no key belongs to that of an empty one. Cheaper than to ask for both names.
     */
    public static boolean isOfSameRepository(byte[] key, byte[] before) {
        int nul = firstNul(key);
        if (before.length <= nul) {
            return false;
        }
        for (int i = 0; i <= Math.min(nul, key.length - 1); i++) {
            if (key[i] != before[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Checks a row that has arrived.
     *
     * @param there whether there is a blob of that digest and size
     * @throws StoreException STORE_CORRUPT if it can't be read, does not travel, or names a blob that is not there
     */
    public static void check(Family family, byte[] key, byte[] value, BiPredicate<Digest, Long> there) {
        checkKey(family, key);
        switch (family) {
            case BLOB ->
                require(Keys.blobDigest(key), BlobRecordCodec.decode(value).sizeBytes(), there);
            case ENTRY -> {
                Entry entry = EntryCodec.decode(value);
                require(entry.digest(), entry.sizeBytes(), there);
            }
            case DOC, META -> {}
        }
    }

    /** Checks the key of a row that has arrived; see {@link #check}. */
    public static void checkKey(Family family, byte[] key) {
        if (!travels(family, key)) {
            throw corrupt("a row of the family " + family.label() + " has been carried that says something of another"
                    + " machine only");
        }
        switch (family) {
            case BLOB -> Keys.blobDigest(key);
            case ENTRY -> Keys.entryKey(key);
            case DOC -> Keys.docChunkOf(key);
            case META -> {}
        }
    }

    private static void require(Digest digest, long sizeBytes, BiPredicate<Digest, Long> there) {
        if (!there.test(digest, sizeBytes)) {
            throw corrupt("a row names blob " + digest.hex() + " with " + sizeBytes + " bytes, and there is none such");
        }
    }

    private static int firstNul(byte[] key) {
        int at = 0;
        while (at < key.length && key[at] != 0) {
            at++;
        }
        return at;
    }

    private static StoreException corrupt(String what) {
        return new StoreException(FailureKind.STORE_CORRUPT, what);
    }
}
