import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { indexPath, openInThreadIndexReader } from './index-reader.ts'
import { detailsAt, entriesOf } from './naive-index.ts'
import { openIndex, removeIndex } from './open-index.ts'
import type { SearchQuery } from './search.ts'
import { openWorkerIndexReader } from './worker-index-reader.ts'

const signal = new AbortController().signal
const tree = { documents: { folder: { 'caf\udce9': { file: { size: 5, mtime: 1, permissions: 0o644 } } } } }

async function indexed() {
  const folder = mkdtempSync(join(tmpdir(), 'index-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const index = openIndex(folder)
  onTestFinished(() => index.close())
  const id = index.snapshots.putSnapshot(detailsAt(5))
  await index.ingest(id, entriesOf(tree), signal)
  return { folder, index, id }
}

test('a reader in a thread answers as one in this thread, names that are not UTF-8 included', async () => {
  const { folder, id } = await indexed()
  const [worker, here] = closing([openWorkerIndexReader(folder), openInThreadIndexReader(folder)])
  for (const reader of [worker, here]) {
    expect((await reader?.list(id, 'documents', { sort: 'name', limit: 9 }))?.entries[0]?.path).toBe(
      'documents/caf\udce9',
    )
  }
  expect(await worker?.search({ text: 'caf', limit: 5 })).toEqual(await here?.search({ text: 'caf', limit: 5 }))
  expect(await worker?.lineages()).toEqual(await here?.lineages())
})

test('errors come back with code and detail; after closing every question is refused', async () => {
  const { folder, id } = await indexed()
  const worker = openWorkerIndexReader(folder)
  await expect(worker.list(id, 'documents/none', { sort: 'name', limit: 9 })).rejects.toMatchObject({
    code: 'path/not-found',
    detail: 'documents/none',
  })
  await expect(worker.list(id, 'documents/caf\udce9', { sort: 'name', limit: 9 })).rejects.toMatchObject({
    code: 'path/not-a-folder',
  })
  await worker.close()
  await expect(worker.lineages()).rejects.toThrow('ended')
})

test('a thread that cannot open the index rejects what it owed', async () => {
  const { folder, index } = await indexed()
  index.close()
  removeIndex(folder)
  await expect(openWorkerIndexReader(folder).lineages()).rejects.toThrow()
})

test('a removed index comes back empty, and the same snapshot gets the same id again', async () => {
  const { folder, index, id } = await indexed()
  index.close()
  removeIndex(folder)
  const again = openIndex(folder)
  expect(again.snapshots.lineages()).toEqual([])
  expect(again.snapshots.putSnapshot(detailsAt(5))).toBe(id)
  expect(again.snapshots.snapshot(id)?.indexed).toBe(false)
  again.close()
})

test('putting a snapshot again keeps what only the job knew, patches change a part', async () => {
  const { index, id } = await indexed()
  index.snapshots.patchSnapshot(id, { storedBytes: 7 })
  index.snapshots.putSnapshot({ ...detailsAt(5), notes: 'before the move', verify: { state: 'ok', at: 9 } })
  expect(index.snapshots.snapshot(id)).toMatchObject({ storedBytes: 7, notes: 'before the move', verify: { at: 9 } })
  expect(index.snapshots.snapshots({ limit: 5 })).toHaveLength(1)
})

test('forgetting the last snapshot takes the lineage along', async () => {
  const { index, id } = await indexed()
  await index.forget(id, signal)
  expect([index.snapshots.lineages(), index.check()]).toEqual([[], undefined])
})

test('names with slashes, empty names, streams that end early or late are refused; the second of two equal names is left out', async () => {
  const { index, folder } = await indexed()
  const id = index.snapshots.putSnapshot(detailsAt(6))
  const file = (name: string) => entriesOf({ [name]: { file: { size: 1, mtime: 1, permissions: 0o600 } } })
  const sequence = async function* (...parts: AsyncIterable<import('./index-entry.ts').IndexEntry>[]) {
    for (const part of parts) yield* part
  }
  const leave = async function* () {
    yield { kind: 'leave' } as const
  }
  const enter = async function* () {
    for await (const entry of entriesOf({ d: { folder: {} } })) if (entry.kind !== 'leave') yield entry
  }
  for (const entries of [file('a/b'), file(''), file('x\0'), leave(), enter()]) {
    await expect(index.ingest(id, entries, signal)).rejects.toMatchObject({ code: 'archive/corrupt' })
  }
  const twice = sequence(enter(), file('one'), leave(), enter(), enter(), leave(), file('two'), leave(), file('d'))
  expect(await index.ingest(id, twice, signal)).toEqual({ entries: 2, files: 1, bytes: 1 })
  const [reader] = closing([openInThreadIndexReader(folder)])
  expect((await reader?.list(id, 'd', { sort: 'name', limit: 9 }))?.entries.map(({ name }) => name)).toEqual(['one'])
})

test('two snapshots of one lineage and one of another may be indexed at the same time', async () => {
  const { folder, index } = await indexed()
  const other = openIndex(folder)
  onTestFinished(() => other.close())
  const ids = [detailsAt(6), detailsAt(7), detailsAt(6, undefined, 'desktop')].map((details) =>
    index.snapshots.putSnapshot(details),
  )
  await Promise.all(ids.map((id, i) => (i % 2 === 0 ? index : other).ingest(id, entriesOf(tree), signal)))
  expect(ids.map((id) => index.snapshots.snapshot(id)?.indexed)).toEqual([true, true, true])
  expect(index.snapshots.snapshot(ids[1] ?? ids[0]!)?.changes).toEqual({ added: 0, changed: 0, removed: 0, bytes: 0 })
})

test('an index of the first step is migrated, and answers as before', async () => {
  const { folder, index, id } = await indexed()
  const [reader] = closing([openInThreadIndexReader(folder)])
  const found = await reader?.search({ text: 'caf', limit: 9 })
  expect(found?.hits).toHaveLength(1)
  index.close()
  const db = new BetterSqlite(indexPath(folder))
  db.exec('DROP TABLE folder_size; DROP TABLE sorted_name; DROP INDEX version_ended')
  db.exec('DROP INDEX version_name; CREATE INDEX version_name ON version (name); PRAGMA user_version = 1')
  db.close()
  expect(() => openInThreadIndexReader(folder)).toThrow(expect.objectContaining({ code: 'catalog/newer' }))
  openIndex(folder).close()
  const [again] = closing([openInThreadIndexReader(folder)])
  expect(await again?.search({ text: 'caf', limit: 9 })).toEqual(found)
  expect((await again?.stat(id, 'documents/caf\udce9'))?.sizeBytes).toBe(5)
})

test('a search with a filter finds the few among the many, and says whether it looked at all', async () => {
  const { folder, index } = await indexed()
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`report-${i}.txt`, { file: { size: i, mtime: 1, permissions: 0o644 } }]),
  )
  const reports = { folder: many }
  await index.ingest(index.snapshots.putSnapshot(detailsAt(6, undefined, 'desktop')), entriesOf({ reports }), signal)
  const [reader] = closing([openInThreadIndexReader(folder)])
  const names = async (query: Omit<SearchQuery, 'text' | 'limit'>) => {
    const found = await reader?.search({ text: 'report', limit: 9, ...query })
    expect(found?.isTruncated).toBe(false)
    return found?.hits.map(({ entry }) => entry.name)
  }
  expect(await names({ minBytes: 299 })).toEqual(['report-299.txt'])
  expect(await names({ maxBytes: 0, kinds: ['file'] })).toEqual(['report-0.txt'])
  expect(await names({ kinds: ['directory'] })).toEqual(['reports'])
  expect(await names({ kinds: [] })).toEqual([])
  expect(await names({ minBytes: 300 })).toEqual([])
  const [desktop, laptop] = (await reader?.lineages()) ?? []
  for (const lineage of [desktop, laptop]) {
    if (lineage === undefined) throw new Error('two lineages were indexed')
    const found = await names({ lineages: [lineage.id], minBytes: 299 })
    expect(found).toEqual(lineage.backupId === 'desktop' ? ['report-299.txt'] : [])
  }
})

