package dev.permafrost.proxy.format.yum.sqlite;

import java.util.List;

/**
 * A table.
 *
 * @param columns as SQL declares them, each beginning with its name
 */
record Table(String name, List<String> columns) {
    /** What a package may say of others; here since an enum's constants are made before its other constants. */
    static final List<String> RELATIONS = List.of(
            "requires", "provides", "conflicts", "obsoletes", "suggests", "enhances", "recommends", "supplements");

    static Table of(String name, String... columns) {
        return new Table(name, List.of(columns));
    }

    String created() {
        return "CREATE TABLE " + name + " (" + String.join(", ", columns) + ")";
    }

    /** The statement that adds a row, a value for each column. */
    String inserted() {
        return "INSERT INTO " + name + " VALUES (" + "?, ".repeat(columns.size() - 1) + "?)";
    }
}
