import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { Locator } from '../address/locator.ts'
import { CachedStore } from '../store/cached-store.ts'
import type { ChunkStore } from '../store/chunk-store.ts'
import { fallbackStore } from '../store/fallback-store.ts'
import { LocalStore } from '../store/local-store.ts'
import { StoreThreads } from '../store/store-threads.ts'
import { HttpStore } from './http-store.ts'
import { startRemoteProgram } from './remote-program.ts'
import { SshStore } from './ssh-store.ts'

/** How casync's commands reach other computers (spec casync §4.3). */
export interface Reach {
  readonly sshPath?: string | undefined
  readonly remotePath?: string | undefined
  readonly bytesPerSecond?: number | undefined
  /** `CASYNC_COMPRESSED_CHUNK_SUFFIX`. */
  readonly chunkSuffix?: string | undefined
}

/** A folder for chunks of distant stores, and how much may be in it. */
export interface ChunkCache {
  readonly folder: string
  readonly maxBytes: number
}

export interface OpenStores extends AsyncDisposable {
  readonly chunks: ChunkStore
  /** Takes a chunk out of the cache, if there is one. It stays where it came from. */
  forgetCached(id: Digest): Promise<void>
}

/** Several stores as one, asked one after the other; those of other computers behind the cache. Close them. */
export async function openStores(
  locators: readonly Locator[],
  reach: Reach,
  cache: ChunkCache | undefined,
  signal: AbortSignal,
): Promise<OpenStores> {
  const opened: { readonly store: ChunkStore; readonly isDistant: boolean; close(): Promise<void> }[] = []
  for (const locator of locators) {
    const store = openStore(locator, reach, signal)
    opened.push({ store, isDistant: locator.kind !== 'path', close: async () => await store.close?.() })
  }
  const storesWhere = (isDistant: boolean) => opened.filter((each) => each.isDistant === isDistant).map(storeOf)
  const distant = storesWhere(true)
  const far = fallbackStore(distant)
  const cached = cache === undefined || distant.length === 0 ? undefined : await openCache(far, cache, signal)
  return {
    chunks: fallbackStore([...storesWhere(false), ...(distant.length === 0 ? [] : [cached ?? far])]),
    async forgetCached(id) {
      await cached?.drop(id)
    },
    async [Symbol.asyncDispose]() {
      for (const each of opened) await each.close()
    },
  }
}

/** A distant store behind a cache. */
export async function openCache(store: ChunkStore, cache: ChunkCache, signal: AbortSignal): Promise<CachedStore> {
  return await CachedStore.open(store, new LocalStore(cache.folder), cache.maxBytes, signal)
}

function storeOf({ store }: { readonly store: ChunkStore }): ChunkStore {
  return store
}

function openStore(
  locator: Locator,
  { sshPath, remotePath, bytesPerSecond, chunkSuffix }: Reach,
  signal: AbortSignal,
): ChunkStore & { close?(): Promise<void> } {
  const suffix = chunkSuffix === undefined ? {} : { suffix: chunkSuffix }
  if (locator.kind === 'path') return new StoreThreads(new LocalStore(locator.path, suffix))
  if (locator.kind === 'url') {
    if (locator.scheme === 'http' || locator.scheme === 'https') {
      return new HttpStore(locator.prefix + locator.rest, suffix)
    }
    throw new HoldfastError('repository/unsupported', { detail: `There are no stores over ${locator.scheme}.` })
  }
  const { host, path: store } = locator
  const start = () =>
    startRemoteProgram(
      { host, sshPath, remotePath },
      { verb: 'pull', store, ...(bytesPerSecond !== undefined && { rateLimitBytesPerSecond: bytesPerSecond }) },
    )
  return new SshStore(start, { bytesPerSecond }, signal)
}
