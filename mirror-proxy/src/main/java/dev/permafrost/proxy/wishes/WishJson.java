package dev.permafrost.proxy.wishes;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.permafrost.proxy.wishes.WishList.Noted;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Wishes as a document: an object with {@code kind}, {@code format} and {@code wishes}, a list of objects with {@code repository}, {@code wish},
 * {@code times}, {@code first}, {@code last}, {@code clients}, and, where it stays at home, {@code askers}.
 */
final class WishJson {
    /** Most bytes of a document. */
    static final int BYTES_MAX = 16 << 20;

    static final String KIND = "permafrost-wishes";
    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(8).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private WishJson() {}

    /** Writes them as they are kept. */
    static byte[] kept(Collection<Noted> wishes) {
        return write(wishes.stream().map(Noted::wish).toList(), new ArrayList<>(wishes));
    }

    /** Writes them as they are carried: a line for each. */
    static byte[] carried(Collection<Wish> wishes) {
        return write(List.copyOf(wishes), List.of());
    }

    private static byte[] write(List<Wish> wishes, List<Noted> noted) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.getFactory().createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("kind", KIND);
            json.writeNumberField("format", FORMAT);
            json.writeArrayFieldStart("wishes");
            for (int i = 0; i < wishes.size(); i++) {
                Wish wish = wishes.get(i);
                json.writeRaw('\n');
                json.writeStartObject();
                json.writeStringField("repository", wish.repository());
                json.writeStringField("wish", wish.what());
                json.writeNumberField("times", wish.times());
                json.writeStringField("first", wish.first().toString());
                json.writeStringField("last", wish.last().toString());
                json.writeNumberField("clients", wish.clients());
                if (!noted.isEmpty()) {
                    json.writeStringField("askers", noted.get(i).askers().text());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        out.write('\n');
        return out.toByteArray();
    }

    /**
     * Reads what {@link #kept} wrote.
     *
     * @param source what to call it in an error
     * @throws StoreException STORE_CORRUPT or STORE_TOO_NEW where it can't be read
     */
    static List<Noted> readKept(byte[] document, String source) {
        List<Noted> all = new ArrayList<>();
        for (JsonNode node : nodes(document, source)) {
            Wish wish = wish(node, source);
            all.add(new Noted(
                    wish.repository(),
                    wish.what(),
                    wish.times(),
                    wish.first(),
                    wish.last(),
                    Askers.parse(node.path("askers").asText())));
        }
        return all;
    }

    /** Reads what {@link #carried} wrote, as {@link #readKept} does. */
    static List<Wish> readCarried(byte[] document, String source) {
        List<Wish> all = new ArrayList<>();
        for (JsonNode node : nodes(document, source)) {
            all.add(wish(node, source));
        }
        return all;
    }

    private static JsonNode nodes(byte[] document, String source) {
        JsonNode root;
        try {
            root = JSON.readTree(document);
        } catch (JsonProcessingException e) {
            throw corrupt(source, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw corrupt(source, String.valueOf(e.getMessage()), e);
        }
        if (!root.path("kind").asText().equals(KIND) || !root.path("format").isInt()) {
            throw corrupt(source, "it is no list of wishes", null);
        }
        if (root.path("format").intValue() > FORMAT) {
            throw new StoreException(
                    FailureKind.STORE_TOO_NEW,
                    source + " has format " + root.path("format").intValue() + ", and this program knows up to "
                            + FORMAT + "; use the program that wrote it, or a newer one");
        }
        JsonNode wishes = root.path("wishes");
        if (!wishes.isArray() || wishes.size() > WishList.WISHES_MAX) {
            throw corrupt(source, "it has no list of at most " + WishList.WISHES_MAX + " wishes", null);
        }
        return wishes;
    }

    private static Wish wish(JsonNode node, String source) {
        String repository = node.path("repository").asText();
        String what = node.path("wish").asText();
        long times = node.path("times").asLong(-1);
        long clients = node.path("clients").asLong(-1);
        if (!Wish.isOne(repository) || !Wish.isOne(what) || times < 0 || clients < 0) {
            throw corrupt(source, "one of its wishes is none", null);
        }
        try {
            return new Wish(
                    repository,
                    what,
                    times,
                    Instant.parse(node.path("first").asText()),
                    Instant.parse(node.path("last").asText()),
                    clients);
        } catch (DateTimeException e) {
            throw corrupt(source, "one of its wishes has no time", e);
        }
    }

    private static StoreException corrupt(String source, String why, @Nullable Throwable cause) {
        return new StoreException(FailureKind.STORE_CORRUPT, source + " can't be read: " + why, cause);
    }
}
