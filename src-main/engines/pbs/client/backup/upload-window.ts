/** The original client keeps 64 uploads under way (spec pbs §2.2); servers take fewer at once, and let the rest wait. */
const MAX_UPLOADS = 32
/** Their bytes are bounded as well: a chunk may be of 16 MiB. */
const MAX_BYTES = 64 << 20

/** Lets so many uploads be under way at once, in number and bytes; the others wait in line. */
export class UploadWindow {
  readonly #waiting: { readonly bytes: number; readonly start: () => void }[] = []
  #uploads = 0
  #bytes = 0

  async run<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push({ bytes, start: resolve })
      await promise
    } else {
      this.#take(bytes)
    }
    try {
      return await work()
    } finally {
      this.#uploads--
      this.#bytes -= bytes
      this.#admit()
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#take(next.bytes)
      next.start()
    }
  }

  /** One always does, however large. */
  #fits(bytes: number): boolean {
    return this.#uploads === 0 || (this.#uploads < MAX_UPLOADS && this.#bytes + bytes <= MAX_BYTES)
  }

  #take(bytes: number): void {
    this.#uploads++
    this.#bytes += bytes
  }
}
