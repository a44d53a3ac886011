/** Pieces of a file on their way from whoever receives them to whoever reads them: one waits, then the sender does. */
export class FileInbox {
  #piece: Uint8Array | undefined
  #isComplete = false
  #isUnwanted = false
  #waiting: Promise<void> | undefined
  #wake: (() => void) | undefined

  /** Whether the file is there to its end and was read. */
  get isRead(): boolean {
    return this.#isComplete && this.#piece === undefined
  }

  /** Returns when there is room for the next piece. */
  async put(piece: Uint8Array): Promise<void> {
    while (this.#piece !== undefined && !this.#isUnwanted) await this.#change()
    if (this.#isUnwanted) return
    this.#piece = piece
    this.#changed()
  }

  complete(): void {
    this.#isComplete = true
    this.#changed()
  }

  /** Nobody will read it: what comes is dropped. */
  dismiss(): void {
    this.#isUnwanted = true
    this.#piece = undefined
    this.#changed()
  }

  /** Once. `whileUp` ends the wait when nothing more will come. */
  async *read(whileUp: (change: Promise<void>) => Promise<void>): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const piece = this.#piece
        if (piece !== undefined) {
          this.#piece = undefined
          this.#changed()
          yield piece
        } else if (this.#isComplete) return
        else await whileUp(this.#change())
      }
    } finally {
      this.dismiss()
    }
  }

  /** Both sides wait for the same: that anything is different. */
  #change(): Promise<void> {
    if (this.#waiting === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting = promise
      this.#wake = resolve
    }
    return this.#waiting
  }

  #changed(): void {
    this.#wake?.()
    this.#waiting = undefined
    this.#wake = undefined
  }
}
