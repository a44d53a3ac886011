import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'

/**
 * Yields each time another connection, of this process or another, has committed something. `PRAGMA data_version` reads one
 * page header, so asking every second costs nothing. What this connection itself writes does not count. Ends when `signal` aborts.
 */
export async function* watchChanges(db: Database, intervalMs: number, signal: AbortSignal): AsyncGenerator<void> {
  const version = db.prepare('PRAGMA data_version').pluck()
  let seen = version.get()
  while (!signal.aborted) {
    try {
      await sleep(intervalMs, undefined, { signal, ref: false })
    } catch {
      return
    }
    if (!db.open) return
    const now = version.get()
    if (now === seen) continue
    seen = now
    yield
  }
}
