import type { JobProgress } from '../../src-shared/model/job.ts'

export type StageName = JobProgress['stages'][number]['name']

/** What a stage has done since the clock was made. */
export interface StageTotal {
  readonly name: StageName
  /** Of all its threads together. */
  readonly busyMs: number
  /** Of source data. */
  readonly bytes: number
  readonly threads: number
}

/**
 * Where the time of a backup or restore goes: how long each stage of the pipeline has worked, which is not how long the run
 * has lasted. Called a few times a chunk, so that it costs nothing.
 */
export class StageClock {
  readonly #now: () => number
  readonly #stages = new Map<StageName, Stage>()

  /** `now` is a clock that never jumps, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** One of `threads` that do such work was busy for so long. */
  add(name: StageName, busyMs: number, bytes: number, threads = 1): void {
    const stage = this.#stage(name)
    stage.busyMs += busyMs
    stage.bytes += bytes
    stage.threads = threads
  }

  /** Work begins that may overlap with other work of the stage, as uploads do: it is busy until each has ended. */
  begin(name: StageName): void {
    const stage = this.#stage(name)
    if (stage.underWay++ === 0) stage.since = this.#now()
  }

  end(name: StageName, bytes = 0): void {
    const stage = this.#stage(name)
    stage.bytes += bytes
    if (--stage.underWay === 0) stage.busyMs += this.#now() - stage.since
  }

  /** As of now, what is under way included, in the order in which data pass them. */
  totals(): readonly StageTotal[] {
    const now = this.#now()
    return order.flatMap((name) => {
      const stage = this.#stages.get(name)
      if (stage === undefined) return []
      const running = stage.underWay > 0 ? now - stage.since : 0
      return [{ name, busyMs: Math.max(0, stage.busyMs + running), bytes: stage.bytes, threads: stage.threads }]
    })
  }

  #stage(name: StageName): Stage {
    let stage = this.#stages.get(name)
    if (stage === undefined) {
      stage = { busyMs: 0, bytes: 0, threads: 1, underWay: 0, since: 0 }
      this.#stages.set(name, stage)
    }
    return stage
  }
}

/** Data are read and handed to archives. What those take for themselves, waiting for room and cutting, they take off. */
export async function whileReading(stages: StageClock | undefined, work: () => Promise<void>): Promise<void> {
  stages?.begin('read')
  try {
    await work()
  } finally {
    stages?.end('read')
  }
}

interface Stage {
  busyMs: number
  bytes: number
  threads: number
  underWay: number
  since: number
}

const order = [
  'read',
  'chunk',
  'hash',
  'compress',
  'encrypt',
  'fetch',
  'decode',
  'write',
] as const satisfies readonly StageName[]
