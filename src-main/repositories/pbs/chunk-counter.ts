import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { downloadFile } from '../../engines/pbs/client/management/snapshots.ts'
import type { PbsApi } from '../../engines/pbs/client/pbs-api.ts'
import type { ChunkIndex } from '../../storage/chunk-index.ts'
import { DigestSet } from '../../storage/datastore/digest-set.ts'
import { parseIndex } from '../../storage/datastore/parse-index.ts'
import type { StoredSnapshot } from '../repository.ts'

/** Beyond that, chunks are counted again in each snapshot that has them. */
const MAX_COUNTED = 1 << 24

export interface IndexSource {
  readonly api: PbsApi
  readonly datastore: string
}

/** Counts chunks by the indexes, each of which is fetched once, however many snapshots have the same. */
export class ChunkCounter {
  readonly #source: IndexSource
  readonly #signal: AbortSignal
  readonly #indexes = new Set<string>()
  readonly #digests = new DigestSet(MAX_COUNTED)
  count = 0

  constructor(source: IndexSource, signal: AbortSignal) {
    this.#source = source
    this.#signal = signal
  }

  async add({ ref, archives }: StoredSnapshot): Promise<void> {
    for (const { filename, csum } of archives) {
      if (filename.endsWith('.blob') || this.#indexes.has(csum)) continue
      try {
        const index = await readIndex(this.#source, { ref, filename }, this.#signal)
        this.#indexes.add(csum)
        for (const { digest } of index) if (this.#digests.add(digest)) this.count++
      } catch (error) {
        // Damage was told by the server; what cannot be read cannot be counted.
        if (!(error instanceof HoldfastError) || error.code === 'repository/unreachable') throw error
      }
    }
  }
}

/** An index as it is stored. Throws `path/not-found`, `index/corrupt`. */
export async function readIndex(
  { api, datastore }: IndexSource,
  { ref, filename }: { readonly ref: SnapshotRef; readonly filename: string },
  signal: AbortSignal,
): Promise<ChunkIndex> {
  return parseIndex(filename, await downloadFile(api, { store: datastore, ref, filename }, signal))
}
