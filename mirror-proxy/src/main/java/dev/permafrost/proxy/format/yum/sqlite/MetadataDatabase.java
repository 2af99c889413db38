package dev.permafrost.proxy.format.yum.sqlite;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * One SQLite file being written, row by row, in one transaction without a journal: what does not come to its end is thrown away. What it
 * takes of memory does not grow with the file, but for the sorting of an index. Everything blocks, and throws a {@link StoreException}
 * where the disk refuses, or SQLite can't be used on this machine.
 */
public final class MetadataDatabase implements AutoCloseable {
    /** So much of the file is kept in memory, outside of the heap. */
    private static final int CACHE_KIB = 8 << 10;

    private final DatabaseKind kind;
    private final Path file;
    private final Connection connection;
    private final Map<String, PreparedStatement> inserts = new HashMap<>();
    private long packages;

    private MetadataDatabase(DatabaseKind kind, Path file, Connection connection) {
        this.kind = kind;
        this.file = file;
        this.connection = connection;
    }

    /**
     * Begins one.
     *
     * @param file empty
     */
    public static MetadataDatabase create(DatabaseKind kind, Path file) {
        if (file.toString().indexOf('?') >= 0) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "SQLite's driver takes what follows the question mark in " + file
                            + " for options; have it in a folder without one");
        }
        MetadataDatabase database = new MetadataDatabase(kind, file, connected(file));
        try {
            database.begin();
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
        return database;
    }

    private static Connection connected(Path file) {
        try {
            SQLiteConfig config = new SQLiteConfig();
            config.setJournalMode(SQLiteConfig.JournalMode.OFF);
            config.setSynchronous(SQLiteConfig.SynchronousMode.OFF);
            config.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE);
            // the system's folder for temporary files may not be writable
            config.setTempStore(SQLiteConfig.TempStore.MEMORY);
            config.setCacheSize(-CACHE_KIB);
            return config.createConnection("jdbc:sqlite:" + file);
        } catch (SQLException | RuntimeException | LinkageError e) {
            throw new StoreException(
                    FailureKind.INTERNAL,
                    "SQLite can't be used here: " + e.getMessage() + "; its library is looked for in "
                            + System.getProperty("java.library.path"),
                    e);
        }
    }

    private void begin() {
        try {
            connection.setAutoCommit(false);
            run(kind.beginning());
            for (Table table : kind.tables()) {
                inserts.put(table.name(), connection.prepareStatement(table.inserted()));
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private void run(Iterable<String> statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.executeUpdate(sql);
            }
        }
    }

    /** Goes on to the next package; the number by which its rows name it. */
    public long nextPackage() {
        return ++packages;
    }

    /**
     * Adds a row.
     *
     * @param values one for each of the table's columns: a text, a number, or null
     */
    public void insert(String table, @Nullable Object... values) {
        PreparedStatement insert = inserts.get(table);
        if (insert == null) {
            throw new IllegalArgumentException("no table " + table + " in " + kind);
        }
        try {
            for (int i = 0; i < values.length; i++) {
                Object value = values[i];
                if (value instanceof Number number) {
                    insert.setLong(i + 1, number.longValue());
                } else if (value == null) {
                    insert.setNull(i + 1, Types.NULL);
                } else {
                    insert.setString(i + 1, value.toString());
                }
            }
            insert.executeUpdate();
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /**
     * Brings it to its end.
     *
     * @param checksum that of the XML which says the same, as {@code repomd.xml} has it, in hexadecimal digits
     */
    public void finish(String checksum) {
        try (PreparedStatement info = connection.prepareStatement("INSERT INTO db_info VALUES (?, ?)")) {
            run(kind.ending());
            info.setInt(1, DatabaseKind.VERSION);
            info.setString(2, checksum);
            info.executeUpdate();
            connection.commit();
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** Closes the file; one that was not brought to its end is good for nothing. */
    @Override
    public void close() {
        try (connection) {
            for (PreparedStatement insert : inserts.values()) {
                insert.close();
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private StoreException failed(SQLException e) {
        boolean isFull = e instanceof SQLiteException sqlite && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL;
        return new StoreException(
                isFull ? FailureKind.DISK_FULL : FailureKind.DISK_FAILED,
                "writing the SQLite file " + file + ": " + e.getMessage(),
                e);
    }
}
