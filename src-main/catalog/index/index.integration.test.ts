import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Entry } from '../../../src-shared/model/entry.ts'
import type { LineageId, SnapshotId } from '../../../src-shared/model/ids.ts'
import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { Listing } from './browse.ts'
import { foldName } from './fold-name.ts'
import { type IndexReader, openInThreadIndexReader } from './index-reader.ts'
import {
  bySize,
  childrenOf,
  cutOff,
  detailsAt,
  entriesOf,
  flatten,
  type NaiveNode,
  type NaiveTree,
  naiveChange,
  naiveEntryChange,
  naiveSpace,
  naiveTotals,
  type Sketch,
  testRepositoryId,
} from './naive-index.ts'
import { lineageIdOf, snapshotIdOf } from './natural-ids.ts'
import { type IndexWriter, openIndex } from './open-index.ts'

const signal = new AbortController().signal
const idAt = (time: number) => snapshotIdOf(testRepositoryId, detailsAt(time).ref)
const lineage: LineageId = lineageIdOf(testRepositoryId, detailsAt(1).ref)

// Few names and few contents, so that snapshots share, change, swap files for folders and back.
const file = fc.record({
  size: fc.integer({ min: 0, max: 2 }),
  mtime: fc.integer({ min: -1, max: 1 }),
  permissions: fc.constantFrom(0o644, 0o600),
})
const names = fc.constantFrom('a', 'B', 'notes.md', 'caf\udce9')
const { tree } = fc.letrec<{ tree: Sketch; node: Sketch[string] }>((tie) => ({
  tree: fc.dictionary(names, tie('node'), { maxKeys: 3, noNullPrototype: true }),
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    file.map((each) => ({ file: each })),
    tie('tree').map((folder) => ({ folder })),
  ),
}))
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ time: fc.integer({ min: 1, max: 7 }), tree, cutOffAfter: fc.constant(undefined) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ time: fc.integer({ min: 1, max: 7 }), tree, cutOffAfter: fc.integer({ min: 0, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ forget: fc.integer({ min: 1, max: 7 }) }) },
  { weight: 1, arbitrary: fc.record({ repeat: fc.integer({ min: 1, max: 7 }) }) },
)

/** From how many entries on the order of a folder is written down: all folders, those with two, or none. */
const largeFolder = fc.constantFrom(0, 2, 100)

// Found by this test once: the rows of an indexing that was cut off hid what an earlier snapshot had.
const cutOffBetween = [
  { time: 1, tree: { a: { file: { size: 0, mtime: 0, permissions: 0o644 } } }, cutOffAfter: undefined },
  { time: 3, tree: {}, cutOffAfter: undefined },
  {
    time: 2,
    tree: {
      B: { file: { size: 0, mtime: 0, permissions: 0o644 } },
      a: { file: { size: 0, mtime: 0, permissions: 0o600 } },
    },
    cutOffAfter: 2,
  },
]

// Found by this test once: a forgotten snapshot had ended a version that a repeated one has.
const repeatAfterForget = [
  { time: 1, tree: { a: { file: { size: 0, mtime: 0, permissions: 0o644 } } }, cutOffAfter: undefined },
  { time: 5, tree: {}, cutOffAfter: undefined },
  { forget: 5 },
  { repeat: 2 },
]

test('after any order of indexing, cut-off indexing and forgetting every query answers as plain maps do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), largeFolder, async (steps, large) => {
      const folder = mkdtempSync(join(tmpdir(), 'index-'))
      const index = openIndex(folder, { batchSize: 2, largeFolder: large })
      const reader = openInThreadIndexReader(folder)
      try {
        const naive = new Map<number, NaiveTree>()
        for (const each of steps) {
          if ('forget' in each) {
            await index.forget(idAt(each.forget), signal)
            naive.delete(each.forget)
          } else if ('repeat' in each) {
            await repeatNewest(index, naive, each.repeat)
          } else if (!naive.has(each.time)) {
            const id = index.snapshots.putSnapshot(detailsAt(each.time))
            if (each.cutOffAfter !== undefined) {
              const entries = cutOff(each.tree, each.cutOffAfter)
              await expect(index.ingest(id, entries, signal)).rejects.toThrow()
            } else {
              await index.ingest(id, entriesOf(each.tree), signal)
              naive.set(each.time, flatten(each.tree))
            }
          }
          await expectSame(reader, naive)
        }
        expect(index.check()).toBeUndefined()
      } finally {
        await reader.close()
        index.close()
        rmSync(folder, { recursive: true })
      }
    }),
    {
      numRuns: 100,
      examples: [
        [cutOffBetween, 2],
        [repeatAfterForget, 2],
      ],
    },
  )
})

/** A snapshot that claims to be the same as the one before it: taken over unread at the end, refused anywhere else. */
async function repeatNewest(index: IndexWriter, naive: Map<number, NaiveTree>, time: number): Promise<void> {
  if (naive.has(time)) return
  const id = index.snapshots.putSnapshot(detailsAt(time))
  const before = Math.max(...[...naive.keys()].filter((other) => other < time))
  const known = naive.get(before)
  const isNewest = [...naive.keys()].every((other) => other < time)
  const taken = known !== undefined && (await index.repeat(id, idAt(before), signal))
  expect(taken).toBe(known !== undefined && isNewest)
  if (taken && known !== undefined) naive.set(time, known)
}

