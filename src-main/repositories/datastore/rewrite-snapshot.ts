import { setImmediate as nextTick } from 'node:timers/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { CryptConfig } from '../../storage/crypt-config.ts'
import type { Datastore } from '../../storage/datastore/datastore.ts'
import { parseIndex } from '../../storage/datastore/parse-index.ts'
import { readSnapshotFile } from '../../storage/datastore/snapshot-dir.ts'
import { type SnapshotReplacement, startReplacement } from '../../storage/datastore/snapshot-replacement.ts'
import { encodeManifest, type Manifest, parseManifest } from '../../storage/manifest.ts'
import { MANIFEST_FILENAME } from '../pxar-snapshot/base-snapshot.ts'
import { viewOfManifest } from '../pxar-snapshot/manifest-view.ts'
import type { SealerPool } from '../pxar-snapshot/sealer-pool.ts'
import type { NewSnapshot, SnapshotFiles } from '../pxar-snapshot/snapshot-backend.ts'
import { PxarSnapshotReader } from '../pxar-snapshot/snapshot-reader.ts'
import { CATALOG_FILENAME, PxarSnapshotWriter } from '../pxar-snapshot/snapshot-writer.ts'
import { payloadOf, payloadPlace } from '../pxar-snapshot/unwanted-chunks.ts'
import type { RemoveOptions, StoredArchive, StoredSnapshot } from '../repository.ts'
import { compareTrees } from '../rewrite/compare-trees.ts'
import type { RemovedPaths } from '../rewrite/removed-paths.ts'
import { replaceSnapshot } from '../rewrite/replace-snapshot.ts'
import { rewriteFiles, withoutEntries } from '../rewrite/rewrite-files.ts'
import { withoutPaths } from '../rewrite/without-paths.ts'
import { createNewSnapshot } from './new-snapshot.ts'
import { openStoredFiles } from './stored-files.ts'

export interface RewriteOptions extends RemoveOptions {
  readonly keys: readonly CryptConfig[]
  readonly sealers: SealerPool
  readonly now: () => number
  /** Trees that are written anew; everything else is taken over as it is. */
  readonly trees: ReadonlySet<string>
  readonly removed: RemovedPaths
  readonly unwanted: ReadonlySet<Digest>
}

interface Comparison extends RewriteOptions {
  readonly old: PxarSnapshotReader
  readonly signal: AbortSignal
}

interface Rewriting extends Comparison {
  readonly store: Datastore
  readonly ref: SnapshotRef
  readonly replacement: SnapshotReplacement
  readonly manifest: Manifest
}

const splitTree = /^(.*)\.mpxar\.didx$/
const legacyTree = /^(.*)\.pxar\.didx$/
const payload = /^(.*)\.ppxar\.didx$/
const chunksASlice = 2048

/**
 * Puts a snapshot in its own place again without the paths (spec pbs §9.1). Files that stay are not read: their chunks are
 * taken over, but for those that hold bytes of what goes. What was written is read back and compared before the two change
 * places.
 */
export async function rewriteSnapshot(
  store: Datastore,
  ref: SnapshotRef,
  options: RewriteOptions,
  signal: AbortSignal,
): Promise<StoredSnapshot> {
  const { now, canBeProtected, keys, sealers } = options
  const replacement = await startReplacement(store, ref, { now, canBeProtected })
  await replaceSnapshot({
    replacement,
    trees: options.trees,
    open(side) {
      const files = side === 'old' ? openStoredFiles(store, ref) : stagedFiles(store, ref, replacement)
      return PxarSnapshotReader.open(files, { ref, isProtected: false, keys, sealers }, signal)
    },
    async write(old) {
      const manifest = parseManifest(await readSnapshotFile(store, ref, MANIFEST_FILENAME))
      await write({ ...options, store, ref, replacement, old, manifest, signal })
    },
    compare: (old, fresh, tree) => compare({ ...options, old, signal }, fresh, tree),
    merge: mergeManifests,
    signal,
  })
  const view = viewOfManifest(ref, parseManifest(await readSnapshotFile(store, ref, MANIFEST_FILENAME)), false)
  return { ...view, protected: replacement.isProtected }
}

