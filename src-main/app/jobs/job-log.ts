import type { JobLogLine } from '../../../src-shared/model/job.ts'
import type { NewLogLine } from '../../catalog/main/job-log.ts'

/** Problems that get a line of their own; the rest is counted. */
const maximumProblems = 5000

/** What a job has to say, gathered into batches. */
export class JobLog {
  warnings = 0
  #lines: NewLogLine[] = []
  #problems = 0

  line(level: JobLogLine['level'], message: string): void {
    if (level === 'warn') this.warnings += 1
    this.#lines.push({ at: Date.now(), level, message })
  }

  /** A file that is not in the result, with the reason. Only failures are warnings: what was left out on purpose is not. */
  problem(problem: { readonly path: string; readonly outcome: 'skipped' | 'failed'; readonly reason: string }): void {
    if (problem.outcome === 'failed') this.warnings += 1
    this.#problems += 1
    if (this.#problems > maximumProblems) return
    const level = problem.outcome === 'failed' ? 'warn' : 'debug'
    this.#lines.push({ at: Date.now(), level, message: problem.reason, path: problem.path, outcome: problem.outcome })
  }

  /** Says how many problems have no line. */
  closeProblems(): void {
    const more = this.#problems - maximumProblems
    if (more > 0)
      this.line('info', `${more} more files were skipped or failed; only the first ${maximumProblems} are listed.`)
  }

  /** What came since the last call. */
  take(): NewLogLine[] {
    const lines = this.#lines
    this.#lines = []
    return lines
  }
}
