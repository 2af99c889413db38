package dev.permafrost.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class RecordsAreCountedByTheirHeadersTest {
    private static final int APPLICATION_DATA = 23;
    private static final int TLS_1_2 = 0x0303;

    private final RecordTally tally = new RecordTally(20_000, 0);

    @Test
    void anAnswerIsWholeWithItsLastByteHoweverItComes() throws Exception {
        byte[] answer = records(16_384, 3_616).array();
        for (int piece : new int[] {1, 4, 5, 6, 1000, 16_406, 16_407, answer.length}) {
            tally.expect();
            assertThat(tally.isExpecting()).isTrue();
            for (int at = 0; at < answer.length; at += piece) {
                int end = Math.min(answer.length, at + piece);
                assertThat(tally.take(ByteBuffer.wrap(answer, at, end - at)))
                        .as("pieces of %d, at %d", piece, end)
                        .isEqualTo(end == answer.length);
            }
            assertThat(tally.isExpecting()).isFalse();
        }
    }

    @Test
    void anAnswerCutShortIsNotWhole() throws Exception {
        tally.expect();
        assertThat(tally.take(records(16_384, 3_615))).isFalse();
        assertThat(tally.progress()).isEqualTo("19999 of 20000 bytes of plaintext begun, 0 of the record missing");
    }

    @Test
    void aByteTooManyIsRefused() {
        tally.expect();
        assertThatThrownBy(() -> tally.take(records(16_384, 3_617)))
                .isInstanceOf(IOException.class)
                .hasMessage("20001 bytes of plaintext in place of the first answer's 20000");
    }

    @Test
    void aTicketAmidAnAnswerIsRefused() {
        tally.expect();
        assertThatThrownBy(() -> tally.take(records(16_384, 200, 3_616)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("20200 bytes of plaintext");
    }

    @Test
    void aRecordBehindAnAnswerIsRefused() {
        tally.expect();
        assertThatThrownBy(() -> tally.take(records(16_384, 3_616, 5)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nothing was asked for");
    }

    @Test
    void aRecordThatNobodyAskedForIsRefused() throws Exception {
        assertThatThrownBy(() -> tally.take(records(2))).hasMessageContaining("nothing was asked for");
        tally.expect();
        assertThat(tally.take(records(16_384, 3_616))).isTrue();
        assertThatThrownBy(() -> tally.take(records(2))).hasMessageContaining("nothing was asked for");
    }

    @Test
    void recordsOfAnotherKindAreRefused() {
        for (int type : new int[] {20, 21, 22, 24}) {
            RecordTally fresh = new RecordTally(20_000, 0);
            fresh.expect();
            assertThatThrownBy(() -> fresh.take(record(type, TLS_1_2, 100)))
                    .isInstanceOf(IOException.class)
                    .hasMessage("a record of type " + type + " and version 0x0303");
        }
        tally.expect();
        assertThatThrownBy(() -> tally.take(record(APPLICATION_DATA, 0x0301, 100)))
                .hasMessage("a record of type 23 and version 0x0301");
    }

    @Test
    void lengthsThatNoRecordHasAreRefused() {
        for (int length : new int[] {0, 17, 16_384 + 257, 0xffff}) {
            RecordTally fresh = new RecordTally(1_000_000, 0);
            fresh.expect();
            assertThatThrownBy(() -> fresh.take(record(APPLICATION_DATA, TLS_1_2, length)))
                    .isInstanceOf(IOException.class)
                    .hasMessage("a record of " + length + " bytes");
        }
    }

    @Test
    void anAgeMayGrowByADigitAtATime() throws Exception {
        RecordTally growing = new RecordTally(1000, 2);
        for (int plaintext : new int[] {1000, 1001, 1001, 1002, 1002}) {
            growing.expect();
            assertThat(growing.take(records(plaintext))).isTrue();
        }
        growing.expect();
        assertThatThrownBy(() -> growing.take(records(1003))).hasMessageContaining("in place of");
        RecordTally leaping = new RecordTally(1000, 2);
        leaping.expect();
        assertThatThrownBy(() -> leaping.take(records(1002))).hasMessageContaining("in place of");
    }

    /** Records that have so much plaintext each. */
    private static ByteBuffer records(int... plaintexts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int plaintext : plaintexts) {
            out.writeBytes(record(APPLICATION_DATA, TLS_1_2, plaintext + 17).array());
        }
        return ByteBuffer.wrap(out.toByteArray());
    }

    /** A record with a header of that kind. */
    private static ByteBuffer record(int type, int version, int length) {
        return ByteBuffer.allocate(5 + length)
                .put((byte) type)
                .putShort((short) version)
                .putShort((short) length)
                .rewind();
    }
}
