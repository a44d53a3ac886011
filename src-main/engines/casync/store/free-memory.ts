/**
 * Gives the memory of a chunk back now, and not when a collector finds it: buffers count as much as they hold, so that a
 * thread through which chunks only pass would clear up every few hundred of them. Only for what nobody else looks at;
 * memory that Node shares out in small pieces is left alone.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize && byteLength > 0) buffer.transfer(0)
}

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
