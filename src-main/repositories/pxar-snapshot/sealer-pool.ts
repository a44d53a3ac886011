import type { CryptConfig } from '../../storage/crypt-config.ts'
import type { ChunkSealer } from '../../storage/seal/chunk-sealer.ts'
import { InlineSealer } from '../../storage/seal/inline-sealer.ts'
import { WorkerSealer } from '../../storage/seal/worker-sealer.ts'

/** The sealers of a repository, one for each key that is used. Their threads start with their first work. */
export class SealerPool {
  readonly #threads: number | undefined
  readonly #sealers = new Map<string, ChunkSealer>()

  /** `threads`: as many as the machine can use when undefined, none at all (for tests) when 0. */
  constructor(threads: number | undefined) {
    this.#threads = threads
  }

  /** Closed by the pool. */
  get(crypt: CryptConfig | undefined, compress = true): ChunkSealer {
    const name = `${crypt?.fingerprint ?? ''} ${compress}`
    const known = this.#sealers.get(name)
    if (known !== undefined) return known
    const options = { key: crypt?.key, compress }
    const sealer =
      this.#threads === 0 ? new InlineSealer(options) : new WorkerSealer({ ...options, threads: this.#threads })
    this.#sealers.set(name, sealer)
    return sealer
  }

  async close(): Promise<void> {
    const sealers = [...this.#sealers.values()]
    this.#sealers.clear()
    for (const sealer of sealers) await sealer.close()
  }
}
