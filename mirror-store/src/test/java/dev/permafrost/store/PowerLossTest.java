package dev.permafrost.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.index.MemoryIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whenever the power fails, the store that is found afterwards is whole and holds what was acknowledged. */
class PowerLossTest {
    private static final int DRAWN = 1;

    @TempDir
    Path dir;

    private static List<String> cutEverywhere(PowerLoss loss, int stopAt) throws IOException {
        return loss.cutEverywhere(DRAWN, Seeds.next("power loss"), stopAt, path -> new MemoryIndex());
    }

    @Test
    void afterAnyStepTheStoreIsWholeAndHasWhatWasAcknowledged() throws IOException {
        PowerLoss loss = new PowerLoss(dir);
        loss.run(loss.log().ops(), false);
        assertThat(cutEverywhere(loss, 5)).isEmpty();
    }

    @Test
    void afterAnyStepOfARebuildTheNextStartRebuildsAgain() throws IOException {
        PowerLoss first = new PowerLoss(dir);
        first.run(first.log().ops(), false);
        FaultsTest.deleteTree(first.root().resolve("index"));
        PowerLoss second = new PowerLoss(dir);
        first.log().events().stream()
                .filter(event -> event instanceof DiskLog.Held
                        || event instanceof DiskLog.Gone
                        || event instanceof DiskLog.Frozen)
                .forEach(second.log()::log);
        second.reopen();
        assertThat(cutEverywhere(second, 5)).isEmpty();
    }

    @Test
    void aForgottenSyncOfAFileIsFound() throws IOException {
        PowerLoss loss = new PowerLoss(dir);
        loss.run(new ForgetfulFileOps(loss.log().ops(), true, false), false);
        assertThat(cutEverywhere(loss, 1)).isNotEmpty();
    }

    @Test
    void aForgottenSyncOfAFolderIsFound() throws IOException {
        PowerLoss loss = new PowerLoss(dir);
        loss.run(new ForgetfulFileOps(loss.log().ops(), false, true), false);
        assertThat(cutEverywhere(loss, 1)).isNotEmpty();
    }

    @Test
    void aForgottenSyncOfTheIndexIsFound() throws IOException {
        PowerLoss loss = new PowerLoss(dir);
        loss.run(loss.log().ops(), true);
        assertThat(cutEverywhere(loss, 1)).isNotEmpty();
    }
}
