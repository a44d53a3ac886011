import { appendFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { BugLog } from './contract-errors.ts'

/** Then the file before is dropped: two of them at most. */
const maximumBytes = 4 * 1024 * 1024

/** `holdfast.log` of the data folder: what was not expected, in full, to be found by the id that a person was shown. */
export function createBugLog(dataDirectory: string, now: () => number): BugLog & { text(text: string): void } {
  const path = join(dataDirectory, 'holdfast.log')
  const write = (line: object): void => {
    try {
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > maximumBytes) renameSync(path, `${path}.1`)
      appendFileSync(path, `${JSON.stringify(line)}\n`, { mode: 0o600 })
    } catch {
      // A disk that takes no log must not take the app down with it.
    }
  }
  const time = (): string => new Date(now()).toISOString()
  return {
    bug: (id, error) => write({ time: time(), id, error: describe(error) }),
    text: (text) => write({ time: time(), text }),
  }
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error)
  return { stack: error.stack ?? error.message, ...(error.cause === undefined ? {} : { cause: describe(error.cause) }) }
}
