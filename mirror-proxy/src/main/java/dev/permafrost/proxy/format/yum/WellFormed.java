package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.PlainText;
import java.io.InputStream;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Whether an XML document that is passed on as it is can be read by whoever gets it. */
final class WellFormed {
    private WellFormed() {}

    /**
     * Reads a document to its end.
     *
     * @param title what it is, as a message may say it
     * @param root the name that its outermost element has to have
     * @throws dev.permafrost.store.model.StoreException UPSTREAM_INVALID if it is broken, or something else
     */
    static void require(InputStream document, String title, String root) {
        try {
            XMLStreamReader reader = YumXml.hardened().createXMLStreamReader(document);
            int depth = 0;
            while (reader.hasNext()) {
                int event = reader.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    String name = reader.getLocalName();
                    if (depth == 0 && !name.equals(root)) {
                        throw MetadataFault.invalid(
                                title, "its outermost element is " + PlainText.quoted(name) + ", and not " + root);
                    }
                    depth++;
                    if (depth > YumXml.DEPTH_MAX) {
                        throw MetadataFault.invalid(title, "it is nested more than " + YumXml.DEPTH_MAX + " deep");
                    }
                } else if (event == XMLStreamConstants.END_ELEMENT) {
                    depth--;
                }
            }
        } catch (XMLStreamException e) {
            throw MetadataFault.invalid(title, "it is no XML: " + PlainText.quoted(String.valueOf(e.getMessage())), e);
        }
    }
}
