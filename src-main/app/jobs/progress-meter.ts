import type { JobProgress, JobSummary } from '../../../src-shared/model/job.ts'
import type { WriteObserver } from '../../repositories/repository.ts'
import { StageClock } from '../../repositories/stage-clock.ts'
import { progressOf } from './live-progress.ts'
import { createFigureMemory, figuresIn, type ProgressFigures } from './progress-figures.ts'
import { ProgressSpeed } from './progress-speed.ts'
import { StageLoads } from './stage-loads.ts'

/** So many files at once is what the window has room for. */
const currentFiles = 4

/** Counts what a job does and says how far it is. Not thinned: whoever asks decides how often (style F7). */
export class ProgressMeter {
  phase: JobProgress['phase'] = 'preparing'
  /** What the new blocks hold, before compression. */
  newBytes = 0
  /** Taken from a database server into staging. */
  fetchedBytes = 0
  totalFiles: number | undefined
  totalBytes: number | undefined
  current: string[] = []
  /** Told by the pipeline where its time goes. */
  readonly stages: StageClock
  serving: JobProgress['serving']

  readonly #now: () => number
  #loads: StageLoads
  #summary: JobProgress['stages'] = []
  readonly #speed: ProgressSpeed
  readonly #figures: ProgressFigures

  /** `now` is a clock that never jumps, in milliseconds; `figures` may be in memory that others read. */
  constructor(now: () => number = () => performance.now(), figures = figuresIn(createFigureMemory())) {
    this.#now = now
    this.#figures = figures
    this.#speed = new ProgressSpeed(now)
    this.stages = new StageClock(now)
    this.#loads = new StageLoads(this.stages, now)
  }

  get counts(): ProgressFigures['counts'] {
    return this.#figures.counts
  }

  get doneBytes(): number {
    return this.#figures.doneBytes
  }

  set doneBytes(bytes: number) {
    this.#figures.doneBytes = bytes
  }

  get storedBytes(): number {
    return this.#figures.storedBytes
  }

  get newChunks(): number {
    return this.#figures.newChunks
  }

  get reusedChunks(): number {
    return this.#figures.reusedChunks
  }

  enter(phase: JobProgress['phase']): void {
    if (isPipeline(this.phase)) this.#summary = [...this.#loads.overall()]
    this.phase = phase
    if (isPipeline(phase)) this.#loads = new StageLoads(this.stages, this.#now)
    this.#speed.begin(this.doneBytes)
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
          this.#figures.newChunks += 1
          this.#figures.storedBytes += storedBytes
        } else this.#figures.reusedChunks += 1
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
    const { phase, totalFiles, totalBytes, serving } = this
    const stages = isPipeline(phase) ? [...this.#loads.latest()] : []
    const told = { phase, totalFiles, totalBytes, current: [...this.current], stages, serving }
    return progressOf(told, this.#figures, this.#speed)
  }
}

/** When data go through the stages. */
function isPipeline(phase: JobProgress['phase']): boolean {
  return phase === 'reading' || phase === 'writing'
}
