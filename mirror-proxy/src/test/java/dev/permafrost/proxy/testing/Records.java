package dev.permafrost.proxy.testing;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Records with one component changed, so that a test names only what it is about. */
public final class Records {
    private Records() {}

    /**
     * A copy with another value.
     *
     * @throws IllegalArgumentException if there is no such component
     */
    public static <R extends Record> R with(R record, String component, @Nullable Object value) {
        try {
            RecordComponent[] components = record.getClass().getRecordComponents();
            @Nullable Object[] values = new Object[components.length];
            boolean found = false;
            for (int i = 0; i < values.length; i++) {
                boolean isIt = components[i].getName().equals(component);
                found |= isIt;
                values[i] = isIt ? value : components[i].getAccessor().invoke(record);
            }
            if (!found) {
                throw new IllegalArgumentException(record.getClass() + " has no " + component);
            }
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            @SuppressWarnings("unchecked") // It is the record's own constructor.
            R copy = (R) record.getClass().getDeclaredConstructor(types).newInstance(values);
            return copy;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a public record can be copied", e);
        }
    }
}
