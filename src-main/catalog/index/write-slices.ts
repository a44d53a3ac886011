import { setImmediate as yieldToLoop } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'

/** How long one write transaction takes: others that write to the index wait no longer than about this. */
const sliceMs = 12
const checkEvery = 32

/**
 * Writes many things in short transactions, each item whole in one of them. Between transactions other connections get their turn, and
 * this thread hears its messages.
 */
export async function writeInSlices<Item>(
  db: Database,
  items: readonly Item[],
  write: (item: Item) => void,
  signal: AbortSignal,
): Promise<void> {
  let next = 0
  const slice = db.transaction(() => {
    const until = performance.now() + sliceMs
    while (next < items.length) {
      write(items[next]!) // next < length
      next += 1
      if (next % checkEvery === 0 && performance.now() > until) break
    }
  })
  while (next < items.length) {
    signal.throwIfAborted()
    slice.immediate()
    await yieldToLoop()
  }
}
