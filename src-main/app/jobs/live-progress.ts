import type { JobProgress } from '../../../src-shared/model/job.ts'
import type { ProgressFigures } from './progress-figures.ts'
import { ProgressSpeed } from './progress-speed.ts'

/** What a thread tells of its job from time to time, beside the figures that are shared. */
export type ToldProgress = Pick<JobProgress, 'phase' | 'totalFiles' | 'totalBytes' | 'current' | 'stages' | 'serving'>

/** How far a job in another thread is: what that thread told last, and its figures as they are now. */
export class LiveProgress {
  readonly #figures: ProgressFigures
  readonly #speed: ProgressSpeed
  #told: { readonly progress: ToldProgress; readonly warnings: number } | undefined

  constructor(figures: ProgressFigures, now: () => number = () => performance.now()) {
    this.#figures = figures
    this.#speed = new ProgressSpeed(now)
  }

  tell(progress: ToldProgress, warnings: number): void {
    if (progress.phase !== this.#told?.progress.phase) this.#speed.begin(this.#figures.doneBytes)
    this.#told = { progress, warnings }
  }

  stoodStill(): void {
    this.#speed.stoodStill()
  }

  /** Undefined until the thread has told anything. */
  read(): { readonly progress: JobProgress; readonly warnings: number } | undefined {
    if (this.#told === undefined) return undefined
    const { progress, warnings } = this.#told
    return { progress: progressOf(progress, this.#figures, this.#speed), warnings }
  }
}

/** The whole of it, the speed measured anew. */
export function progressOf(told: ToldProgress, figures: ProgressFigures, speed: ProgressSpeed): JobProgress {
  const { phase, totalFiles, current, stages, serving } = told
  const { doneBytes, storedBytes, newChunks, reusedChunks } = figures
  const counts = { ...figures.counts }
  speed.measure(doneBytes)
  // A source that grew while it was read must not show more than everything.
  const totalBytes = told.totalBytes === undefined ? undefined : Math.max(told.totalBytes, doneBytes)
  const etaSeconds = totalBytes === undefined ? undefined : speed.etaSeconds(totalBytes - doneBytes)
  return {
    phase,
    counts,
    ...(totalFiles === undefined ? {} : { totalFiles: Math.max(totalFiles, counts.seen) }),
    ...(totalBytes === undefined ? {} : { totalBytes }),
    doneBytes,
    storedBytes,
    newChunks,
    reusedChunks,
    bytesPerSecond: speed.bytesPerSecond,
    ...(etaSeconds === undefined ? {} : { etaSeconds }),
    current,
    stages,
    ...(serving === undefined ? {} : { serving }),
  }
}
