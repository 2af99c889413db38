package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.repo.BodySink;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A call by XML-RPC, of which there is one that is answered: {@code search}, which {@code pip search} makes. */
final class SearchCall implements BodySink {
    private static final String XML = "text/xml";
    private static final Set<String> PATHS = Set.of("", "pypi", "pypi/", "RPC2", "simple", "simple/");
    private static final int BYTES_MAX = 64 << 10;
    private static final int DEPTH_MAX = 50;
    private static final int TEXT_CHARS_MAX = 1000;
    /** The code of a fault for a method that is not there, and for a call that can't be read (XML-RPC error codes). */
    private static final int NO_SUCH_METHOD = -32601;

    private static final int MALFORMED = -32700;

    private final ProjectSearch search;
    private final View view;
    private final ByteArrayOutputStream call = new ByteArrayOutputStream();
    private long cameBytes;
    private boolean tooLong;
    private @Nullable Mono<Reply> reply;

    SearchCall(ProjectSearch search, View view) {
        this.search = search;
        this.view = view;
    }

    /** Whether a POST to that path with a body of that type is one. */
    static boolean isOne(String path, @Nullable String contentType) {
        return contentType != null && contentType.toLowerCase(Locale.ROOT).startsWith(XML) && PATHS.contains(path);
    }

    /** The answer, once the call has come. */
    Mono<Reply> reply() {
        Mono<Reply> known = reply;
        if (known == null) {
            throw new IllegalStateException("the call is not complete");
        }
        return known;
    }

    @Override
    public void write(ByteBuffer bytes) {
        cameBytes += bytes.remaining();
        if (cameBytes > 2 * BYTES_MAX) {
            throw new StoreException(FailureKind.BAD_REQUEST, "a call has at most " + BYTES_MAX + " bytes");
        }
        tooLong |= call.size() + bytes.remaining() > BYTES_MAX;
        if (tooLong) {
            bytes.position(bytes.limit());
            return;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        call.writeBytes(copy);
    }

    @Override
    public void end() {
        reply = tooLong
                ? Mono.just(new Reply.NotTaken(
                        Reply.NotTaken.Reason.TOO_LARGE, "a call has at most " + BYTES_MAX + " bytes"))
                : answer();
    }

    @Override
    public void abandon() {
        // what came is forgotten with this
    }

    private Mono<Reply> answer() {
        try {
            return answered();
        } catch (XMLStreamException e) {
            return text(fault(MALFORMED, "this is no call by XML-RPC"));
        }
    }

    private static Mono<Reply> text(String xml) {
        return Mono.just(new Reply.Text(XML, xml.getBytes(UTF_8)));
    }

    private Mono<Reply> answered() throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        // strangers send it: no declarations of entities, nothing from elsewhere
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        XMLStreamReader xml = factory.createXMLStreamReader(new ByteArrayInputStream(call.toByteArray()));
        String method = "";
        String member = "";
        List<String> names = new ArrayList<>();
        List<String> summaries = new ArrayList<>();
        boolean or = false;
        boolean inStruct = false;
        int depth = 0;
        while (xml.hasNext()) {
            int event = xml.next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                if (++depth > DEPTH_MAX) {
                    throw new XMLStreamException("too deep");
                }
                switch (xml.getLocalName()) {
                    case "methodName" -> {
                        method = xml.getElementText().strip();
                        depth--;
                    }
                    case "struct" -> inStruct = true;
                    case "name" -> {
                        member = xml.getElementText().strip();
                        depth--;
                    }
                    case "string" -> {
                        String text = xml.getElementText();
                        depth--;
                        if (!inStruct) {
                            or = text.equals("or");
                        } else if (member.equals("name")) {
                            names.add(text);
                        } else if (member.equals("summary")) {
                            summaries.add(text);
                        }
                    }
                    default -> {}
                }
            } else if (event == XMLStreamConstants.END_ELEMENT) {
                depth--;
                inStruct &= !xml.getLocalName().equals("struct");
            }
        }
        return method.equals("search")
                ? search.of(view, names, summaries, or).flatMap(hits -> text(found(hits)))
                : text(fault(
                        NO_SUCH_METHOD,
                        "of XML-RPC there is search alone; for all else there are simple/ and pypi/<project>/json"));
    }

    private static String found(List<ProjectSearch.Hit> hits) {
        try {
            return written(hits);
        } catch (XMLStreamException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
    }

    private static String written(List<ProjectSearch.Hit> hits) throws XMLStreamException {
        StringWriter text = new StringWriter();
        XMLStreamWriter xml = begin(text);
        xml.writeStartElement("params");
        xml.writeStartElement("param");
        xml.writeStartElement("value");
        xml.writeStartElement("array");
        xml.writeStartElement("data");
        for (ProjectSearch.Hit hit : hits) {
            xml.writeStartElement("value");
            xml.writeStartElement("struct");
            member(xml, "name", hit.name());
            member(xml, "version", hit.version());
            member(xml, "summary", hit.summary());
            xml.writeEndElement();
            xml.writeEndElement();
        }
        xml.writeEndDocument();
        return text.toString();
    }

    private static XMLStreamWriter begin(StringWriter text) throws XMLStreamException {
        XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
        xml.writeStartDocument("UTF-8", "1.0");
        xml.writeStartElement("methodResponse");
        return xml;
    }

    private static void member(XMLStreamWriter xml, String name, String text) throws XMLStreamException {
        xml.writeStartElement("member");
        xml.writeStartElement("name");
        xml.writeCharacters(name);
        xml.writeEndElement();
        xml.writeStartElement("value");
        xml.writeStartElement("string");
        xml.writeCharacters(PlainText.cleaned(text, TEXT_CHARS_MAX));
        xml.writeEndElement();
        xml.writeEndElement();
        xml.writeEndElement();
    }

    private static String fault(int code, String why) {
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><methodResponse><fault><value><struct>"
                + "<member><name>faultCode</name><value><int>" + code + "</int></value></member>"
                + "<member><name>faultString</name><value><string>" + why.replace("<", "&lt;")
                + "</string></value></member></struct></value></fault></methodResponse>";
    }
}
