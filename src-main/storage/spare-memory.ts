import { allocateChunk } from './chunk-stream.ts'

/**
 * Memory that blocks of one pipeline passed through, for the next blocks. It is warm: of a backup, the pages that the kernel
 * gives and takes back with every new block were a tenth of the processor time.
 */
export class SpareMemory {
  readonly #maxBytes: number
  /** The last is taken first: it is still in the processor's cache. */
  readonly #spare: ArrayBuffer[] = []
  #bytes = 0

  /** At most so much lies ready. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** As much as asked for, in a buffer that may be somewhat larger and is nobody else's. What is in it is anything. */
  allocate(bytes: number): Uint8Array<ArrayBuffer> {
    const at = this.#spare.findLastIndex(({ byteLength }) => byteLength >= bytes && byteLength < bytes * 2)
    const [found] = at === -1 ? [] : this.#spare.splice(at, 1)
    if (found === undefined) return allocateChunk(bytes)
    this.#bytes -= found.byteLength
    return new Uint8Array(found, 0, bytes)
  }

  /** Nobody looks at it any more. The oldest goes for it. */
  takeBack(memory: ArrayBuffer): void {
    this.#spare.push(memory)
    this.#bytes += memory.byteLength
    while (this.#bytes > this.#maxBytes) this.#drop()
  }

  clear(): void {
    while (this.#spare.length > 0) this.#drop()
  }

  #drop(): void {
    const oldest = this.#spare.shift()
    this.#bytes -= oldest?.byteLength ?? this.#bytes
    oldest?.transfer(0) // now, and not when a collector finds it
  }
}
