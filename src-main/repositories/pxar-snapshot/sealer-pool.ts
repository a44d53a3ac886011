import type { CryptConfig } from '../../storage/crypt-config.ts'
import type { ChunkSealer } from '../../storage/seal/chunk-sealer.ts'
import { InlineSealer } from '../../storage/seal/inline-sealer.ts'
import { KeptSealers } from '../../storage/seal/kept-sealers.ts'
import { WorkerSealer } from '../../storage/seal/worker-sealer.ts'

/** The sealers of a repository, one for each key that is used. */
export class SealerPool {
  readonly #threads: number | undefined
  readonly #sealers = new KeptSealers()

  /** `threads`: as many as the machine can use when undefined, none at all (for tests) when 0. */
  constructor(threads: number | undefined) {
    this.#threads = threads
  }

  /** Closed by the pool. */
  get(crypt: CryptConfig | undefined, compress = true): ChunkSealer {
    const options = { key: crypt?.key, compress }
    return this.#sealers.get(`${crypt?.fingerprint ?? ''} ${compress}`, () =>
      this.#threads === 0 ? new InlineSealer(options) : new WorkerSealer({ ...options, threads: this.#threads }),
    )
  }

  async close(): Promise<void> {
    await this.#sealers.close()
  }
}
