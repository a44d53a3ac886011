import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { indexPath, openInThreadIndexReader } from './index-reader.ts'
import { detailsAt, entriesOf, type Sketch } from './naive-index.ts'
import { openIndex } from './open-index.ts'

const signal = new AbortController().signal
const file = { file: { size: 1, mtime: 1, permissions: 0o644 } }

/** A folder `many` with so many files from `from` on, and two folders that come last in the alphabet. */
function many(from: number, count: number): Sketch {
  const files = Array.from({ length: count }, (_, i) => [`file-${String(from + i).padStart(5, '0')}`, file] as const)
  return { many: { folder: { ...Object.fromEntries(files), yard: { folder: {} }, zoo: { folder: {} } } } }
}

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'index-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What is written down of large folders. */
function written(folder: string) {
  const db = new BetterSqlite(indexPath(folder), { readonly: true })
  const sizes = db.prepare('SELECT time, entries FROM folder_size ORDER BY lineage, time, directory').raw().all()
  const names = db.prepare('SELECT * FROM sorted_name ORDER BY directory, rank, folded, name').raw().all()
  db.close()
  return { sizes, names }
}

test('the order of a large folder is kept from snapshot to snapshot, and goes with the last of them', async () => {
  const folder = scratch()
  const index = openIndex(folder, { largeFolder: 100 })
  onTestFinished(() => index.close())
  const [small, large, small2, again] = [1, 2, 3, 4].map((time) => index.snapshots.putSnapshot(detailsAt(time)))
  if (!small || !large || !small2 || !again) throw new Error('four were put')
  await index.ingest(small, entriesOf(many(0, 97)), signal)
  expect(written(folder)).toEqual({ sizes: [], names: [] })
  await index.ingest(large, entriesOf(many(90, 98)), signal)
  expect(written(folder).names).toHaveLength(188 + 2)
  await index.ingest(small2, entriesOf(many(500, 5)), signal)
  await index.repeat(again, small2, signal)
  const grown = [
    [2, 100],
    [3, 7],
    [4, 7],
  ]
  expect(written(folder)).toMatchObject({ sizes: grown, names: { length: 193 + 2 } })

  const reader = openInThreadIndexReader(folder)
  const page = await reader.list(again, 'many', { sort: 'name', ghosts: true, offset: 1, limit: 4 })
  expect(page).toMatchObject({ total: 195, deleted: 188 })
  expect(page.entries.map(({ name }) => name)).toEqual(['zoo', 'file-00000', 'file-00001', 'file-00002'])
  const live = await reader.list(again, 'many', { sort: 'name', limit: 3 })
  expect(live).toMatchObject({ total: 7, entries: [{ name: 'yard' }, { name: 'zoo' }, { name: 'file-00500' }] })
  await reader.close()

  for (const id of [large, again, small, small2]) await index.forget(id, signal)
  expect(written(folder)).toEqual({ sizes: [], names: [] })
})

test('a migration writes down what indexing would have', async () => {
  const folder = scratch()
  const index = openIndex(folder)
  for (const [time, tree] of [many(0, 10_000), many(5, 9_998)].entries()) {
    await index.ingest(index.snapshots.putSnapshot(detailsAt(time + 1)), entriesOf(tree), signal)
  }
  index.close()
  const expected = written(folder)
  const db = new BetterSqlite(indexPath(folder))
  db.exec('DROP TABLE folder_size; DROP TABLE sorted_name; DROP INDEX version_ended; PRAGMA user_version = 2')
  db.close()
  openIndex(folder).close()
  // Older snapshots count their children each time, as all did before.
  expect(written(folder)).toEqual({ ...expected, sizes: [[2, 10_000]] })
  expect(expected.sizes).toEqual([
    [1, 10_002],
    [2, 10_000],
  ])
})
