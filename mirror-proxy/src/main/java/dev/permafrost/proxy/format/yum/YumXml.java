package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Walks through an XML document in UTF-8 that a stranger wrote, element by element. There is no document type and no entity but the five that XML
 * has itself, nothing is fetched, and depth, elements and text are bounded. Names are local ones: prefixes are left off, since every writer
 * of metadata has its own. All methods throw a {@link StoreException} of kind {@link FailureKind#UPSTREAM_INVALID} where the document is
 * broken.
 */
public final class YumXml {
    /** Deepest nesting; metadata has five levels. */
    static final int DEPTH_MAX = 32;

    /** Longest text and attribute that is taken, in characters. */
    static final int TEXT_CHARS_MAX = 64 << 10;

    /** What the JDK's reader puts between the place of a fault and the fault. */
    private static final String MESSAGE = "\nMessage: ";

    /** Some editors on Windows put one before everything. */
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private static final XMLInputFactory FACTORY = hardened();

    private final XMLStreamReader reader;
    private final String title;
    private int elementsLeft;
    private int depth;

    /**
     * At the document's beginning.
     *
     * @param bytes holds the document, and is not changed
     * @param offset where it begins
     * @param length its bytes
     * @param title what it is, as a message may say it
     * @param elementsMax most elements that it may have
     */
    YumXml(byte[] bytes, int offset, int length, String title, int elementsMax) {
        this.title = title;
        this.elementsLeft = elementsMax;
        int mark = Arrays.mismatch(bytes, offset, offset + length, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length)
                        == BYTE_ORDER_MARK.length
                ? BYTE_ORDER_MARK.length
                : 0;
        InputStream text = new ByteArrayInputStream(bytes, offset + mark, length - mark);
        try {
            this.reader = FACTORY.createXMLStreamReader(new InputStreamReader(text, UTF_8.newDecoder()));
        } catch (XMLStreamException | RuntimeException e) {
            throw broken(e);
        }
    }

    /** Makes readers that take no document type, and fetch nothing. */
    static XMLInputFactory hardened() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        // without one, faults are printed
        factory.setXMLReporter((message, type, information, location) -> {});
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("nothing is fetched for a document");
        });
        return factory;
    }

    /** Enters the outermost element, which has to be one of those names; says which. */
    String root(Set<String> names) {
        String name = child();
        if (name == null || !names.contains(name)) {
            throw invalid("it begins with " + (name == null ? "nothing" : PlainText.quoted("<" + name + ">"))
                    + ", not with " + PlainText.quoted("<" + String.join("> or <", names) + ">"));
        }
        return name;
    }

    /** Reads what follows the outermost element, which has been left: nothing but comments. */
    void end() {
        if (child() != null) {
            throw invalid("there is more after its outermost element");
        }
    }

    /** Enters the next element within the one at hand, and says its name; null where there is none, and the one at hand is left. */
    public @Nullable String child() {
        while (true) {
            switch (next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    return local(reader.getLocalName());
                }
                case XMLStreamConstants.END_ELEMENT, XMLStreamConstants.END_DOCUMENT -> {
                    return null;
                }
                default -> {}
            }
        }
    }

    /** Leaves the element at hand, with all that is left in it. */
    public void skip() {
        int level = 1;
        while (level > 0) {
            int event = next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                level++;
            } else if (event == XMLStreamConstants.END_ELEMENT) {
                level--;
            }
        }
    }

    /** The text of the element at hand, without blanks around it, and leaves it. What elements within it say is not part of it. */
    public String text() {
        return content().strip();
    }

    /** The same with the blanks around it. */
    String content() {
        StringBuilder text = new StringBuilder();
        int level = 1;
        while (level > 0) {
            switch (next()) {
                case XMLStreamConstants.START_ELEMENT -> level++;
                case XMLStreamConstants.END_ELEMENT -> level--;
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> {
                    if (level == 1) {
                        append(text);
                    }
                }
                default -> {}
            }
        }
        return text.toString();
    }

    private void append(StringBuilder text) {
        if (text.length() + reader.getTextLength() > TEXT_CHARS_MAX) {
            throw tooLong("a text");
        }
        text.append(reader.getTextCharacters(), reader.getTextStart(), reader.getTextLength());
    }

    /** An attribute of the element that has just been entered, its prefix included where it has one; null where it is not there. */
    public @Nullable String attribute(String name) {
        for (int i = 0; i < reader.getAttributeCount(); i++) {
            if (qualifiedName(i).equals(name)) {
                String value = reader.getAttributeValue(i);
                if (value.length() > TEXT_CHARS_MAX) {
                    throw tooLong("an attribute");
                }
                return value;
            }
        }
        return null;
    }

    /** Attributes come with their prefix apart, although elements don't. */
    private String qualifiedName(int attribute) {
        String prefix = reader.getAttributePrefix(attribute);
        String local = reader.getAttributeLocalName(attribute);
        return prefix == null || prefix.isEmpty() ? local : prefix + ":" + local;
    }

    private int next() {
        int event;
        try {
            event = reader.next();
        } catch (XMLStreamException | RuntimeException e) {
            throw broken(e);
        }
        switch (event) {
            case XMLStreamConstants.START_ELEMENT -> {
                if (++depth > DEPTH_MAX) {
                    throw invalid("its elements are nested more than " + DEPTH_MAX + " deep");
                }
                if (--elementsLeft < 0) {
                    throw MetadataFault.tooLarge(title, "it has more elements than are read");
                }
            }
            case XMLStreamConstants.END_ELEMENT -> depth--;
            case XMLStreamConstants.DTD ->
                throw invalid("it has a document type (<!DOCTYPE …>), which no metadata has, and which is never read");
            case XMLStreamConstants.ENTITY_REFERENCE -> throw invalid("it has an entity that XML itself does not have");
            default -> {}
        }
        return event;
    }

    private StoreException tooLong(String what) {
        return tooLarge(what + " in it is longer than " + TEXT_CHARS_MAX + " characters");
    }

    /** The failure of a document in which there is more of something than is read. */
    StoreException tooLarge(String why) {
        return MetadataFault.tooLarge(title, why);
    }

    private StoreException invalid(String why) {
        return MetadataFault.invalid(title, why);
    }

    /** The JDK's reader fails in more ways than it says at bytes that nobody meant. */
    private StoreException broken(Exception e) {
        String message = String.valueOf(e.getMessage());
        int start = message.lastIndexOf(MESSAGE) + MESSAGE.length();
        return MetadataFault.invalid(
                title,
                "it is no well-formed XML: "
                        + PlainText.quoted(start < MESSAGE.length() ? message : message.substring(start)),
                e);
    }

    private static String local(String name) {
        return name.substring(name.indexOf(':') + 1);
    }
}