async function expectSame(reader: IndexReader, naive: ReadonlyMap<number, NaiveTree>): Promise<void> {
  const times = [...naive.keys()].sort((a, b) => a - b)
  const treeAt = (time: number | undefined): NaiveTree =>
    time === undefined ? new Map() : (naive.get(time) ?? new Map())
  for (const [i, time] of times.entries()) {
    const now = treeAt(time)
    const before = i === 0 ? undefined : treeAt(times[i - 1])
    for (const folder of ['', ...[...now].filter(([, { kind }]) => kind === 'directory').map(([path]) => path)]) {
      await expectFolder(reader, { times, i, folder, now, before, treeAt })
    }
    const totals = naiveTotals(before ?? new Map(), now, '')
    expect((await reader.snapshot(idAt(time)))?.changes).toEqual({
      added: totals.added,
      changed: totals.changed,
      removed: totals.removed,
      bytes: totals.addedBytes + totals.changedBytes,
    })
    const other = times[(i * 3 + 1) % times.length] ?? time
    await expectComparison(reader, { time, other, from: now, to: treeAt(other) })
    await expectSpace(reader, time, times.map(treeAt), now)
  }
  await expectVersions(reader, times, treeAt)
  await expectSearch(reader, times, treeAt)
}

/** Each child of each folder that ever was: its files now, and every content it had in any snapshot, once. */
async function expectSpace(
  reader: IndexReader,
  time: number,
  trees: readonly NaiveTree[],
  now: NaiveTree,
): Promise<void> {
  const folders = trees.flatMap((tree) => [...tree].flatMap(([path, { kind }]) => (kind === 'directory' ? [path] : [])))
  for (const folder of new Set(['', ...folders])) {
    const expected = new Map<string, object>()
    for (const child of new Set(trees.flatMap((tree) => childrenOf(tree, folder)))) {
      const sums = naiveSpace(trees, now, (path) => path === child || path.startsWith(`${child}/`))
      if (sums.keptBytes > 0) expected.set(child, sums)
    }
    const { all, children } = await reader.folderSpace(idAt(time), folder, { by: 'keptBytes', limit: 200 })
    expect(new Map(children.map(({ path, files, bytes, keptBytes }) => [path, { files, bytes, keptBytes }]))).toEqual(
      expected,
    )
    expect(all).toEqual(naiveSpace(trees, now, (path) => folder === '' || path.startsWith(`${folder}/`)))
  }
}

interface FolderCase {
  readonly times: readonly number[]
  readonly i: number
  readonly folder: string
  readonly now: NaiveTree
  readonly before: NaiveTree | undefined
  treeAt(time: number | undefined): NaiveTree
}

async function expectFolder(reader: IndexReader, { times, i, folder, now, before, treeAt }: FolderCase): Promise<void> {
  const id = idAt(times[i] ?? 0)
  const listing = await reader.list(id, folder, { sort: 'name', limit: 100, ghosts: true })
  const live = childrenOf(now, folder)
  const ghosts = new Map<string, number>()
  for (const time of times.slice(0, i)) {
    for (const path of childrenOf(treeAt(time), folder)) if (!now.has(path)) ghosts.set(path, time)
  }
  expect(listing.total).toBe(live.length + ghosts.size)
  expect(listing.deleted).toBe(ghosts.size)
  await expectPages(reader, id, folder, listing)
  expect(new Set(listing.entries.map(({ path }) => path))).toEqual(new Set([...live, ...ghosts.keys()]))
  for (const entry of listing.entries) {
    const ghostTime = ghosts.get(entry.path)
    if (ghostTime !== undefined) {
      expect(entry.deletedAfter).toEqual({ snapshotId: idAt(ghostTime), at: ghostTime * 1000 })
      continue
    }
    const node = now.get(entry.path)
    expect(entry).toMatchObject({ kind: node?.kind, sizeBytes: node?.size, permissions: node?.permissions })
    expect(entry.change?.kind).toBe(before && naiveEntryChange(before, now, entry.path))
    expect(await reader.stat(id, entry.path)).toEqual(entry)
  }
  const plain = await reader.list(id, folder, { sort: 'size', descending: true, limit: 100 })
  const expected = live.map((path) => now.get(path)).filter((node) => node !== undefined)
  expect(plain.entries.map(({ kind, sizeBytes }) => [kind, sizeBytes])).toEqual(
    expected.sort(bySize).map(({ kind, size }) => [kind, size]),
  )
}

