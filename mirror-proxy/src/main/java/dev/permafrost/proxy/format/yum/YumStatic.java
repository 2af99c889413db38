package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.proxy.repo.StaticTree;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Repositories of RPMs as files: the packages that their lists name, what lies beside them, and the metadata of one generation each. */
public final class YumStatic implements StaticTree {
    private final String repository;
    private final GenerationDocs docs;

    /** Of a repository. */
    public YumStatic(String repository, MirrorStore store) {
        this.repository = repository;
        this.docs = new GenerationDocs(repository, store);
    }

    @Override
    public List<String> write(View view, Sink sink) {
        List<String> told = new ArrayList<>();
        Map<String, Generation> dirs = new TreeMap<>();
        docs.each(
                view,
                (dir, kept) -> docs.kept(view, dir)
                        .ifPresentOrElse(
                                served -> dirs.put(dir, served.newest()),
                                () -> told.add("/" + dir + " is left out, since nobody can tell what is held of it")));
        files(view, dirs, sink, told);
        dirs.forEach((dir, generation) -> metadata(view, dir, generation, sink, told));
        return told;
    }

    private void files(View view, Map<String, Generation> dirs, Sink sink, List<String> told) {
        view.catalog().entries(repository, "", (key, entry) -> {
            String path = key.key();
            if (!Repodata.isBelow(path)
                    && (!YumFiles.isPackage(path) || isListed(view, dirs, path, entry))
                    && !sink.file(path, entry.digest())) {
                told.add("/" + path + " is left out: no file can lie there, or another does");
            }
        });
    }

    /** Whether the list of the directory that a package is in names these bytes. */
    private boolean isListed(View view, Map<String, Generation> dirs, String path, Entry entry) {
        String dir = dirs.keySet().stream()
                .filter(path::startsWith)
                .max(Comparator.comparingInt(String::length))
                .orElse(null);
        Generation generation = dir == null ? null : dirs.get(dir);
        if (dir == null || generation == null) {
            return false;
        }
        for (DocKey table : docs.tables(dir, generation.header())) {
            PackageTable.Listed listed =
                    PackageTable.find(view, table, path.substring(dir.length())).orElse(null);
            if (listed != null) {
                return HeldFiles.known(view, entry, listed.expectation()) != HeldFiles.Fit.NO;
            }
        }
        return false;
    }

    private void metadata(View view, String dir, Generation generation, Sink sink, List<String> told) {
        Map<String, Entry> records = new LinkedHashMap<>();
        for (Generation.Item record : generation.header().records()) {
            Entry entry = view.lookup(docs.recordKey(dir, record)).orElse(null);
            if (entry == null) {
                told.add("/" + dir + Repodata.FOLDER + " is left out: " + record.href() + " is not held");
                return;
            }
            records.put(record.href(), entry);
        }
        records.forEach((href, entry) -> sink.file(dir + href, entry.digest()));
        page(sink, dir + Repodata.REPOMD + ".key", generation.key());
        page(sink, dir + Repodata.REPOMD + ".asc", generation.signature());
        page(sink, dir + Repodata.REPOMD, generation.repomd());
    }

    private static void page(Sink sink, String path, byte[] content) {
        if (content.length > 0) {
            sink.page(path, content);
        }
    }
}
