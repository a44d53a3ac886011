import type { JobLogLine } from '../../../src-shared/model/job.ts'

/** The window keeps so many lines; the log itself keeps all, and `holdfast job logs` prints them. */
export const MOST_LINES = 20_000

export interface LogEvent {
  readonly buffered: boolean
  readonly lines: readonly JobLogLine[]
}

/** Adds what came. Lines that were seen before (after a break the past comes again) are not added twice. */
export function addLines(before: readonly JobLogLine[], event: LogEvent): readonly JobLogLine[] {
  const lastId = before.at(-1)?.id ?? -1
  const fresh = event.lines.filter((line) => line.id > lastId)
  if (fresh.length === 0) return before
  const all = [...before, ...fresh]
  return all.length > MOST_LINES ? all.slice(-MOST_LINES) : all
}
