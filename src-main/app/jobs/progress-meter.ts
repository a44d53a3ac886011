import type { JobProgress, JobSummary } from '../../../src-shared/model/job.ts'
import type { FileCounts } from '../../../src-shared/model/snapshot.ts'
import type { WriteObserver } from '../../repositories/repository.ts'
import { StageClock } from '../../repositories/stage-clock.ts'
import { StageLoads } from './stage-loads.ts'

/** The speed shown is that of the last few seconds: half of what it shows is younger than this. */
const speedHalfLifeMs = 4000
/** No estimate before the speed is one. */
const etaAfterMs = 10_000
/** So many files at once is what the window has room for. */
const currentFiles = 4

/** Counts what a job does and says how far it is. Not thinned: whoever asks decides how often (style F7). */
export class ProgressMeter {
  readonly counts: { -readonly [Key in keyof FileCounts]: number } = {
    seen: 0,
    stored: 0,
    unchanged: 0,
    skipped: 0,
    failed: 0,
  }
  phase: JobProgress['phase'] = 'preparing'
  doneBytes = 0
  storedBytes = 0
  /** What the new blocks hold, before compression. */
  newBytes = 0
  /** Taken from a database server into staging. */
  fetchedBytes = 0
  newChunks = 0
  reusedChunks = 0
  totalFiles: number | undefined
  totalBytes: number | undefined
  current: string[] = []
  /** Told by the pipeline where its time goes. */
  readonly stages: StageClock
  serving: JobProgress['serving']

  readonly #now: () => number
  #loads: StageLoads
  #summary: JobProgress['stages'] = []
  #phaseSince: number
  #lastAt: number
  #lastBytes = 0
  #speed = 0

  /** `now` is a clock that never jumps, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.stages = new StageClock(now)
    this.#loads = new StageLoads(this.stages, now)
    this.#phaseSince = now()
    this.#lastAt = now()
  }

  enter(phase: JobProgress['phase']): void {
    if (isPipeline(this.phase)) this.#summary = [...this.#loads.overall()]
    this.phase = phase
    if (isPipeline(phase)) this.#loads = new StageLoads(this.stages, this.#now)
    this.#phaseSince = this.#now()
    this.#lastAt = this.#phaseSince
    this.#lastBytes = this.doneBytes
    this.#speed = 0
  }

  /** What is worked on; the oldest makes room. */
  working(on: string): void {
    this.current = [on, ...this.current.filter((other) => other !== on)].slice(0, currentFiles)
  }

  /** Feeds the counters of writing; `seen` is counted by whoever knows the source. */
  writeObserver(onFailed: (path: string, reason: string, partial: boolean) => void): WriteObserver {
    return {
      entry: (path, sizeBytes) => {
        if (sizeBytes > 0n) this.working(path)
      },
      entryDone: (outcome) => {
        this.counts[outcome] += 1
      },
      entryFailed: onFailed,
      bytes: (count) => {
        this.doneBytes += count
      },
      chunk: ({ sizeBytes, storedBytes, isNew }) => {
        if (isNew) {
          this.newBytes += sizeBytes
          this.newChunks += 1
          this.storedBytes += storedBytes
        } else this.reusedChunks += 1
      },
      stages: this.stages,
    }
  }

  /** Where the time of reading or writing went. */
  stageSummary(): Pick<JobSummary, 'stages'> {
    const stages = isPipeline(this.phase) ? [...this.#loads.overall()] : this.#summary
    return stages.length === 0 ? {} : { stages }
  }

  read(): JobProgress {
    this.#measure()
    const isSteady = this.#now() - this.#phaseSince >= etaAfterMs && this.#speed > 0
    // A source that grew while it was read must not show more than everything.
    const totalBytes = this.totalBytes === undefined ? undefined : Math.max(this.totalBytes, this.doneBytes)
    const eta =
      isSteady && totalBytes !== undefined ? Math.ceil((totalBytes - this.doneBytes) / this.#speed) : undefined
    return {
      phase: this.phase,
      counts: { ...this.counts },
      ...(this.totalFiles === undefined ? {} : { totalFiles: Math.max(this.totalFiles, this.counts.seen) }),
      ...(totalBytes === undefined ? {} : { totalBytes }),
      doneBytes: this.doneBytes,
      storedBytes: this.storedBytes,
      newChunks: this.newChunks,
      reusedChunks: this.reusedChunks,
      bytesPerSecond: Math.round(this.#speed),
      ...(eta === undefined ? {} : { etaSeconds: eta }),
      current: [...this.current],
      stages: isPipeline(this.phase) ? [...this.#loads.latest()] : [],
      ...(this.serving === undefined ? {} : { serving: this.serving }),
    }
  }

  #measure(): void {
    const now = this.#now()
    const elapsedMs = now - this.#lastAt
    if (elapsedMs < 50) return
    const speed = ((this.doneBytes - this.#lastBytes) * 1000) / elapsedMs
    const weight = this.#speed === 0 ? 1 : 1 - 0.5 ** (elapsedMs / speedHalfLifeMs)
    this.#speed += weight * (speed - this.#speed)
    this.#lastAt = now
    this.#lastBytes = this.doneBytes
  }
}

/** When data go through the stages. */
function isPipeline(phase: JobProgress['phase']): boolean {
  return phase === 'reading' || phase === 'writing'
}
