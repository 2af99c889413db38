package dev.permafrost.proxy.testing;

import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingOperationError;

/**
 * BlockHound for the whole test JVM. Beside what it knows by itself, opening and looking up files and every read of RocksDB
 * count as blocking.
 */
public final class LoopsDoNotBlock {
    private static final int FRAMES_MAX = 14;
    private static final List<String> VIOLATIONS = new CopyOnWriteArrayList<>();

    private LoopsDoNotBlock() {}

    /** What was done on an event loop that blocks, since it was last asked for. */
    public static List<String> takeViolations() {
        List<String> taken = new ArrayList<>(VIOLATIONS);
        VIOLATIONS.clear();
        return taken;
    }

    static void watch() {
        BlockHound.Builder builder = BlockHound.builder().loadIntegrations();
        mark(builder, "org.rocksdb.RocksDB", "get", "newIterator", "write", "open", "multiGetAsList");
        mark(builder, "org.rocksdb.AbstractRocksIterator", "seek", "seekForPrev", "next", "seekToFirst");
        mark(builder, "sun.nio.ch.FileChannelImpl", "open", "force");
        mark(
                builder,
                Files.class.getName(),
                "newByteChannel",
                "newInputStream",
                "newOutputStream",
                "size",
                "exists",
                "isRegularFile",
                "createDirectories",
                "move",
                "delete",
                "deleteIfExists",
                "list",
                "walk");
        // a queue's lock is held for a few instructions, whoever holds it
        builder.allowBlockingCallsInside("java.util.concurrent.ThreadPoolExecutor", "execute");
        builder.allowBlockingCallsInside("java.util.concurrent.LinkedBlockingQueue", "offer");
        // the same, towards a queue that drops lines when it is full
        builder.allowBlockingCallsInside("ch.qos.logback.classic.Logger", "callAppenders");
        // Netty's own list of such places knows only some of its allocator's
        builder.allowBlockingCallsInside(
                "io.netty.buffer.AdaptivePoolingAllocator$MagazineGroup", "tryExpandMagazines");
        // Caffeine waits so for whoever is just removing the same entry, for some instructions
        builder.allowBlockingCallsInside("com.github.benmanes.caffeine.cache.BoundedLocalCache", "put");
        // classes are loaded by whoever needs them first
        builder.allowBlockingCallsInside("jdk.internal.loader.BuiltinClassLoader", "loadClassOrNull");
        builder.allowBlockingCallsInside("java.lang.invoke.MethodHandleNatives", "linkCallSite");
        builder.blockingMethodCallback(method -> {
            Error error = new BlockingOperationError(method);
            VIOLATIONS.add("on " + Thread.currentThread().getName() + ": " + error + "\n" + top(error));
            throw error;
        });
        builder.install();
    }

    private static String top(Error error) {
        return String.join(
                "\n",
                Arrays.stream(error.getStackTrace())
                        .limit(FRAMES_MAX)
                        .map(frame -> "    at " + frame)
                        .toList());
    }

    private static void mark(BlockHound.Builder builder, String className, String... names) {
        Set<String> wanted = new HashSet<>(List.of(names));
        try {
            Class<?> type = Class.forName(className, false, ClassLoader.getSystemClassLoader());
            for (Method method : type.getDeclaredMethods()) {
                if (wanted.contains(method.getName())) {
                    String signature = MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                            .toMethodDescriptorString();
                    builder.markAsBlocking(type, method.getName(), signature);
                }
            }
        } catch (ClassNotFoundException e) {
            throw new LinkageError("nothing to watch", e);
        }
    }
}
