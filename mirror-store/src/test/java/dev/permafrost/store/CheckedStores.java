package dev.permafrost.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Checks after each test that the stores it used keep their promises; by then they must be closed. */
public final class CheckedStores implements AfterEachCallback {
    private final List<Path> folders = new ArrayList<>();

    /** None yet. */
    public CheckedStores() {}

    /** Has that folder checked, and gives it back. */
    public Path checked(Path folder) {
        folders.add(folder);
        return folder;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (context.getExecutionException().isEmpty()) {
            folders.forEach(StoreInvariants::check);
        }
        folders.clear();
    }
}
