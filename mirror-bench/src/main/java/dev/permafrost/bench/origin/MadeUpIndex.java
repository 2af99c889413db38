package dev.permafrost.bench.origin;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An index as large as PyPI's, of which nothing is kept but the projects' names and how many files each has: a page is made when it
 * is asked for, in JSON and with all that PyPI's have, the same for the same seed. The oldest file of each project is there to be
 * fetched.
 */
public final class MadeUpIndex implements Holdings {
    /*
     * How many files a project has follows Pareto's law, as PyPI's do: half have a handful, one in a hundred has hundreds. Digests and
     * paths are random, so that no compressor makes less of them than of real ones.
     */
    /** Of the number of files over a uniform variate. */
    private static final double EXPONENT = -0.8;

    private static final int FILES_MAX = 5_000;
    private static final int BISECTIONS = 60;
    private static final int FILE_BYTES = 1_000;
    private static final String JSON = "application/vnd.pypi.simple.v1+json";
    private static final String HOST = "https://files.pythonhosted.org";
    private static final String SIMPLE = "/simple/";
    private static final String[] REQUIRES = {">=3.8", ">=3.9", ">=3.7", ">=3.6", ">=3.10", ">=3.7,<4.0", ">=2.7"};
    private static final String[] TAGS = {
        "py3-none-any",
        "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
        "cp312-cp312-win_amd64",
        "cp312-cp312-macosx_11_0_arm64",
    };
    private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);
    private static final long SERIAL = 30_000_000;
    private static final long GAMMA = 0x9e3779b97f4a7c15L;

    private final List<String> names;
    private final int[] files;
    private final long seed;
    private final AtomicInteger edition = new AtomicInteger();

    private MadeUpIndex(List<String> names, int[] files, long seed) {
        this.names = names;
        this.files = files;
        this.seed = seed;
    }

    /** A project that has a certain number of files. */
    public record Fixed(String name, int files) {}

    /**
     * An index.
     *
     * @param names the projects', normalised (PEP 503)
     * @param fixed further projects
     * @param filesTotal how many files the others have together; at least one for each
     */
    public static MadeUpIndex of(List<String> names, List<Fixed> fixed, long filesTotal, long seed) {
        TreeSet<String> all = new TreeSet<>(names);
        fixed.forEach(one -> all.add(one.name()));
        List<String> sorted = new ArrayList<>(all);
        double[] weights = new double[sorted.size()];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.pow(1 - random.nextDouble(), EXPONENT);
        }
        int[] files = new int[sorted.size()];
        List<Integer> fixedAt = new ArrayList<>();
        for (Fixed one : fixed) {
            fixedAt.add(Collections.binarySearch(sorted, one.name()));
        }
        fixedAt.forEach(i -> weights[i] = 0);
        double low = 0;
        double high = filesTotal;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            if (spread(weights, middle, files) < filesTotal) {
                low = middle;
            } else {
                high = middle;
            }
        }
        spread(weights, high, files);
        for (int i = 0; i < fixed.size(); i++) {
            files[fixedAt.get(i)] = fixed.get(i).files();
        }
        return new MadeUpIndex(sorted, files, seed);
    }

    private static long spread(double[] weights, double scale, int[] files) {
        long sum = 0;
        for (int i = 0; i < weights.length; i++) {
            files[i] = weights[i] == 0 ? 0 : (int) Math.min(FILES_MAX, Math.max(1, Math.floor(weights[i] * scale)));
            sum += files[i];
        }
        return sum;
    }

    /** The projects' names, sorted. */
    public List<String> names() {
        return Collections.unmodifiableList(names);
    }

    /** How many files that project has, by its place among {@link #names}. */
    public int files(int project) {
        return files[project];
    }

    /** How many files there are. */
    public long filesTotal() {
        long sum = 0;
        for (int number : files) {
            sum += number;
        }
        return sum;
    }

    /** Changes the list of projects: from now on it has one more, which has no page. */
    public void change() {
        edition.incrementAndGet();
    }

    /** The file of a project that can be fetched. */
    public Artifact file(int project) {
        String name = names.get(project);
        return Artifact.of(name, version(0), new Content(seed(name) << 8, FILE_BYTES));
    }

    @Override
    public boolean counts() {
        return false;
    }

    @Override
    public @Nullable Artifact at(String path) {
        String filename = path.substring(path.lastIndexOf('/') + 1);
        int dash = filename.indexOf('-');
        int project = dash < 0 ? -1 : place(filename.substring(0, dash).replace('_', '-'));
        Artifact file = project < 0 ? null : file(project);
        return file != null && file.path().equals(path) ? file : null;
    }

    @Override
    public @Nullable Page page(String path, boolean asJson) {
        if (path.equals(SIMPLE)) {
            int now = edition.get();
            return new Page(root(now), JSON, "\"root-" + seed + "-" + now + "\"");
        }
        if (!path.startsWith(SIMPLE) || !path.endsWith("/")) {
            return null;
        }
        int project = place(path.substring(SIMPLE.length(), path.length() - 1));
        return project < 0 ? null : new Page(json(project), JSON, "\"page-" + seed(names.get(project)) + "\"");
    }

    private int place(String name) {
        return Collections.binarySearch(names, name);
    }

    private long seed(String name) {
        long hash = seed;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * GAMMA;
        }
        return hash ^ (hash >>> 32);
    }

    private static String version(int number) {
        return number / 100 + "." + number / 10 % 10 + "." + number % 10;
    }

    private byte[] root(int now) {
        Text json = new Text(names.size() * 40 + 100);
        json.add("{\"meta\":{\"_last-serial\":").add(Long.toString(SERIAL + names.size() + now));
        json.add(",\"api-version\":\"1.4\"},\"projects\":[");
        for (int i = 0; i < names.size(); i++) {
            json.add("{\"_last-serial\":").add(Long.toString(serial(i)));
            json.add(",\"name\":\"").add(names.get(i)).add("\"},");
        }
        json.add("{\"_last-serial\":").add(Long.toString(SERIAL + names.size() + now));
        json.add(",\"name\":\"zz-scale-edition-" + now + "\"}]}");
        return json.toByteArray();
    }

    private long serial(int project) {
        return Math.floorMod(seed(names.get(project)), SERIAL);
    }

    /** As PyPI's are. */
    private byte[] json(int project) {
        String name = names.get(project);
        String prefix = name.replace('-', '_');
        SplittableRandom random = new SplittableRandom(seed(name));
        Text json = new Text(files[project] * 900 + 300);
        json.add("{\"alternate-locations\":[],\"files\":[");
        long second = random.nextLong(1_400_000_000L, 1_780_000_000L);
        String requires = REQUIRES[random.nextInt(REQUIRES.length)];
        // half of the projects release a wheel and a source distribution, the others a wheel alone, or wheels for
        // several systems
        int kinds = random.nextInt(4) + 1;
        Artifact first = file(project);
        int version = 0;
        for (int i = 0; i < files[project]; i++) {
            int kind = i == 0 ? 0 : (i - 1) % kinds + (kinds > 1 ? 1 : 0);
            boolean wheel = i == 0 || kind != 1 || kinds == 1;
            if (i > 0 && (i - 1) % kinds == 0) {
                version++;
                second += random.nextLong(10_000, 10_000_000);
                if (random.nextInt(20) == 0) {
                    requires = REQUIRES[random.nextInt(REQUIRES.length)];
                }
            }
            String filename = i == 0
                    ? first.filename()
                    : wheel
                            ? prefix + "-" + version(version) + "-" + TAGS[kind == 0 ? 0 : kind - 1] + ".whl"
                            : prefix + "-" + version(version) + ".tar.gz";
            file(json, i > 0, filename, wheel, i == 0 ? first : null, requires, second + kind, random);
        }
        json.add("],\"meta\":{\"_last-serial\":").add(Long.toString(serial(project)));
        json.add(",\"api-version\":\"1.4\"},\"name\":\"").add(name);
        json.add("\",\"project-status\":{\"status\":\"active\"},\"versions\":[");
        for (int i = 0; i <= version; i++) {
            json.add(i == 0 ? "\"" : ",\"").add(version(i)).add("\"");
        }
        return json.add("]}").toByteArray();
    }

    private static void file(
            Text json,
            boolean further,
            String filename,
            boolean wheel,
            @Nullable Artifact real,
            String requires,
            long second,
            SplittableRandom random) {
        json.add(further ? ",{" : "{");
        if (wheel) {
            byte[] metadata = hex(random);
            json.add("\"core-metadata\":{\"sha256\":\"").add(metadata).add("\"},");
            json.add("\"data-dist-info-metadata\":{\"sha256\":\"").add(metadata).add("\"},");
        } else {
            json.add("\"core-metadata\":false,\"data-dist-info-metadata\":false,");
        }
        json.add("\"filename\":\"").add(filename).add("\",\"hashes\":{\"sha256\":\"");
        byte[] path = hex(random);
        if (real == null) {
            json.add(hex(random));
        } else {
            json.add(real.sha256());
        }
        json.add("\"},\"provenance\":null,\"requires-python\":\"").add(requires);
        json.add("\",\"size\":").add(real == null ? random.nextInt(2_000, 5_000_000) : real.lengthBytes());
        json.add(",\"upload-time\":\"").time(second, random.nextInt(1_000_000)).add("\",\"url\":\"");
        if (real == null) {
            json.add(HOST)
                    .add("/packages/")
                    .add(path, 0, 2)
                    .add("/")
                    .add(path, 2, 4)
                    .add("/")
                    .add(path, 4, 64);
            json.add("/").add(filename);
        } else {
            // here, not there
            json.add("../..").add(real.path());
        }
        json.add("\",\"yanked\":").add(random.nextInt(50) == 0 ? "\"broken\"}" : "false}");
    }

    private static byte[] hex(SplittableRandom random) {
        byte[] digits = new byte[64];
        for (int i = 0; i < digits.length; i += 16) {
            long bits = random.nextLong();
            for (int j = 0; j < 16; j++) {
                digits[i + j] = HEX[(int) (bits >>> (j * 4)) & 15];
            }
        }
        return digits;
    }

    /** ASCII that grows. */
    private static final class Text extends ByteArrayOutputStream {
        Text(int size) {
            super(size);
        }

        @SuppressWarnings("deprecation") // the one way that copies ASCII as it is
        Text add(String text) {
            int length = text.length();
            if (count + length > buf.length) {
                write(text.getBytes(US_ASCII), 0, length);
            } else {
                text.getBytes(0, length, buf, count);
                count += length;
            }
            return this;
        }

        Text add(byte[] bytes) {
            return add(bytes, 0, bytes.length);
        }

        Text add(byte[] bytes, int from, int to) {
            write(bytes, from, to - from);
            return this;
        }

        Text add(long number) {
            return add(Long.toString(number));
        }

        /** As PyPI writes it, to the microsecond. */
        Text time(long second, int micros) {
            String text = Instant.ofEpochSecond(second).toString();
            String digits = Integer.toString(1_000_000 + micros);
            return add(text.substring(0, text.length() - 1))
                    .add(".")
                    .add(digits.substring(1))
                    .add("Z");
        }
    }
}