/** Whatever page is asked for first, and of whatever length: all begin the same order. */
async function expectPages(reader: IndexReader, id: SnapshotId, folder: string, whole: Listing): Promise<void> {
  const { total, deleted, entries } = whole
  for (const [offset, limit] of [
    [0, 1],
    [0, 2],
    [1, 2],
    [0, 1],
  ] as const) {
    const page = await reader.list(id, folder, { sort: 'name', ghosts: true, offset, limit })
    expect(page).toEqual({ total, deleted, entries: entries.slice(offset, offset + limit) })
  }
  const folders = entries.filter(({ kind }) => kind === 'directory')
  const rest = entries.filter(({ kind }) => kind !== 'directory')
  expect(entries.map(foldedName)).toEqual([folders, rest].flatMap((some) => some.map(foldedName).sort()))
  const reversed = await reader.list(id, folder, { sort: 'name', descending: true, ghosts: true, limit: 100 })
  expect(reversed.entries).toEqual([...folders.toReversed(), ...rest.toReversed()])
  expect(await reader.list(id, folder, { sort: 'name', descending: true, ghosts: true, limit: 2 })).toEqual({
    ...reversed,
    entries: reversed.entries.slice(0, 2),
  })
  expect(await reader.list(id, folder, { sort: 'name', ghosts: true, foldersOnly: true, limit: 100 })).toEqual({
    entries: folders,
    total: folders.length,
    deleted,
  })
}

function foldedName({ name }: Entry): string {
  return foldName(pathTextToBytes(name))
}

interface ComparisonCase {
  readonly time: number
  readonly other: number
  readonly from: NaiveTree
  readonly to: NaiveTree
}

async function expectComparison(reader: IndexReader, { time, other, from, to }: ComparisonCase): Promise<void> {
  const both = new Set([...from.keys(), ...to.keys()])
  const folders = [...both].filter((path) => [...both].some((each) => each.startsWith(`${path}/`)))
  for (const folder of ['', ...folders]) {
    const comparison = await reader.compare(idAt(time), idAt(other), folder, { limit: 100 })
    const children = new Set([...childrenOf(from, folder), ...childrenOf(to, folder)])
    const changed = [...children].filter((path) =>
      [...both].some(
        (each) =>
          (each === path || each.startsWith(`${path}/`)) && naiveChange(from.get(each), to.get(each)) !== 'identical',
      ),
    )
    const shown = new Map(comparison.entries.map(({ path, kind, totals }) => [path, { kind, totals }]))
    expect(shown).toEqual(
      new Map(
        changed.map((path) => [
          path,
          { kind: naiveChange(from.get(path), to.get(path)), totals: naiveTotals(from, to, path) },
        ]),
      ),
    )
    if (folder === '') expect(comparison.totals).toEqual(naiveTotals(from, to, ''))
  }
}

async function expectVersions(
  reader: IndexReader,
  times: readonly number[],
  treeAt: (time: number) => NaiveTree,
): Promise<void> {
  for (const path of new Set(times.flatMap((time) => [...treeAt(time).keys()]))) {
    const expected: { node: NaiveNode; first: number; last: number; snapshots: number; deletedAfter: boolean }[] = []
    let previous: NaiveNode | undefined
    for (const time of times) {
      const node = treeAt(time).get(path)
      const open = expected.at(-1)
      if (
        node !== undefined &&
        previous !== undefined &&
        open !== undefined &&
        naiveChange(previous, node) === 'identical'
      ) {
        expected[expected.length - 1] = { ...open, last: time, snapshots: open.snapshots + 1 }
      } else if (node !== undefined) expected.push({ node, first: time, last: time, snapshots: 1, deletedAfter: false })
      else if (open !== undefined) expected[expected.length - 1] = { ...open, deletedAfter: true }
      previous = node
    }
    const versions = await reader.versions(lineage, path)
    expect(
      versions.map(({ entry, firstAt, lastAt, snapshots, deletedAfter }) => ({
        node: [entry.kind, entry.sizeBytes, entry.permissions],
        first: firstAt / 1000,
        last: lastAt / 1000,
        snapshots,
        deletedAfter,
      })),
    ).toEqual(expected.map((each) => ({ ...each, node: [each.node.kind, each.node.size, each.node.permissions] })))
  }
}

async function expectSearch(
  reader: IndexReader,
  times: readonly number[],
  treeAt: (time: number) => NaiveTree,
): Promise<void> {
  const all = new Set(times.flatMap((time) => [...treeAt(time).keys()]))
  const newest = treeAt(times.at(-1) ?? 0)
  for (const [text, matches] of [
    ['OTES', /notes\.md$/],
    ['b', /(^|\/)B$/],
    ['caf', /caf[^/]*$/],
  ] as const) {
    const expected = [...all].filter((path) => matches.test(path)).map((path) => [path, !newest.has(path)])
    const { hits, total } = await reader.search({ text, limit: 500 })
    expect(new Map(hits.map(({ entry, deleted }) => [entry.path, deleted]))).toEqual(
      new Map(expected as [string, boolean][]),
    )
    expect(total).toBe(expected.length)
    const deleted = await reader.search({ text, limit: 500, deleted: true })
    expect(new Set(deleted.hits.map(({ entry }) => entry.path))).toEqual(
      new Set(expected.filter(([, isDeleted]) => isDeleted).map(([path]) => path)),
    )
  }
}
