package dev.permafrost.proxy.http;

import java.util.function.UnaryOperator;

/**
 * A short page of the server's own, such as the root that clients must trust.
 *
 * @param contentType its media type
 * @param body its text, from the URL by which the client knows this server, which ends with a slash
 */
public record OwnPage(String contentType, UnaryOperator<String> body) {}
