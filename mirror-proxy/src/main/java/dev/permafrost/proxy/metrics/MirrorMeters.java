package dev.permafrost.proxy.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All meters of one server. Whatever counts does so in plain cells of its own, which are read when somebody asks for the text;
 * nothing of Micrometer is on the way of a request.
 */
public final class MirrorMeters implements AutoCloseable {
    private static final int TEXT_BYTES_TYPICAL = 64 << 10;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final ExpositionFormats formats = ExpositionFormats.init();
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final Map<Meter, Family> histograms = new EnumMap<>(Meter.class);
    private final List<Runnable> beforeScrapes = new CopyOnWriteArrayList<>();
    /** Micrometer holds what it counts by weak references alone. */
    private final List<DoubleSupplier> kept = new ArrayList<>();

    private final List<Sparse> sparse = new ArrayList<>();
    private final Queue<Runnable> atNextScrape = new ConcurrentLinkedQueue<>();

    /** A counter that is in no scrape until there was something to count. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Sparse(Meter meter, DoubleSupplier value, String[] tagValues) {}

    /** Meters that measure the JVM and the process, and nothing else yet. */
    public MirrorMeters() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        gc.bindTo(registry);
        gauge(Meter.PROCESS_RSS_BYTES, ProcessFigures::residentBytes);
        gauge(Meter.PROCESS_FDS, ProcessFigures::openDescriptors);
        gauge(Meter.PROCESS_FDS_MAX, ProcessFigures::maxDescriptors);
        gauge(Meter.PROCESS_START, ProcessFigures::startSeconds);
        counter(Meter.PROCESS_CPU, ProcessFigures::cpuSeconds);
    }

    /**
     * A text for whoever asked.
     *
     * @param contentType its media type
     * @param bytes it
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    public record Scrape(String contentType, byte[] bytes) {}

    /** Exposes a counter; tag values in the catalogue's order. */
    public synchronized void counter(Meter meter, DoubleSupplier value, String... tagValues) {
        kept.add(value);
        FunctionCounter.builder(meter.path(), value, DoubleSupplier::getAsDouble)
                .baseUnit(meter.unit().isEmpty() ? null : meter.unit())
                .description(meter.doc())
                .tags(tags(meter, Meter.Type.COUNTER, tagValues))
                .register(registry);
    }

    /** Exposes a counter as soon as it is not 0, where there are many that never will. */
    public synchronized void sparse(Meter meter, DoubleSupplier value, String... tagValues) {
        sparse.add(new Sparse(meter, value, tagValues));
    }

    /** Exposes a gauge; tag values in the catalogue's order. It may block. */
    public synchronized void gauge(Meter meter, DoubleSupplier value, String... tagValues) {
        Gauge.builder(meter.path(), value::getAsDouble)
                .baseUnit(meter.unit().isEmpty() ? null : meter.unit())
                .description(meter.doc())
                .tags(tags(meter, Meter.Type.GAUGE, tagValues))
                .register(registry);
    }

    /** Has something done before each scrape, one scrape at a time. It may block. */
    public void beforeScrape(Runnable task) {
        beforeScrapes.add(task);
    }

    /** Has something exposed with the next scrape, for those who may not wait for the one that may be under way. */
    void atNextScrape(Runnable exposing) {
        atNextScrape.add(exposing);
    }

    /**
     * The meters of the front end.
     *
     * @param kinds names of what can be asked for, by ordinal
     * @param outcomes names of how the cache can be of help, by ordinal
     * @param origins names of where bytes can come from, by ordinal
     */
    public HttpMeters http(List<String> kinds, List<String> outcomes, List<String> origins) {
        return new HttpMeters(this, kinds, outcomes, origins);
    }

    /** The meters of the clients of all upstreams; one for a server. */
    public UpstreamMeters upstream() {
        return new UpstreamMeters(this);
    }

    /** A constant as the value of a tag: in lower case, {@code upstream_timeout}. */
    public static String tag(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** Makes and exposes a histogram. */
    Histogram histogram(Meter meter, double[] bounds, String... tagValues) {
        Histogram made = new Histogram(bounds);
        expose(meter, made, tagValues);
        return made;
    }

    /** Exposes a histogram, which is in no scrape while it is empty. */
    synchronized void expose(Meter meter, Histogram made, String... tagValues) {
        List<Tag> tags = tags(meter, Meter.Type.HISTOGRAM, tagValues);
        Family family = histograms.get(meter);
        if (family == null) {
            family = new Family(meter);
            histograms.put(meter, family);
            registry.getPrometheusRegistry().register(family);
        }
        String[] names = tags.stream().map(Tag::getKey).toArray(String[]::new);
        family.members.add(new Member(Labels.of(names, tagValues), made));
    }

    /** Exposes each cell of a repository's counts once something was counted in it. */
    void requests(RequestMeters requests, List<String> kinds, List<String> outcomes) {
        boolean[] exposed = new boolean[requests.size()];
        beforeScrape(() -> {
            for (int i = 0; i < exposed.length; i++) {
                var cell = requests.cell(i);
                if (cell != null && !exposed[i]) {
                    exposed[i] = true;
                    counter(
                            Meter.REQUESTS,
                            cell::sum,
                            requests.repository(),
                            kinds.get(requests.kindOf(i)),
                            StatusClass.name(requests.statusClassOf(i)),
                            outcomes.get(requests.outcomeOf(i)));
                }
            }
        });
    }

    /** Whether whoever sent that Accept field, null for none, wants OpenMetrics. */
    public boolean wantsOpenMetrics(@Nullable String accept) {
        return accept != null && formats.getOpenMetricsTextFormatWriter().accepts(accept);
    }

    /**
     * All of it as text. Blocks: never on an event loop.
     *
     * @param accept the Accept field of whoever asks, null without one; OpenMetrics for those who want it, else Prometheus's own
     */
    public synchronized Scrape scrape(@Nullable String accept) {
        for (Runnable next = atNextScrape.poll(); next != null; next = atNextScrape.poll()) {
            next.run();
        }
        beforeScrapes.forEach(Runnable::run);
        Iterator<Sparse> waiting = sparse.iterator();
        while (waiting.hasNext()) {
            Sparse next = waiting.next();
            if (next.value.getAsDouble() > 0) {
                waiting.remove();
                counter(next.meter, next.value, next.tagValues);
            }
        }
        ExpositionFormatWriter writer = wantsOpenMetrics(accept)
                ? formats.getOpenMetricsTextFormatWriter()
                : formats.getPrometheusTextFormatWriter();
        ByteArrayOutputStream text = new ByteArrayOutputStream(TEXT_BYTES_TYPICAL);
        try {
            writer.write(text, registry.getPrometheusRegistry().scrape());
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return new Scrape(writer.getContentType(), text.toByteArray());
    }

    /** Measures no more. */
    @Override
    public void close() {
        gc.close();
        registry.close();
    }

    private static List<Tag> tags(Meter meter, Meter.Type type, String... values) {
        if (meter.type() != type || values.length != meter.tags().size()) {
            throw new IllegalArgumentException(meter + " is a " + meter.type() + " with tags " + meter.tags()
                    + ", not a " + type + " with " + values.length + " values");
        }
        List<Tag> tags = new ArrayList<>(values.length);
        for (int i = 0; i < values.length; i++) {
            tags.add(Tag.of(meter.tags().get(i), values[i]));
        }
        return tags;
    }

    /** A histogram and its tags. */
    private record Member(Labels labels, Histogram histogram) {}

    /** All histograms of one name, as Prometheus reads them. */
    private static final class Family implements Collector {
        private final Meter meter;
        private final List<Member> members = new CopyOnWriteArrayList<>();

        Family(Meter meter) {
            this.meter = meter;
        }

        @Override
        public MetricSnapshot collect() {
            HistogramSnapshot.Builder all =
                    HistogramSnapshot.builder().name(meter.exposedName()).help(meter.doc());
            for (Member member : members) {
                HistogramDataPointSnapshot point = HistogramDataPointSnapshot.builder()
                        .labels(member.labels)
                        .classicHistogramBuckets(
                                ClassicHistogramBuckets.of(member.histogram.bounds(), member.histogram.counts()))
                        .sum(member.histogram.sumSeconds())
                        .build();
                if (point.getCount() > 0) {
                    all.dataPoint(point);
                }
            }
            return all.build();
        }
    }
}
