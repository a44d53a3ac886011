import type { ByteSink } from './random-access.ts'

/** Keeps what it gets. `isSlow` answers with promises and checks that nobody writes before they are kept. */
export class MemorySink implements ByteSink {
  readonly #pieces: Uint8Array[] = []
  readonly #isSlow: boolean
  #isBusy = false

  constructor(isSlow = false) {
    this.#isSlow = isSlow
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#isBusy) throw new Error('written to while busy')
    this.#pieces.push(bytes)
    if (!this.#isSlow) return
    this.#isBusy = true
    return Promise.resolve().then(() => {
      this.#isBusy = false
    })
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#pieces)
  }

  get writes(): number {
    return this.#pieces.length
  }
}
