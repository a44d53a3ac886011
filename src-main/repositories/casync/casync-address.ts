import { HoldfastError } from '../../../src-shared/errors.ts'
import { type Locator, parseLocator } from '../../engines/casync/address/locator.ts'
import { parseSize } from '../../engines/casync/chunker/chunk-sizes.ts'
import type { ChunkCache } from '../../engines/casync/client/open-stores.ts'

/**
 * A casync repository with what goes with it. Behind the store's own address, as the query of a URL:
 *
 *     https://mirror/name.castr?extra-store=/mnt/old.castr&chunk-cache=/var/cache/chunks&chunk-cache-size=2G
 */
export interface CasyncAddress {
  /** Of the store, without the rest. */
  readonly store: string
  /** Asked for chunks that the store does not have, in this order. */
  readonly extraStores: readonly Locator[]
  /** For chunks of distant stores. */
  readonly cache: ChunkCache | undefined
}

const defaultCacheBytes = 1 << 30
const withQuery = /^(.*\.castr)\/*\?(.*)$/s

/** Whether this is the address of a casync store, with or without what goes with it. */
export function isCasyncAddress(address: string): boolean {
  return /\.castr\/*$/.test(address) || /^casync\+/.test(address) || withQuery.test(address)
}

/** Throws `input/invalid` for a query that says something else, so that nothing of it is passed over in silence. */
export function parseCasyncAddress(address: string): CasyncAddress {
  const [, store, query] = withQuery.exec(address) ?? []
  if (store === undefined || query === undefined) return { store: address, extraStores: [], cache: undefined }
  const words = new URLSearchParams(query)
  for (const key of words.keys()) {
    if (!['extra-store', 'chunk-cache', 'chunk-cache-size'].includes(key)) throw invalid(`${key} says nothing here.`)
  }
  const folder = words.get('chunk-cache')
  if (folder !== null && !folder.startsWith('/')) throw invalid('The folder of the cache must be an absolute path.')
  const extraStores = words.getAll('extra-store').map(parseLocator)
  if (extraStores.some((locator) => locator.kind === 'path' && !locator.path.startsWith('/'))) {
    throw invalid('The folder of an extra store must be an absolute path.')
  }
  const size = words.get('chunk-cache-size')
  const maxBytes = size === null ? defaultCacheBytes : parseSize(size)
  return { store, extraStores, cache: folder === null ? undefined : { folder, maxBytes } }
}

function invalid(detail: string): HoldfastError {
  return new HoldfastError('input/invalid', {
    detail,
    hint: 'Use name.castr?extra-store=…&chunk-cache=/folder&chunk-cache-size=1G.',
  })
}
