package dev.permafrost.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Stops threads at calls that a test names, before they are made, until it lets them go on. */
final class Halts {
    private static final long SECONDS_MAX = 30;

    private final List<Halt> halts = new ArrayList<>();

    /** A call at which the next thread that makes it waits. */
    static final class Halt {
        private final String method;
        private final Predicate<Object> first;
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);

        private Halt(String method, Predicate<Object> first) {
            this.method = method;
            this.first = first;
        }

        /** Waits until a thread has come here. */
        void await() throws InterruptedException {
            assertThat(reached.await(SECONDS_MAX, TimeUnit.SECONDS)).as(method).isTrue();
        }

        /** Lets it go on. */
        void goOn() {
            open.countDown();
        }
    }

    /** Has the next call of that method whose first argument is like that wait. */
    synchronized Halt at(String method, Predicate<Object> first) {
        Halt halt = new Halt(method, first);
        halts.add(halt);
        return halt;
    }

    /** The same thing, with calls that can be stopped. */
    <T> T in(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            pass(method.getName(), args == null ? "" : args[0]);
            try {
                return method.invoke(real, args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    private void pass(String method, Object first) throws InterruptedException {
        Halt halt;
        synchronized (this) {
            halt = halts.stream()
                    .filter(one -> one.method.equals(method) && one.first.test(first))
                    .findFirst()
                    .orElse(null);
            halts.remove(halt);
        }
        if (halt != null) {
            halt.reached.countDown();
            assertThat(halt.open.await(SECONDS_MAX, TimeUnit.SECONDS))
                    .as(method)
                    .isTrue();
        }
    }
}