test('what is looked up per row or per page goes through an index, never over a whole table', async () => {
  const { folder } = await indexed()
  const db = new BetterSqlite(indexPath(folder), { readonly: true })
  const seen: string[] = []
  for (const [sql, allowed] of plans) {
    const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]
    seen.push(...rows.map(({ detail }) => detail).filter((detail) => /^SCAN (?!name_search)/.test(detail) && !allowed))
  }
  db.close()
  expect(seen).toEqual([])
})

const plans: readonly (readonly [sql: string, mayScan?: boolean])[] = [
  ['SELECT size FROM version WHERE directory = 1 AND name = 2 AND first <= 3 ORDER BY first DESC LIMIT 1'],
  ['SELECT name FROM version WHERE directory = 1 AND first <= 2 AND last >= 2'],
  ['SELECT entries FROM folder_size WHERE lineage = 1 AND time = 2 AND directory = 3'],
  ['SELECT name FROM sorted_name WHERE directory = 1 AND rank = 0 ORDER BY folded DESC, name DESC LIMIT 9'],
  ['SELECT name FROM version INDEXED BY version_ended WHERE directory = 1 AND last < 2 AND last < 140737488355327'],
  ['SELECT id FROM directory WHERE parent = 1 AND name = 2'],
  ["SELECT uuid FROM snapshot WHERE lineage = 1 AND time <= 5 AND state = 'indexed' ORDER BY time DESC LIMIT 1"],
  [
    'SELECT 1 FROM name_search CROSS JOIN name ON name.id = name_search.rowid CROSS JOIN version INDEXED BY version_name ON version.name = name.id WHERE name_search MATCH 1',
  ],
  ['SELECT 1 FROM version INDEXED BY version_first WHERE lineage = 1 AND first > 1 AND first <= 2 AND last >= 2'],
  [
    'SELECT 1 FROM version INDEXED BY version_closed WHERE lineage = 1 AND last >= 1 AND last < 2 AND last < 140737488355327',
  ],
]

/** Readers that are closed when the test is over. Not `await using`: dependency-cruiser's parser does not know it yet. */
function closing<Each extends { close(): Promise<void> }>(all: readonly Each[]): readonly Each[] {
  for (const each of all) onTestFinished(() => each.close())
  return all
}
