/** Something changed, and whoever waits looks again. A change between looking and waiting is not lost: the version tells. */
export class ChangeSignal {
  #version = 0
  #waiting = new Set<() => void>()

  get version(): number {
    return this.#version
  }

  /** How many wait right now. */
  get listeners(): number {
    return this.#waiting.size
  }

  notify(): void {
    this.#version++
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const wake of waiting) wake()
  }

  /** Resolves when there was a change since `version`; rejects with the signal's reason. */
  async changed(version: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#version !== version) return
    await new Promise<void>((resolve, reject) => {
      const wake = (): void => {
        signal.removeEventListener('abort', abort)
        resolve()
      }
      const abort = (): void => {
        this.#waiting.delete(wake)
        reject(signal.reason)
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', abort, { once: true })
    })
  }
}
