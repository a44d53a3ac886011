import type { JobLogLine } from '../../../src-shared/model/job.ts'
import type { NewLogLine } from '../../catalog/main/job-log.ts'

/** Problems of each outcome that get a line of their own; the rest is counted. */
const maximumProblems = 5000

/** What a job has to say, gathered into batches. */
export class JobLog {
  warnings = 0
  #lines: NewLogLine[] = []
  readonly #problems = { skipped: 0, failed: 0 }

  line(level: JobLogLine['level'], message: string): void {
    if (level === 'warn') this.warnings += 1
    this.#lines.push({ at: Date.now(), level, message })
  }

  /** A file that is not in the result, with the reason. Only failures are warnings: what was left out on purpose is not. */
  problem(problem: { readonly path: string; readonly outcome: 'skipped' | 'failed'; readonly reason: string }): void {
    if (problem.outcome === 'failed') this.warnings += 1
    this.#problems[problem.outcome] += 1
    if (this.#problems[problem.outcome] > maximumProblems) return
    const level = problem.outcome === 'failed' ? 'warn' : 'debug'
    this.#lines.push({ at: Date.now(), level, message: problem.reason, path: problem.path, outcome: problem.outcome })
  }

  /** Says how many problems have no line. */
  closeProblems(): void {
    for (const outcome of ['skipped', 'failed'] as const) {
      const more = this.#problems[outcome] - maximumProblems
      if (more > 0) this.line('info', `${more} more ${outcome}; only the first ${maximumProblems} are listed.`)
    }
  }

  /** What came since the last call. */
  take(): NewLogLine[] {
    const lines = this.#lines
    this.#lines = []
    return lines
  }
}
