import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Locator } from '../../engines/casync/address/locator.ts'
import type { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import { collectGarbage, type GarbageReport } from '../../engines/casync/store/collect-garbage.ts'
import { LocalStore } from '../../engines/casync/store/local-store.ts'
import { type CheckedChunk, verifyChunks, verifyStore } from '../../engines/casync/store/verify-store.ts'
import { isFolder } from '../../os/is-folder.ts'
import type { ChunkRef } from '../../storage/chunk-index.ts'
import { DigestSet } from '../../storage/datastore/digest-set.ts'
import type { OpenArchive } from './open-archive.ts'
import { readIndex } from './open-archive.ts'

/** Remembered so that a chunk is read once: 132 MB at most. */
const maxRemembered = 4 << 20

/** Reads every chunk of an index, from whatever store has it. */
export async function* verifyArchive(
  { index, chunks, header }: OpenArchive,
  signal: AbortSignal,
): AsyncGenerator<CheckedChunk, void, undefined> {
  if (index === undefined || chunks === undefined || header === undefined) {
    throw new HoldfastError('input/invalid', { detail: 'Only an index says which chunks there should be.' })
  }
  yield* verifyChunks(chunks, distinct(index), { algorithms: [header.algorithm] }, signal)
}

/** Reads every chunk that lies in a store on this computer. */
export async function* verifyFolder(
  store: Locator,
  signal: AbortSignal,
): AsyncGenerator<CheckedChunk, void, undefined> {
  const folder = localStore(store)
  // A store that is not there has no bad chunk either: nobody may take that for good.
  if (store.kind === 'path' && !(await isFolder(store.path))) {
    throw new HoldfastError('path/not-found', { detail: store.path, hint: 'Name the store with --store.' })
  }
  yield* verifyStore(folder, {}, signal)
}

export interface CollectChoice {
  readonly store: Locator
  readonly indexes: readonly Locator[]
  readonly graceMs: number
  readonly isDryRun: boolean
}

/** What `casync gc` does, but that it spares what is young, and looks nowhere else than into the store. */
export async function collectStore(
  { store, indexes, graceMs, isDryRun }: CollectChoice,
  signal: AbortSignal,
): Promise<GarbageReport> {
  async function* read(): AsyncGenerator<CasyncIndex> {
    for (const index of indexes) yield await readIndex(index, {}, signal)
  }
  return await collectGarbage(localStore(store), read(), { now: Date.now, graceMs, isDryRun }, signal)
}

function localStore(store: Locator): LocalStore {
  if (store.kind === 'path') return new LocalStore(store.path)
  throw new HoldfastError('repository/unsupported', { detail: 'That can only be done where the store is.' })
}

function* distinct(index: CasyncIndex): Generator<ChunkRef> {
  const seen = new DigestSet(maxRemembered)
  for (const chunk of index) if (seen.add(chunk.digest)) yield chunk
}
