import type { Migration } from '../../database/migrate.ts'

/**
 * What the first page of a large folder is read from, so that opening it neither counts nor sorts all of it. `folder_size` has the number
 * of children of a folder at an indexed snapshot; `sorted_name` has, for each folder in it, every name that was ever there in the order
 * it is shown, those of folders (rank 0) first. Small folders are in neither. `version_ended` finds what a folder lost. Folders that
 * the newest snapshots have are filled in here: about a second for a million entries in large folders, a tenth of it for others.
 */
export const largeFoldersMigration: Migration = {
  version: 3,
  up(db) {
    db.exec(`
      CREATE TABLE folder_size (
        lineage INTEGER NOT NULL,
        time INTEGER NOT NULL,
        directory INTEGER NOT NULL,
        entries INTEGER NOT NULL,
        PRIMARY KEY (lineage, time, directory)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE sorted_name (
        directory INTEGER NOT NULL,
        rank INTEGER NOT NULL,
        folded TEXT NOT NULL,
        name INTEGER NOT NULL,
        PRIMARY KEY (directory, rank, folded, name)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX version_ended ON version (directory, last) WHERE last < 140737488355327;

      INSERT INTO folder_size SELECT newest.lineage, newest.time, directory, count(*) AS entries
        FROM version JOIN (SELECT lineage, max(time) AS time FROM snapshot WHERE state = 'indexed' GROUP BY lineage) AS newest
          ON newest.lineage = version.lineage AND first <= newest.time AND last >= newest.time
        GROUP BY directory HAVING entries >= 10000;
      INSERT OR IGNORE INTO sorted_name SELECT version.directory, kind <> 0, folded, name.id
        FROM folder_size CROSS JOIN version ON version.directory = folder_size.directory
          CROSS JOIN name ON name.id = version.name;
    `)
  },
}
