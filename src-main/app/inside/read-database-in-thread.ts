import { Worker } from 'node:worker_threads'
import type { DatabaseInside } from '../../../src-shared/model/file-inside.ts'
import type { DatabaseOrder } from './read-database.worker.ts'

/** Long enough for whatever an honest file of the allowed size holds. */
const patienceMs = 20_000

/** `readDatabase` in a thread of its own, which nobody waits for longer than that. */
export function readDatabaseInThread(
  order: DatabaseOrder,
  signal: AbortSignal,
  patience = patienceMs,
): Promise<DatabaseInside> {
  signal.throwIfAborted()
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const worker = new Worker(new URL(`./read-database.worker${extension}`, import.meta.url), {
    workerData: order,
    // A hostile file is to end this thread, not the program.
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  })
  const enough = AbortSignal.any([signal, AbortSignal.timeout(patience)])
  return new Promise<DatabaseInside>((resolve, reject) => {
    const stop = (): void =>
      signal.aborted ? reject(signal.reason) : resolve({ state: 'unreadable', reason: 'too-slow' })
    enough.addEventListener('abort', stop, { once: true })
    worker.once('message', (inside: DatabaseInside) => resolve(inside))
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the reader of a database ended without an answer')))
  }).finally(() => {
    // It ends by itself once it has its answer. To terminate a thread inside of SQLite ends the whole program: the library
    // throws into it, and nobody is there to catch.
    worker.unref()
  })
}
