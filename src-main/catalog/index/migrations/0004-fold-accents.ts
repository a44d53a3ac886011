import type { Migration } from '../../database/migrate.ts'
import { foldName } from '../fold-name.ts'

interface NameRow {
  readonly id: number
  readonly bytes: Uint8Array
  readonly folded: string
}

/**
 * Names are searched and sorted without their accents. Only those that have letters beyond ASCII are folded anew: a look at each name,
 * a second for some millions, and a moment for each thousand of the others.
 */
export const foldAccentsMigration: Migration = {
  version: 4,
  up(db) {
    db.exec('CREATE TEMP TABLE refolded (id INTEGER PRIMARY KEY, before TEXT NOT NULL, folded TEXT NOT NULL) STRICT')
    const refold = db.prepare('INSERT INTO temp.refolded VALUES (?, ?, ?)')
    // Whatever is not between a space and a tilde.
    const beyondAscii = db.prepare<[], NameRow>("SELECT id, bytes, folded FROM name WHERE folded GLOB '*[^ -~]*'")
    for (const { id, bytes, folded } of beyondAscii.all()) {
      const now = foldName(bytes)
      if (now !== folded) refold.run(id, folded, now)
    }
    // The search keeps no text, so what is to go has to be said.
    db.exec(`
      INSERT INTO name_search (name_search, rowid, folded) SELECT 'delete', id, before FROM temp.refolded;
      INSERT INTO name_search (rowid, folded) SELECT id, folded FROM temp.refolded;
      UPDATE name SET folded = refolded.folded FROM temp.refolded WHERE refolded.id = name.id;
      UPDATE sorted_name SET folded = refolded.folded FROM temp.refolded WHERE refolded.id = sorted_name.name;
      DROP TABLE temp.refolded;
    `)
  },
}
