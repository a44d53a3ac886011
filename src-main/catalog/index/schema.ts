import type { DatabaseKind } from '../database/open-database.ts'
import { entriesMigration } from './migrations/0001-entries.ts'
import { namesMigration } from './migrations/0002-names.ts'
import { largeFoldersMigration } from './migrations/0003-large-folders.ts'
import { foldAccentsMigration } from './migrations/0004-fold-accents.ts'

/** `last` of a version that the newest snapshot has: 2^47 - 1, which SQLite stores in six bytes. */
export const openEnd = 140_737_488_355_327

/** `index.sqlite`: what repositories hold, for browsing and searching. Can be rebuilt from them, so no copies and no full check. */
export const indexKind: DatabaseKind = {
  applicationId: 0x48464958, // HFIX
  migrations: [entriesMigration, namesMigration, largeFoldersMigration, foldAccentsMigration],
  corruptHint: 'Run `holdfast catalog rebuild`: it reads the repositories again. Snapshots are not affected.',
  check: 'schema',
  copyBeforeMigration: false,
  cacheKiB: 65_536,
}
