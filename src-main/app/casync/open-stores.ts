import { HoldfastError } from '../../../src-shared/errors.ts'
import { type Locator, parseLocator } from '../../engines/casync/address/locator.ts'
import { HttpStore } from '../../engines/casync/client/http-store.ts'
import { startRemoteProgram } from '../../engines/casync/client/remote-program.ts'
import { SshStore } from '../../engines/casync/client/ssh-store.ts'
import { CachedStore } from '../../engines/casync/store/cached-store.ts'
import type { ChunkStore } from '../../engines/casync/store/chunk-store.ts'
import { fallbackStore } from '../../engines/casync/store/fallback-store.ts'
import { LocalStore } from '../../engines/casync/store/local-store.ts'
import { StoreThreads } from '../../engines/casync/store/store-threads.ts'

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
  const cached =
    cache === undefined || distant.length === 0
      ? far
      : await CachedStore.open(far, new LocalStore(cache.folder), cache.maxBytes, signal)
  return {
    chunks: fallbackStore([...storesWhere(false), ...(distant.length === 0 ? [] : [cached])]),
    async [Symbol.asyncDispose]() {
      for (const each of opened) await each.close()
    },
  }
}

/** What `--store`, `--extra-store` and `CASYNC_STORE` say. */
export function parseStores(texts: readonly string[]): Locator[] {
  return texts.map(parseLocator)
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
