/** The speed shown is that of the last few seconds: half of what it shows is younger than this. */
const halfLifeMs = 4000
/** No estimate before the speed is one. */
const etaAfterMs = 10_000
/** Shorter times say nothing. */
const leastMs = 50

/** How fast a phase of a job goes, and how long it will take. */
export class ProgressSpeed {
  readonly #now: () => number
  #since: number
  #lastAt: number
  #lastBytes = 0
  #bytesPerSecond = 0

  /** `now` is a clock that never jumps, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
    this.#since = now()
    this.#lastAt = this.#since
  }

  get bytesPerSecond(): number {
    return Math.round(this.#bytesPerSecond)
  }

  /** Another phase: what was measured says nothing about it. */
  begin(doneBytes: number): void {
    this.#since = this.#now()
    this.#lastAt = this.#since
    this.#lastBytes = doneBytes
    this.#bytesPerSecond = 0
  }

  /** The time until now does not count: the job stood still. */
  stoodStill(): void {
    this.#lastAt = this.#now()
  }

  measure(doneBytes: number): void {
    const now = this.#now()
    const elapsedMs = now - this.#lastAt
    if (elapsedMs < leastMs) return
    const speed = Math.max(0, ((doneBytes - this.#lastBytes) * 1000) / elapsedMs)
    const weight = this.#bytesPerSecond === 0 ? 1 : 1 - 0.5 ** (elapsedMs / halfLifeMs)
    this.#bytesPerSecond += weight * (speed - this.#bytesPerSecond)
    this.#lastAt = now
    this.#lastBytes = doneBytes
  }

  etaSeconds(leftBytes: number): number | undefined {
    const isSteady = this.#now() - this.#since >= etaAfterMs && this.#bytesPerSecond > 0
    return isSteady ? Math.ceil(leftBytes / this.#bytesPerSecond) : undefined
  }
}
