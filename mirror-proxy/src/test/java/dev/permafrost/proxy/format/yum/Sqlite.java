package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Reads SQLite files, as whoever asks them does. */
public final class Sqlite {
    private Sqlite() {}

    /** The file that we make of a list, in UTF-8. */
    static Path written(DatabaseKind kind, byte[] list, String checksum, Path file) throws IOException {
        try (InputStream in = new ByteArrayInputStream(list)) {
            PackageRows.write(kind, in, "the list", checksum, file);
        }
        return file;
    }

    /** What a query answers, each row with bars between its values, {@code null} and the type of what is no text in front included. */
    public static List<String> rows(Path file, String query) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    Object value = rows.getObject(i);
                    row.add(value instanceof Number number ? "#" + number.longValue() : String.valueOf(value));
                }
                all.add(String.join("|", row));
            }
            return all;
        }
    }
}
