import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { indexPath, openInThreadIndexReader } from './index-reader.ts'
import { detailsAt, entriesOf, type Sketch } from './naive-index.ts'
import { openIndex } from './open-index.ts'

const signal = new AbortController().signal
const file = { file: { size: 1, mtime: 1, permissions: 0o644 } }
const tree: Sketch = {
  Übungen: {
    folder: { 'Élan vital.txt': file, 'E\u0301te\u0301.txt': file, 'elan.txt': file, 'zen.txt': file, が: file },
  },
}

async function indexed(): Promise<{ readonly folder: string; readonly id: SnapshotId }> {
  const folder = mkdtempSync(join(tmpdir(), 'index-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const index = openIndex(folder, { largeFolder: 3 })
  const id = index.snapshots.putSnapshot(detailsAt(1))
  if (id === undefined) throw new Error('it was put')
  await index.ingest(id, entriesOf(tree), signal)
  index.close()
  return { folder, id }
}

async function look({ folder, id }: { readonly folder: string; readonly id: SnapshotId }) {
  const reader = openInThreadIndexReader(folder)
  const find = async (text: string) =>
    (await reader.search({ text, limit: 9 })).hits.map(({ entry }) => entry.name).sort()
  const found = {
    elan: await find('elan'),
    Élan: await find('Élan'),
    éte: await find('ETÉ.TXT'),
    él: await find('él'),
    ubung: await find('ubung'),
    か: await find('か'),
    listed: (await reader.list(id, 'Übungen', { sort: 'name', limit: 9 })).entries.map(({ name }) => name),
  }
  await reader.close()
  return found
}

const expected = {
  elan: ['elan.txt', 'Élan vital.txt'],
  Élan: ['elan.txt', 'Élan vital.txt'],
  éte: ['E\u0301te\u0301.txt'],
  él: ['elan.txt', 'Élan vital.txt'],
  ubung: ['Übungen'],
  か: [],
  listed: ['Élan vital.txt', 'elan.txt', 'E\u0301te\u0301.txt', 'zen.txt', 'が'],
}

test('names are found and sorted whatever their accents', async () => {
  expect(await look(await indexed())).toEqual(expected)
})

test('an index that kept accents is folded anew: searches, order, and what is written down of large folders', async () => {
  const made = await indexed()
  const db = new BetterSqlite(indexPath(made.folder))
  const kept = db.prepare<[], { id: number; bytes: Buffer; folded: string }>('SELECT id, bytes, folded FROM name').all()
  for (const { id, bytes, folded } of kept) {
    const before = bytes.toString().normalize('NFC').toLowerCase() // as version 3 had it
    db.prepare("INSERT INTO name_search (name_search, rowid, folded) VALUES ('delete', ?, ?)").run(id, folded)
    db.prepare('INSERT INTO name_search (rowid, folded) VALUES (?, ?)').run(id, before)
    db.prepare('UPDATE name SET folded = ? WHERE id = ?').run(before, id)
    db.prepare('UPDATE sorted_name SET folded = ? WHERE name = ?').run(before, id)
  }
  db.pragma('user_version = 3')
  db.close()
  openIndex(made.folder).close()
  expect(await look(made)).toEqual(expected)
  const after = new BetterSqlite(indexPath(made.folder), { readonly: true })
  expect(after.prepare('SELECT count(*) FROM sorted_name').pluck().get()).toBe(5)
  expect(
    after
      .prepare(
        'SELECT count(*) FROM sorted_name JOIN name ON name.id = sorted_name.name WHERE name.folded <> sorted_name.folded',
      )
      .pluck()
      .get(),
  ).toBe(0)
  after.close()
})
