import type { Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { cleanUpPartial, neighbours, refreshChanges } from './forget.ts'
import type { IndexEntry } from './index-entry.ts'
import { createLargeFolders, type LargeFolders } from './large-folders.ts'
import { createNameTable } from './name-table.ts'
import { type Position, reconcile, type Span, type VersionChange } from './reconcile.ts'
import { directoryKind, type Facts, kindNumber } from './version-row.ts'
import { writeInSlices } from './write-slices.ts'

/** Changes kept in memory before they are written, unless a test says otherwise. */
const defaultBatchSize = 50_000
/** Linux paths end at 4096 bytes; deeper trees can only be built on purpose. */
const maxDepth = 4096

export interface IngestResult {
  readonly entries: number
  readonly files: number
  readonly bytes: number
}

export interface IngestOptions {
  readonly signal: AbortSignal
  readonly batchSize?: number | undefined
  /** See `large-folders.ts`. */
  readonly largeFolder?: number | undefined
}

interface Frame {
  readonly directory: number
  /** Empty for a folder that no other snapshot has. Keyed by name. */
  readonly known: Map<string, KnownPath>
  readonly isNew: boolean
  readonly seen: Set<string>
}

interface KnownPath {
  readonly name: number
  readonly spans: Span[]
}

/** A write, in the order it was found. Names that have no number yet are keys. */
type Pending =
  | { readonly type: 'directory'; readonly id: number; readonly parent: number; readonly name: number | string }
  | {
      readonly type: 'versions'
      readonly directory: number
      readonly name: number | string
      readonly changes: readonly VersionChange[]
    }

/**
 * Writes the tree of one snapshot into the index, directory by directory against what the neighbouring snapshots have; what did not
 * change costs no write. Until the end nobody sees the snapshot as indexed, and other snapshots read right all along. When it is
 * cut off, the next run for the lineage cleans up. The caller holds the lineage's lock.
 */
export async function ingestSnapshot(
  db: Database,
  snapshot: SnapshotId,
  entries: AsyncIterable<IndexEntry>,
  { signal, batchSize = defaultBatchSize, largeFolder }: IngestOptions,
): Promise<IngestResult> {
  const row = db
    .prepare<[string], { id: number; lineage: number; time: number; root: number; state: string }>(
      `SELECT snapshot.id, lineage, time, root, state FROM snapshot JOIN lineage ON lineage.id = lineage WHERE snapshot.uuid = ?`,
    )
    .get(snapshot)
  if (row === undefined) throw new HoldfastError('snapshot/unknown')
  if (row.state !== 'indexed') {
    await cleanUpPartial(db, row.lineage, signal, row.id)
    db.prepare("UPDATE snapshot SET state = 'partial' WHERE id = ?").run(row.id)
  }
  const position = { time: row.time, ...neighbours(db, row.lineage, row.time) }
  const { lineage } = row
  const largeFolders = createLargeFolders(db, { lineage, ...position, largeFolder })
  const ingestion = createIngestion(db, lineage, { position, batchSize, largeFolders })
  const result = await ingestion.run(row.root, entries, signal)
  await largeFolders.writeNames(signal)
  db.transaction(() => {
    db.prepare("UPDATE snapshot SET state = 'indexed', entries = ?, files = ?, bytes = ? WHERE id = ?").run(
      result.entries,
      result.files,
      result.bytes,
      row.id,
    )
    largeFolders.writeSizes()
    refreshChanges(db, lineage, row.time)
    if (position.after !== undefined) refreshChanges(db, lineage, position.after)
  }).immediate()
  return result
}

function createIngestion(
  db: Database,
  lineage: number,
  {
    position,
    batchSize,
    largeFolders,
  }: { readonly position: Position; readonly batchSize: number; readonly largeFolders: LargeFolders },
) {
  const names = createNameTable(db)
  const findDirectory = db
    .prepare<[number, number], number>('SELECT id FROM directory WHERE parent = ? AND name = ?')
    .pluck()
  const spansOf = db.prepare<[number, number, number], Span & { name: number; bytes: Buffer }>(
    `SELECT version.name, bytes, first, last, kind, size, mtime_ms, mtime_rest_ns, permissions, uid, gid, target
     FROM version JOIN name ON name.id = version.name
     WHERE directory = ? AND first <= ? AND last >= ? ORDER BY version.name, first`,
  )
  const takeIds = createIdSource(db)
  const write = createWriter(db, lineage)
  let pending: Pending[] = []

  const openFrame = (directory: number, isNew: boolean): Frame => {
    const known = new Map<string, KnownPath>()
    if (!isNew) {
      const rows = spansOf.iterate(directory, position.after ?? position.time, position.before ?? position.time)
      for (const { name, bytes, ...span } of rows) {
        const key = bytes.toString('latin1')
        const path = known.get(key)
        if (path === undefined) known.set(key, { name, spans: [span] })
        else path.spans.push(span)
      }
    }
    return { directory, known, isNew, seen: new Set() }
  }

  const put = (frame: Frame, key: string, facts: Facts | undefined): void => {
    const path = frame.known.get(key)
    const changes = reconcile(path?.spans ?? [], facts, position)
    if (changes.length > 0)
      pending.push({ type: 'versions', directory: frame.directory, name: path?.name ?? key, changes })
  }

  /** The frame of a folder that is in the stream. */
  const enter = (parent: Frame, key: string): Frame => {
    const name = parent.known.get(key)?.name ?? names.find(key)
    const existing = parent.isNew || name === undefined ? undefined : findDirectory.get(parent.directory, name)
    if (existing !== undefined) return openFrame(existing, false)
    const id = takeIds()
    pending.push({ type: 'directory', id, parent: parent.directory, name: name ?? key })
    return openFrame(id, true)
  }

  const flush = async (signal: AbortSignal): Promise<void> => {
    const batch = pending
    pending = []
    const keys = new Set<string>()
    for (const { name } of batch) if (typeof name === 'string') keys.add(name)
    await names.resolve(keys, signal)
    await writeInSlices(
      db,
      batch,
      (item) => write(item, typeof item.name === 'string' ? names.get(item.name) : item.name),
      signal,
    )
  }

  /** What a folder had around this time and the stream did not name is not there now, with all below it. */
  const leave = async (frame: Frame, signal: AbortSignal): Promise<void> => {
    const gone: Frame[] = [frame]
    for (let current = gone.pop(); current !== undefined; current = gone.pop()) {
      for (const [key, { name, spans }] of current.known) {
        if (current.seen.has(key)) continue
        put(current, key, undefined)
        if (!spans.some(({ kind }) => kind === directoryKind)) continue
        const below = findDirectory.get(current.directory, name)
        if (below !== undefined) gone.push(openFrame(below, false))
      }
      if (pending.length >= batchSize) await flush(signal)
    }
  }

  /** A path that was a folder and is something else now loses what was below it. */
  const clearBelow = async (parent: Frame, key: string, signal: AbortSignal): Promise<void> => {
    const known = parent.known.get(key)
    if (known === undefined || !known.spans.some(({ kind }) => kind === directoryKind)) return
    const below = findDirectory.get(parent.directory, known.name)
    if (below !== undefined) await leave(openFrame(below, false), signal)
  }

  const run = async (root: number, entries: AsyncIterable<IndexEntry>, signal: AbortSignal): Promise<IngestResult> => {
    const stack: Frame[] = [openFrame(root, false)]
    const count = { entries: 0, files: 0, bytes: 0 }
    let skippedDepth = 0
    for await (const entry of entries) {
      signal.throwIfAborted()
      if (skippedDepth > 0) {
        skippedDepth += entry.kind === 'leave' ? -1 : entry.kind === 'directory' ? 1 : 0
        continue
      }
      const frame = stack.at(-1)
      if (frame === undefined) throw broken('an entry comes after the end')
      if (entry.kind === 'leave') {
        stack.pop()
        if (stack.length === 0) throw broken('a folder ends that did not begin')
        largeFolders.see(frame.directory, frame.seen.size)
        await leave(frame, signal)
        continue
      }
      const key = keyOf(entry.name)
      if (frame.seen.has(key)) {
        // The second of two equal names in one folder cannot be addressed; archives do not forbid it.
        if (entry.kind === 'directory') skippedDepth = 1
        continue
      }
      frame.seen.add(key)
      const facts = factsOf(entry)
      put(frame, key, facts)
      count.entries += 1
      if (entry.kind === 'directory') {
        if (stack.length >= maxDepth) throw broken('folders are nested too deep')
        stack.push(enter(frame, key))
      } else {
        count.files += 1
        count.bytes += facts.size
        if (!frame.isNew) await clearBelow(frame, key, signal)
      }
      if (pending.length >= batchSize) await flush(signal)
    }
    const last = stack.pop()
    if (last === undefined || stack.length > 0) throw broken('the stream ends inside a folder')
    largeFolders.see(last.directory, last.seen.size)
    await leave(last, signal)
    await flush(signal)
    return count
  }
  return { run }
}

function createWriter(db: Database, lineage: number) {
  const insertDirectory = db.prepare('INSERT INTO directory (id, lineage, parent, name) VALUES (?, ?, ?, ?)')
  const insert = db.prepare('INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const remove = db.prepare('DELETE FROM version WHERE directory = ? AND name = ? AND first = ?')
  const move = db.prepare('UPDATE version SET first = ?, last = ? WHERE directory = ? AND name = ? AND first = ?')
  return (item: Pending, name: number): void => {
    if (item.type === 'directory') {
      insertDirectory.run(item.id, lineage, item.parent, name)
      return
    }
    const { directory } = item
    for (const change of item.changes) {
      if (change.type === 'delete') remove.run(directory, name, change.first)
      else if (change.type === 'move') move.run(change.toFirst, change.toLast, directory, name, change.first)
      else {
        const { kind, size, mtime_ms, mtime_rest_ns, permissions, uid, gid, target } = change.facts
        const { first, last } = change
        insert.run(
          directory,
          name,
          first,
          last,
          lineage,
          kind,
          size,
          mtime_ms,
          mtime_rest_ns,
          permissions,
          uid,
          gid,
          target,
        )
      }
    }
  }
}

/** Directory numbers, taken from the database in blocks so that several ingestions do not meet. */
function createIdSource(db: Database): () => number {
  const block = 1024
  const reserve = db
    .prepare<[number], number>("UPDATE counter SET next = next + ? WHERE name = 'directory' RETURNING next")
    .pluck()
  let next = 0
  let end = 0
  return () => {
    if (next === end) {
      end = reserve.get(block) ?? 0
      next = end - block
    }
    return next++
  }
}

function keyOf(name: Uint8Array): string {
  const key = Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString('latin1')
  if (key === '' || key.includes('/') || key.includes('\0')) throw broken('a name is empty or has a slash or NUL in it')
  return key
}

function factsOf(entry: Exclude<IndexEntry, { kind: 'leave' }>): Facts {
  const rest = ((entry.mtimeNs % 1_000_000n) + 1_000_000n) % 1_000_000n
  return {
    kind: kindNumber(entry.kind),
    size: Number(BigInt.asUintN(53, entry.sizeBytes < maxSize ? entry.sizeBytes : maxSize)),
    mtime_ms: Number((entry.mtimeNs - rest) / 1_000_000n),
    mtime_rest_ns: Number(rest),
    permissions: entry.permissions,
    uid: entry.uid,
    gid: entry.gid,
    target: entry.target ?? null,
  }
}

/** Sizes cross as JSON numbers; what claims to be larger than 8 PiB shows as that. */
const maxSize = BigInt(Number.MAX_SAFE_INTEGER)

function broken(detail: string): HoldfastError {
  return new HoldfastError('archive/corrupt', { detail: `The list of files is wrong: ${detail}.` })
}
