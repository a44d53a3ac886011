import type { JobProgress } from '../../../src-shared/model/job.ts'
import type { StageClock, StageTotal } from '../../repositories/stage-clock.ts'

type StageLoad = JobProgress['stages'][number]

/** Loads of a shorter time jump about: a chunk takes some ten milliseconds. */
const windowMs = 1000

/** How busy the stages of a pipeline are: lately, for who watches, and over all, for the record. */
export class StageLoads {
  readonly #clock: StageClock
  readonly #now: () => number
  readonly #startedAt: number
  #before: readonly StageTotal[] = []
  #at: number
  #latest: readonly StageLoad[] = []

  constructor(clock: StageClock, now: () => number) {
    this.#clock = clock
    this.#now = now
    this.#startedAt = now()
    this.#at = this.#startedAt
  }

  /** Of the last second or more; empty before there is one. */
  latest(): readonly StageLoad[] {
    const elapsedMs = this.#now() - this.#at
    if (elapsedMs < windowMs) return this.#latest
    const totals = this.#clock.totals()
    this.#latest = totals.map((total) => {
      const before = this.#before.find(({ name }) => name === total.name)
      return load(total, total.busyMs - (before?.busyMs ?? 0), elapsedMs)
    })
    this.#before = totals
    this.#at = this.#now()
    return this.#latest
  }

  overall(): readonly StageLoad[] {
    const elapsedMs = Math.max(1, this.#now() - this.#startedAt)
    return this.#clock.totals().map((total) => load(total, total.busyMs, elapsedMs))
  }
}

function load({ name, busyMs, bytes, threads }: StageTotal, lately: number, elapsedMs: number): StageLoad {
  const busy = Math.min(1, Math.max(0, lately / (elapsedMs * threads)))
  return { name, busy, bytesPerSecond: busyMs < 1 ? 0 : Math.round((bytes * threads * 1000) / busyMs) }
}
