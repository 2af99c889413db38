package dev.permafrost.proxy.format.pypi;

import com.github.luben.zstd.ZstdOutputStream;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Coding;
import dev.permafrost.proxy.repo.FileHead;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.blob.StagedBlob;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A list of all projects in all its forms, rendered and compressed once: into files that have no name, from which it is sent like a
 * package, or, where it is short, in memory. PyPI's is 40 MB long.
 */
final class RenderedList {
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int ZSTD_LEVEL = 6;

    private final Map<IndexFormat, Map<Coding, OpenBlob>> files = new EnumMap<>(IndexFormat.class);
    private final Map<PageForm, RenderedPage> pages = new HashMap<>();

    private final long lastSerial;

    private RenderedList(long lastSerial) {
        this.lastSerial = lastSerial;
    }

    /**
     * Renders a list that may be long. Blocks.
     *
     * @param docs where there is room for files
     * @param lastSerial its serial number, -1 if not told
     * @throws StoreException if the disk refuses
     */
    static RenderedList inFiles(ProjectDocs docs, Iterable<Listed> projects, long lastSerial) {
        RenderedList list = new RenderedList(lastSerial);
        try {
            for (IndexFormat format : IndexFormat.values()) {
                list.files.put(format, files(docs, projects, lastSerial, format));
            }
            return list;
        } catch (IOException e) {
            list.release();
            throw new StoreException(FailureKind.DISK_FAILED, "rendering the list of projects: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            list.release();
            throw e;
        }
    }

    /** Renders a short list. Takes time. */
    static RenderedList inMemory(Iterable<Listed> projects, long lastSerial) {
        RenderedList list = new RenderedList(lastSerial);
        for (IndexMediaType type : IndexMediaType.values()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                PageRenderer.root(type.format(), projects, lastSerial, out);
            } catch (IOException e) {
                throw new IllegalStateException("writing to memory does not fail", e);
            }
            byte[] plain = out.toByteArray();
            for (Coding coding : Coding.values()) {
                list.pages.put(
                        new PageForm(type, coding),
                        PageVariants.of(plain, coding, type.contentType(), PageVariants.VARY, lastSerial));
            }
        }
        return list;
    }

    /** Whether it is in files. */
    boolean isLong() {
        return pages.isEmpty();
    }

    private static Map<Coding, OpenBlob> files(
            ProjectDocs docs, Iterable<Listed> projects, long lastSerial, IndexFormat format) throws IOException {
        Map<Coding, StagedBlob> staged = new EnumMap<>(Coding.class);
        try {
            MessageDigest sha256 = PageVariants.sha256();
            try (OutputStream out = into(docs, staged, Coding.IDENTITY);
                    OutputStream gzip = new GZIPOutputStream(into(docs, staged, Coding.GZIP), BUFFER_BYTES);
                    OutputStream zstd = zstd(docs, staged)) {
                PageRenderer.root(format, projects, lastSerial, new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        write(new byte[] {(byte) b}, 0, 1);
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        sha256.update(bytes, offset, length);
                        out.write(bytes, offset, length);
                        gzip.write(bytes, offset, length);
                        zstd.write(bytes, offset, length);
                    }
                });
            }
            Digest digest = Digest.of(Algorithm.SHA256, sha256.digest());
            Map<Coding, OpenBlob> files = new EnumMap<>(Coding.class);
            try {
                for (Map.Entry<Coding, StagedBlob> one : staged.entrySet()) {
                    FileChannel channel = one.getValue().inspect();
                    files.put(
                            one.getKey(),
                            new OpenBlob(digest, channel, one.getValue().writtenBytes()));
                }
            } catch (RuntimeException e) {
                files.values().forEach(OpenBlob::release);
                throw e;
            }
            return files;
        } finally {
            staged.values().forEach(StagedBlob::discard);
        }
    }

    private static OutputStream zstd(ProjectDocs docs, Map<Coding, StagedBlob> staged) throws IOException {
        try {
            return new ZstdOutputStream(into(docs, staged, Coding.ZSTD), ZSTD_LEVEL);
        } catch (LinkageError e) {
            // where the native library does not load
            StagedBlob begun = staged.remove(Coding.ZSTD);
            if (begun != null) {
                begun.discard();
            }
            return OutputStream.nullOutputStream();
        }
    }

    private static OutputStream into(ProjectDocs docs, Map<Coding, StagedBlob> staged, Coding coding) {
        StagedBlob file = docs.scratch();
        staged.put(coding, file);
        return new BufferedOutputStream(
                new OutputStream() {
                    @Override
                    public void write(int b) {
                        write(new byte[] {(byte) b}, 0, 1);
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) {
                        file.write(ByteBuffer.wrap(bytes, offset, length));
                    }
                },
                BUFFER_BYTES);
    }

    /** An answer with it; null where it has just been released. */
    @Nullable Reply reply(PageForm form, String cacheControl, CacheOutcome outcome) {
        RenderedPage page = pages.get(form);
        if (page != null) {
            return new Reply.Page(page, cacheControl, 0, outcome);
        }
        Map<Coding, OpenBlob> made = files.getOrDefault(form.type().format(), Map.of());
        Coding coding = made.containsKey(form.coding()) ? form.coding() : Coding.IDENTITY;
        OpenBlob file = made.get(coding);
        return file != null && file.tryRetain()
                ? new Reply.Held(file, head(file, form.type(), coding, cacheControl, outcome))
                : null;
    }

    private FileHead head(
            OpenBlob file, IndexMediaType type, Coding coding, String cacheControl, CacheOutcome outcome) {
        String form = type.contentType() + " " + coding + " " + file.digest().hex();
        String etag = '"'
                + HexFormat.of()
                        .formatHex(PageVariants.sha256().digest(form.getBytes(StandardCharsets.US_ASCII)), 0, 16)
                + '"';
        return new FileHead(
                type.contentType(), etag, null, cacheControl, outcome, coding.token(), PageVariants.VARY, lastSerial);
    }

    /** Has its files closed, once nobody reads them. Once is enough. */
    void release() {
        files.values().forEach(forms -> forms.values().forEach(OpenBlob::release));
    }
}
