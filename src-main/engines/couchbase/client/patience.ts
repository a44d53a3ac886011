import { setTimeout as sleep } from 'node:timers/promises'

/** How long to go on without any progress, and how fast to ask again. */
export interface PatienceOptions {
  readonly patienceMs?: number | undefined
  readonly firstDelayMs?: number | undefined
}

const PATIENCE_MS = 120_000
const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 5000

/** Counts failures since the last progress. */
export class Patience {
  readonly #patienceMs: number
  readonly #firstDelayMs: number
  #since: number | undefined
  #failures = 0

  constructor({ patienceMs = PATIENCE_MS, firstDelayMs = FIRST_DELAY_MS }: PatienceOptions = {}) {
    this.#patienceMs = patienceMs
    this.#firstDelayMs = firstDelayMs
  }

  progress(): void {
    this.#since = undefined
    this.#failures = 0
  }

  /** Waits a little, twice as long each time. @throws the failure, when there was none but failures for too long */
  async afterFailure(failure: unknown, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const now = performance.now()
    this.#since ??= now
    if (now - this.#since >= this.#patienceMs) throw failure
    const delay = Math.min(MAX_DELAY_MS, this.#firstDelayMs * 2 ** Math.min(this.#failures, 10))
    this.#failures += 1
    await sleep(delay, undefined, { signal })
  }
}