async function write(rewriting: Rewriting): Promise<void> {
  const { store, replacement, manifest, keys, sealers, now, unwanted, trees, signal } = rewriting
  const cryptMode = cryptModeOf(rewriting)
  const fingerprint = manifest.unprotected['key-fingerprint']?.toLowerCase()
  const crypt = fingerprint === undefined ? keys[0] : keys.find((key) => key.fingerprint === fingerprint)
  const target = createNewSnapshot(store, replacement.draft, now)
  const careful: NewSnapshot = {
    ...target,
    keepChunk: (digest) => !unwanted.has(digest) && target.keepChunk(digest),
  }
  const writer = new PxarSnapshotWriter(careful, {
    write: { time: manifest['backup-time'], mode: 'metadata', compress: true, cryptMode },
    crypt,
    sealer: sealers.get(cryptMode === 'encrypt' ? crypt : undefined),
    template: manifest,
    signal,
  })
  // One catalog lists all archives of the old form.
  const isCatalogNew = manifest.files.some(({ filename }) => trees.has(legacyTree.exec(filename)?.[1] ?? ''))
  await rewriteFiles(manifest.files, {
    writer,
    fateOf(filename) {
      if (filename === CATALOG_FILENAME && isCatalogNew) return 'leave-out'
      const legacy = legacyTree.exec(filename)?.[1]
      const tree = legacy ?? splitTree.exec(filename)?.[1]
      const isNew = tree !== undefined && (trees.has(tree) || (legacy !== undefined && isCatalogNew))
      if (isNew) return () => writeTree(rewriting, writer, { tree, isLegacy: legacy !== undefined })
      return trees.has(payload.exec(filename)?.[1] ?? '') ? 'leave-out' : 'keep'
    },
    keep: (filename) => keep(rewriting, filename, target.keepChunk),
  })
}

async function writeTree(
  { old, removed, observer, signal }: Rewriting,
  writer: PxarSnapshotWriter,
  { tree, isLegacy }: { readonly tree: string; readonly isLegacy: boolean },
): Promise<void> {
  await writer.putTree(tree, withoutPaths(old, tree, { removed, contents: true, signal }), {
    isLegacy,
    prelude: isLegacy ? undefined : await old.prelude(tree, signal),
    observer: withoutEntries(observer, (path, reason) => {
      throw new HoldfastError('file/unreadable', { detail: `${tree}/${path}: ${reason}` })
    }),
  })
}

/** Chunks count as used from now on, so that a collection that goes on meanwhile spares them. */
async function keep(
  { store, ref, replacement, signal }: Rewriting,
  filename: string,
  keepChunk: NewSnapshot['keepChunk'],
): Promise<void> {
  await replacement.keepFile(filename)
  if (filename.endsWith('.blob')) return
  const index = parseIndex(filename, await readSnapshotFile(store, ref, filename))
  for (let position = 0; position < index.count; position++) {
    if (position % chunksASlice === 0) await nextTick()
    signal.throwIfAborted()
    // One that is missing was missing before: it is not for a removal to tell.
    keepChunk(index.digestAt(position))
  }
}

/** Both with their contents: only files that lie in other chunks than before are opened. */
async function compare({ old, removed, signal }: Comparison, fresh: PxarSnapshotReader, tree: string): Promise<void> {
  const indexes = { old: await payloadOf(old, tree, signal), fresh: await payloadOf(fresh, tree, signal) }
  const before = withoutPaths(old, tree, { removed, contents: true, signal })
  const after = fresh.walk(tree, { contents: true }, signal)
  await compareTrees(before, after, {
    tree,
    placeOf: (file, side) => payloadPlace(file, indexes[side]),
    signal,
  })
}

/** That of the trees that are written anew; what is taken over keeps its own. */
function cryptModeOf({ manifest, trees }: Rewriting): StoredArchive['cryptMode'] {
  const modes = new Set<StoredArchive['cryptMode']>()
  for (const file of manifest.files) {
    const tree = legacyTree.exec(file.filename)?.[1] ?? splitTree.exec(file.filename)?.[1]
    if (tree !== undefined && trees.has(tree)) modes.add(file['crypt-mode'])
  }
  const [mode = 'none', another] = modes
  if (another !== undefined || (mode === 'none' && manifest.signature != null)) {
    throw new HoldfastError('repository/unsupported', { detail: 'Its archives are encrypted in different ways.' })
  }
  return mode
}

/** Notes may have been changed meanwhile. What was found out about the old form does not hold for the new one. */
function mergeManifests(old: Uint8Array, fresh: Uint8Array): Uint8Array {
  const { verify_state: _, chunk_upload_stats: __, ...kept } = parseManifest(old).unprotected
  const manifest = parseManifest(fresh)
  const { verify_state: ___, ...made } = manifest.unprotected
  const notes = kept.notes ?? undefined
  return encodeManifest({ ...manifest, unprotected: { ...kept, ...made, ...(notes !== undefined && { notes }) } })
}

function stagedFiles(store: Datastore, ref: SnapshotRef, replacement: SnapshotReplacement): SnapshotFiles {
  return {
    ...openStoredFiles(store, ref),
    async file(filename, signal) {
      signal.throwIfAborted()
      return await replacement.readFile(filename)
    },
  }
}
