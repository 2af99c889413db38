package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.StaticTree;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * A Python index as files: {@code simple/<project>/index.html} and {@code index.json} beside it, and what they link to where the links lead.
 */
public final class PypiStatic implements StaticTree {
    private static final String SIMPLE = "simple/";
    private static final String PACKAGES = "packages/";

    private final Sources sources;

    private PypiStatic(Sources sources) {
        this.sources = sources;
    }

    /**
     * Of a repository.
     *
     * @param made those that it is made of; itself alone where it is made of none
     */
    public static PypiStatic of(
            RepositoryConfig repository,
            List<RepositoryConfig> made,
            MirrorStore store,
            Blocking blocking,
            Clock clock) {
        List<ProjectSource> all = new ArrayList<>();
        for (RepositoryConfig one : made) {
            ProjectDocs docs = new ProjectDocs(one.name(), store);
            Admission admission = new Admission(one, docs, false, clock);
            all.add(new ProjectSource(one, FetchConfig.defaults(), docs, null, blocking, clock, admission));
        }
        return new PypiStatic(repository.isMade() ? new Sources(all, repository.sources()) : Sources.alone(all.get(0)));
    }

    @Override
    public List<String> write(View view, Sink sink) {
        TreeSet<ProjectName> names = new TreeSet<>();
        for (ProjectSource source : sources.all()) {
            source.docs()
                    .projects(view, false, source.admission()::names)
                    .projects()
                    .forEach(listed -> names.add(listed.name()));
        }
        List<String> told = new ArrayList<>();
        List<Listed> written = new ArrayList<>();
        for (ProjectName project : names) {
            Offer offer = sources.stored(view, project);
            if (offer != null && !offer.header().quarantined() && project(project, offer, sink, told)) {
                written.add(new Listed(project, -1));
            }
        }
        for (IndexFormat format : IndexFormat.values()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                PageRenderer.root(format, written, -1, out);
            } catch (IOException e) {
                throw new IllegalStateException("writing to memory does not fail", e);
            }
            sink.page(SIMPLE + name(format), out.toByteArray());
        }
        return told;
    }

    /** Writes a project; whether there was something to write. */
    private static boolean project(ProjectName project, Offer offer, Sink sink, List<String> told) {
        List<FileRecord> files = new ArrayList<>();
        for (FileRecord file : offer.files()) {
            HeldFile ours = offer.held().of(file);
            String path = PACKAGES + file.path(project);
            if (ours == null) {
                continue;
            }
            if (!sink.file(path, ours.sha256())) {
                told.add(path + " is left out: no file can lie there, or another does");
                continue;
            }
            files.add(file);
            Digest metadata = offer.held().metadata(file);
            if (metadata != null) {
                sink.file(path + Sidecars.SUFFIX, metadata);
            }
            for (String suffix : List.of(Companions.SIGNATURE, Companions.PROVENANCE)) {
                Entry companion = offer.holding(file).beside(file, suffix);
                if (companion != null) {
                    sink.file(path + suffix, companion.digest());
                }
            }
        }
        if (files.isEmpty()) {
            return false;
        }
        PageRenderer renderer = new PageRenderer(offer.held(), true, true);
        for (IndexFormat format : IndexFormat.values()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                renderer.project(format, offer.header(), files, out);
            } catch (IOException e) {
                throw new IllegalStateException("writing to memory does not fail", e);
            }
            sink.page(SIMPLE + project + "/" + name(format), out.toByteArray());
        }
        return true;
    }

    private static String name(IndexFormat format) {
        return format == IndexFormat.HTML ? "index.html" : "index.json";
    }
}
