/**
 * What the tests stand on: a scripted upstream, a raw client, an index with installable wheels, and the real programs
 * (nginx, pip). Plain JDK sockets throughout, so that no fault of the product's own libraries can hide in its oracles.
 */
@NullMarked
package dev.permafrost.proxy.testing;

import org.jspecify.annotations.NullMarked;
