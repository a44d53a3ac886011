import { setImmediate as nextTick } from 'node:timers/promises'
import { HoldfastError, ProtocolError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { DigestSet } from '../../../storage/datastore/digest-set.ts'
import { forEachBounded } from '../../../storage/datastore/for-each-bounded.ts'
import { parseIndex } from '../../../storage/datastore/parse-index.ts'
import type { Bucket, StoredObject } from '../bucket.ts'

export interface MarkOptions {
  /** Unix milliseconds of the store: an index that was stored since then is read whether or not it was before. */
  readonly since: number
  onProgress(done: number, total: number): void
}

/** 128 TiB of usual chunks; the table takes 33 bytes for each, and room to grow. */
const MAX_MARKS = 1 << 25
/** As `storage/datastore` takes at most from a disk. */
const MAX_INDEX_BYTES = 2 ** 31 - 1
const INDEXES_AT_ONCE = 4
const DIGESTS_A_SLICE = 2048

/**
 * What indexes refer to: every digest, without fail, since one that is forgotten is a chunk lost. An index that cannot be read
 * or was changed by accident therefore ends the collection.
 */
export class IndexMarks {
  readonly #digests: DigestSet
  readonly #maxCount: number
  readonly #seen = new Set<string>()

  constructor(maxCount = MAX_MARKS) {
    this.#maxCount = maxCount
    this.#digests = new DigestSet(maxCount)
  }

  has(digest: Digest): boolean {
    return this.#digests.has(digest)
  }

  /**
   * Marks what these indexes refer to; one that vanished meanwhile refers to nothing any more. Throws `index/corrupt`, naming
   * it, and `repository/unsupported` when there are more digests than can be held.
   */
  async add(
    bucket: Pick<Bucket, 'get'>,
    indexes: readonly StoredObject[],
    { since, onProgress }: MarkOptions,
    signal: AbortSignal,
  ): Promise<void> {
    const fresh = indexes.filter(({ name, modifiedAt }) => modifiedAt >= since || !this.#seen.has(name))
    let done = 0
    await forEachBounded(fresh, INDEXES_AT_ONCE, async ({ name }) => {
      const bytes = await readIndex(bucket, name, signal)
      if (bytes !== undefined) await this.#mark(name, bytes, signal)
      this.#seen.add(name)
      onProgress(++done, fresh.length)
    })
  }

  async #mark(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const index = parse(name, bytes)
    for (let position = 0; position < index.count; position++) {
      if (position % DIGESTS_A_SLICE === 0) {
        await nextTick()
        signal.throwIfAborted()
      }
      // The set does not say when it forgets one.
      if (this.#digests.add(index.digestAt(position)) && this.#digests.count >= this.#maxCount) {
        throw new HoldfastError('repository/unsupported', { detail: `It has more than ${this.#maxCount} chunks.` })
      }
    }
  }
}

/** Undefined when it vanished. */
async function readIndex(
  bucket: Pick<Bucket, 'get'>,
  name: string,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    return (await bucket.get(name, MAX_INDEX_BYTES, signal))?.bytes
  } catch (error) {
    if (error instanceof ProtocolError) throw damaged(name, error)
    throw error
  }
}

/** Its own checksum too: one flipped bit would let the chunk it meant go. */
function parse(name: string, bytes: Uint8Array) {
  try {
    const index = parseIndex(name, bytes)
    if (index.csum() === index.header.storedCsum) return index
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'index/corrupt') throw damaged(name, error)
    throw error
  }
  throw damaged(name)
}

function damaged(name: string, cause?: unknown): HoldfastError {
  return new HoldfastError('index/corrupt', {
    detail: name,
    hint: 'Garbage is not collected while it is unknown what this index needs. Remove its snapshot.',
    cause,
  })
}
