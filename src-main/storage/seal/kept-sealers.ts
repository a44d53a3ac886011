import type { ChunkSealer } from './chunk-sealer.ts'

/** The sealers that a repository has opened, by what they do. Their threads start with their first work. */
export class KeptSealers {
  readonly #sealers = new Map<string, ChunkSealer>()

  /** The one of this name, opened when it is asked for first. */
  get(name: string, open: () => ChunkSealer): ChunkSealer {
    const known = this.#sealers.get(name)
    if (known !== undefined) return known
    const sealer = open()
    this.#sealers.set(name, sealer)
    return sealer
  }

  async close(): Promise<void> {
    const sealers = [...this.#sealers.values()]
    this.#sealers.clear()
    for (const sealer of sealers) await sealer.close()
  }
}
