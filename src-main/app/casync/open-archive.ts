import { readFile } from 'node:fs/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { digestOf } from '../../archive/catar/feature-flags.ts'
import { FileAccess } from '../../archive/file-access.ts'
import { piecesOf } from '../../archive/pieces-of.ts'
import type { RandomAccess } from '../../archive/random-access.ts'
import { contentOf, defaultStore, type Locator } from '../../engines/casync/address/locator.ts'
import type { DigestAlgorithm } from '../../engines/casync/chunk-digest.ts'
import { type ChunkCache, openStores, type Reach } from '../../engines/casync/client/open-stores.ts'
import { PullSession } from '../../engines/casync/client/pull-session.ts'
import { readHttpFile } from '../../engines/casync/client/read-http-file.ts'
import { startRemoteProgram, withLastWords } from '../../engines/casync/client/remote-program.ts'
import { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import { readIndexed } from '../../engines/casync/operations/read-indexed.ts'
import type { ChunkStore } from '../../engines/casync/store/chunk-store.ts'
import { fallbackStore } from '../../engines/casync/store/fallback-store.ts'
import { errorCode } from '../../os/system-error.ts'
import { chunksOfStore } from '../../repositories/casync/chunk-source.ts'
import { ChunkFetcher } from '../../repositories/pxar-snapshot/chunk-fetcher.ts'
import { ChunkedBytes } from '../../repositories/pxar-snapshot/chunked-bytes.ts'

export interface ArchiveChoice {
  /** Undefined is the one beside the index. */
  readonly store?: Locator | undefined
  readonly extraStores?: readonly Locator[] | undefined
  readonly cache?: ChunkCache | undefined
  readonly reach: Reach
  /** Asked before any store; opened when the index is known. Closed with the archive. */
  readonly openSeeds?: ((index: CasyncIndex) => Promise<readonly (ChunkStore & AsyncDisposable)[]>) | undefined
}

/** An index with its chunks, or an archive or a blob as a file, wherever it lies. Close it. */
export interface OpenArchive extends AsyncDisposable {
  readonly content: 'tree' | 'blob'
  /** What an index says of it; undefined where only the archive itself knows. */
  readonly header: { readonly featureFlags: bigint; readonly algorithm: DigestAlgorithm } | undefined
  readonly index: CasyncIndex | undefined
  readonly chunks: ChunkStore | undefined
  /** From the beginning to the end. */
  pieces(signal: AbortSignal): AsyncIterable<Uint8Array>
  /** From any place; undefined for what comes over a connection and can only be read forward. */
  readonly access: RandomAccess | undefined
}

/** An index has 40 bytes for a chunk. */
const maxIndexBytes = 2 ** 31 - 1

/** Throws `path/not-found`, `index/corrupt`, `repository/unreachable`. */
export async function openArchive(locator: Locator, choice: ArchiveChoice, signal: AbortSignal): Promise<OpenArchive> {
  const content = contentOf(locator)
  if (content === 'archive-index' || content === 'blob-index') {
    return await openIndexed(locator, content === 'archive-index' ? 'tree' : 'blob', choice, signal)
  }
  const what = { content: content === 'archive' ? 'tree' : 'blob', header: undefined, index: undefined } as const
  if (locator.kind !== 'path') {
    const pieces = (abort: AbortSignal) => readFar(locator, 'archive', choice.reach, abort)
    return { ...what, chunks: undefined, pieces, access: undefined, async [Symbol.asyncDispose]() {} }
  }
  const access = await named(locator.path, () => FileAccess.open(locator.path))
  return {
    ...what,
    chunks: undefined,
    access,
    pieces: (abort) => piecesOf(access, abort),
    [Symbol.asyncDispose]: () => access[Symbol.asyncDispose](),
  }
}

/** An index in memory, wherever it lies. */
export async function readIndex(locator: Locator, reach: Reach, signal: AbortSignal): Promise<CasyncIndex> {
  if (locator.kind === 'path') return CasyncIndex.parse(await named(locator.path, () => readFile(locator.path)))
  const parts: Uint8Array[] = []
  for await (const piece of readFar(locator, 'index', reach, signal)) parts.push(piece)
  return CasyncIndex.parse(Buffer.concat(parts))
}

async function openIndexed(
  locator: Locator,
  content: 'tree' | 'blob',
  { store, extraStores = [], cache, reach, openSeeds }: ArchiveChoice,
  signal: AbortSignal,
): Promise<OpenArchive> {
  const index = await readIndex(locator, reach, signal)
  const { featureFlags } = index.header
  const seeds = (await openSeeds?.(index)) ?? []
  const stores = await openStores([store ?? defaultStore(locator), ...extraStores], reach, cache, signal)
  const chunks = fallbackStore([...seeds, stores.chunks])
  const fetcher = new ChunkFetcher(chunksOfStore(chunks))
  return {
    content,
    header: { featureFlags, algorithm: digestOf(featureFlags) },
    index,
    chunks,
    pieces: (abort) => readIndexed(index, chunks, { freesPieces: true }, abort),
    access: new ChunkedBytes(index, fetcher),
    async [Symbol.asyncDispose]() {
      await fetcher.close()
      await stores[Symbol.asyncDispose]()
      for (const seed of seeds) await seed[Symbol.asyncDispose]()
    },
  }
}

async function* readFar(
  locator: Exclude<Locator, { readonly kind: 'path' }>,
  what: 'index' | 'archive',
  { sshPath, remotePath, bytesPerSecond }: Reach,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (locator.kind === 'url') {
    const maxBytes = what === 'index' ? maxIndexBytes : Number.MAX_SAFE_INTEGER
    yield* readHttpFile(locator.prefix + locator.rest, { maxBytes }, signal)
    return
  }
  const program = startRemoteProgram(
    { host: locator.host, sshPath, remotePath },
    { verb: 'pull', [what]: locator.path },
  )
  try {
    const session = await PullSession.open(program.pipes, { [what]: true }, { bytesPerSecond }, signal)
    try {
      yield* what === 'index' ? session.index() : session.archive()
    } finally {
      await session.close()
    }
  } catch (error) {
    signal.throwIfAborted()
    throw await withLastWords(error, program)
  } finally {
    await program.close()
  }
}

async function named<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    throw new HoldfastError('path/not-found', { detail: path, cause: error })
  }
}
