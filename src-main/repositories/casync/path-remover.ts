import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { CatarFileEntry } from '../../archive/catar/catar-entry.ts'
import { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import { DigestSet } from '../../storage/datastore/digest-set.ts'
import { readSnapshotFile } from '../../storage/datastore/snapshot-dir.ts'
import { type SnapshotReplacement, startReplacement } from '../../storage/datastore/snapshot-replacement.ts'
import type { PathRemover, RemoveOptions, StoredSnapshot, TreePath } from '../repository.ts'
import { compareTrees } from '../rewrite/compare-trees.ts'
import { findHeld } from '../rewrite/held-paths.ts'
import { RemovedPaths } from '../rewrite/removed-paths.ts'
import { replaceSnapshot } from '../rewrite/replace-snapshot.ts'
import { rewriteFiles, withoutEntries } from '../rewrite/rewrite-files.ts'
import { withoutPaths } from '../rewrite/without-paths.ts'
import { BaseSnapshot } from './base-snapshot.ts'
import { formatOf } from './casync-format.ts'
import { keepChunk } from './new-snapshot.ts'
import { refuseAdopted } from './refuse-adopted.ts'
import { writeListing } from './snapshot-listing.ts'
import {
  casyncNames,
  encodeManifest,
  entriesSuffix,
  manifestFilename,
  parseManifest,
  treeSuffix,
  viewOfManifest,
} from './snapshot-manifest.ts'
import { CasyncSnapshotReader } from './snapshot-reader.ts'
import { CasyncSnapshotWriter } from './snapshot-writer.ts'
import { chunksOf, type LocalCasync, openReader, readManifest } from './stored-snapshots.ts'

interface Removal extends RemoveOptions {
  readonly casync: LocalCasync
  readonly ref: SnapshotRef
  readonly removed: RemovedPaths
  readonly trees: ReadonlySet<string>
  readonly signal: AbortSignal
}

interface Comparison extends Removal {
  readonly old: CasyncSnapshotReader
}

interface Rewriting extends Comparison {
  readonly replacement: SnapshotReplacement
}

/**
 * Takes paths out of the snapshots of a casync store on this computer. A stream of casync has no byte that is not in its
 * tree, so only snapshots that list the paths are changed. What casync itself made belongs to it and stays.
 */
export function createPathRemover(casync: LocalCasync, paths: readonly TreePath[]): PathRemover {
  const removed = new RemovedPaths(paths)
  const look = async (ref: SnapshotRef, signal: AbortSignal) => {
    const reader = await openReader(casync, ref, signal)
    try {
      return await findHeld(reader, removed, () => {}, signal)
    } finally {
      await reader.close()
    }
  }
  return {
    async look(ref, signal) {
      const { entries, bytes } = await look(ref, signal)
      return { entries, bytes }
    },
    async remove(ref, wish, signal) {
      const { trees } = await look(ref, signal)
      return trees.size === 0 ? undefined : await rewrite({ ...wish, casync, ref, removed, trees, signal })
    },
  }
}

async function rewrite(removal: Removal): Promise<StoredSnapshot> {
  const { casync, ref, canBeProtected, signal } = removal
  const { snapshots, now } = casync
  await refuseAdopted(casync, ref)
  const replacement = await startReplacement(snapshots, ref, { now, canBeProtected })
  await replaceSnapshot({
    replacement,
    trees: removal.trees,
    open: (side) =>
      readerOf(removal, side === 'old' ? (name) => readSnapshotFile(snapshots, ref, name) : replacement.readFile),
    write: (old) => write({ ...removal, replacement, old }),
    async compare(old, fresh, tree) {
      await compare({ ...removal, old }, fresh, tree)
      await forgetCached({ ...removal, old }, fresh, tree)
    },
    merge(before, fresh) {
      // Notes may have been changed meanwhile. A verification was of the old form.
      const { notes } = parseManifest(before, ref)
      return encodeManifest({ ...parseManifest(fresh, ref), notes })
    },
    signal,
  })
  await writeListing(casync, signal)
  return viewOfManifest(ref, await readManifest(casync, ref), replacement.isProtected)
}

/** The old or the new form, while nobody else may look at either. */
async function readerOf(
  { casync, ref }: Removal,
  readFile: (filename: string) => Promise<Uint8Array>,
): Promise<CasyncSnapshotReader> {
  const manifest = parseManifest(await readFile(manifestFilename), ref)
  return new CasyncSnapshotReader({
    snapshot: viewOfManifest(ref, manifest, false),
    manifest,
    readFile,
    chunks: chunksOf(casync),
    release: () => Promise.resolve(),
  })
}

async function write(rewriting: Rewriting): Promise<void> {
  const { casync, ref, replacement, trees, signal } = rewriting
  const { store, snapshots, sealers, now } = casync
  const manifest = await readManifest(casync, ref)
  const readFile = (filename: string) => readSnapshotFile(snapshots, ref, filename)
  const base = new BaseSnapshot(manifest, { ...chunksOf(casync), readFile, signal })
  const compression = store.compression
  const [first] = trees
  const format = formatOf((await rewriting.old.index(`${first}${treeSuffix}`, signal)).header)
  const writer = new CasyncSnapshotWriter({
    ...{ draft: replacement.draft, store, format, base, now, signal },
    write: { time: ref.time, mode: 'metadata', compress: true, cryptMode: 'none' },
    sealer: sealers.get({ algorithm: format.algorithm, compression }),
    afterCommit: () => Promise.resolve(),
  })
  await rewriteFiles(manifest.files, {
    writer,
    fateOf(filename) {
      const tree = stemOf(filename, treeSuffix)
      if (trees.has(tree)) return () => writeTree(rewriting, writer, tree)
      return trees.has(stemOf(filename, entriesSuffix)) ? 'leave-out' : 'keep'
    },
    keep: (filename) => keep(rewriting, filename),
  })
}

/** Empty, which no tree is called, for a file of another kind. */
function stemOf(filename: string, suffix: string): string {
  return filename.endsWith(suffix) ? filename.slice(0, -suffix.length) : ''
}

async function writeTree(
  { old, removed, observer, signal }: Rewriting,
  writer: CasyncSnapshotWriter,
  tree: string,
): Promise<void> {
  const quiet = withoutEntries(observer, (path, reason, partial) => {
    // `partial`: what casync has no form for, which the old one lacks too, or content cut short, which the comparison finds.
    if (!partial) throw new HoldfastError('file/unreadable', { detail: `${tree}/${path}: ${reason}` })
  })
  const entries = withoutPaths(old, tree, { removed, contents: true, signal })
  await writer.addTree(tree, entries, { excludePatterns: [] }, quiet)
}

/** Chunks count as used from now on, so that a collection that goes on meanwhile spares them. */
async function keep({ casync, ref, replacement }: Rewriting, filename: string): Promise<void> {
  await replacement.keepFile(filename)
  if (!casyncNames.isIndex(filename)) return
  const index = CasyncIndex.parse(await readSnapshotFile(casync.snapshots, ref, filename))
  for (const { digest } of index) keepChunk(casync.store, digest, casync.now())
}

async function compare({ old, removed, signal }: Comparison, fresh: CasyncSnapshotReader, tree: string): Promise<void> {
  const filename = tree + treeSuffix
  const indexes = { old: await old.index(filename, signal), fresh: await fresh.index(filename, signal) }
  const before = withoutPaths(old, tree, { removed, contents: true, signal })
  await compareTrees(before, fresh.walk(tree, { contents: true }, signal), {
    tree,
    placeOf: (file, side) => {
      const { contentStart, sizeBytes } = file as CatarFileEntry // walks over catars have no others
      const start = BigInt(contentStart)
      return { index: indexes[side], start, end: start + sizeBytes }
    },
    signal,
  })
}

/** What only the old form needs is not to stay in a cache of other stores either, where no collection comes by. */
async function forgetCached(
  { casync: { extra }, old, signal }: Comparison,
  fresh: CasyncSnapshotReader,
  tree: string,
): Promise<void> {
  if (extra === undefined) return
  const filename = tree + treeSuffix
  const needed = await fresh.index(filename, signal)
  const stays = new DigestSet(needed.count)
  for (const { digest } of needed) stays.add(digest)
  for (const { digest } of await old.index(filename, signal)) {
    signal.throwIfAborted()
    if (!stays.has(digest)) await extra.forgetCached(digest)
  }
}
