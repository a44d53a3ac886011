import { freeMemory } from '../../../storage/free-memory.ts'

/** What a store has given and may free again: pieces that are the only view of their memory. */
export class FreeableChunks {
  readonly #given = new WeakSet<Uint8Array>()

  give(plain: Uint8Array): Uint8Array {
    this.#given.add(plain)
    return plain
  }

  /** Does nothing to what this store has not given. */
  free(plain: Uint8Array): void {
    if (this.#given.delete(plain)) freeMemory(plain)
  }
}
