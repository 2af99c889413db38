package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.pgp.OwnKey;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Files of a twin that is being made are named by nothing yet; they stay until they are named, or nobody makes it any more. */
final class TwinsInTheMakingAreKeptTest extends YumThreeBesideOthers {
    private GenerationDocs docs() {
        return new GenerationDocs("yum", mirror.store());
    }

    private Generation newest(GenerationDocs docs) {
        return docs.kept(mirror.store().view(), "").orElseThrow().newest();
    }

    private Generation made(GenerationDocs docs) throws IOException {
        return new TwinWriter(new RecordWriter(mirror.store(), docs))
                .made("", newest(docs), OwnKey.of(ownKey()))
                .twin();
    }

    @Test
    void neitherWhatTidiesNorANewGenerationTakesThem() throws Exception {
        held(tree());
        GenerationDocs docs = docs();
        docs.beginTwin("");
        Generation twin = made(docs);
        docs.tidy("", List.of());
        assertThat(isHeld(twin)).isTrue();
        docs.become("", newest(docs), Map.of());
        assertThat(isHeld(twin)).isTrue();
        docs.endTwin("");
        docs.tidy("", List.of());
        assertThat(isHeld(twin)).isFalse();
        assertThat(isHeld(newest(docs))).isTrue();
    }

    @Test
    void onePutIsKeptAndOneOfWhichAFileIsGoneIsNotPut() throws Exception {
        held(tree());
        GenerationDocs docs = docs();
        Generation twin = made(docs);
        docs.tidy("", List.of());
        assertThat(docs.putTwin("", twin)).isFalse();
        assertThat(twins()).isEmpty();
        twin = made(docs);
        assertThat(docs.putTwin("", twin)).isTrue();
        docs.tidy("", List.of());
        assertThat(isHeld(twin)).isTrue();
        assertThat(twins()).hasSize(1);
    }

    @Test
    void oneWhoseGenerationIsGoneIsNotPut() throws Exception {
        held(tree());
        GenerationDocs docs = docs();
        Generation twin = made(docs);
        docs.drop("");
        assertThat(docs.putTwin("", twin)).isFalse();
        assertThat(twins()).isEmpty();
    }

    @Test
    void whatIsDroppedTakesItsTwinsWithIt() throws Exception {
        held(tree());
        GenerationDocs docs = docs();
        Generation twin = made(docs);
        assertThat(docs.putTwin("", twin)).isTrue();
        docs.drop("");
        assertThat(twins()).isEmpty();
        assertThat(isHeld(twin)).isFalse();
    }
}
