package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.sqlite.MetadataDatabase;

/** What has changed in packages. */
final class OtherRows implements PackageRows {
    private final MetadataDatabase database;

    OtherRows(MetadataDatabase database) {
        this.database = database;
    }

    @Override
    public void add(YumXml element) {
        long key = database.nextPackage();
        element.child();
        database.insert("packages", key, element.attribute("pkgid"));
        for (String child = element.child(); child != null; child = element.child()) {
            if (child.equals("changelog")) {
                String author = element.attribute("author");
                long date = PackageRows.number(element.attribute("date"));
                database.insert("changelog", key, author, date, element.content());
            } else {
                element.skip();
            }
        }
        element.end();
    }
}
