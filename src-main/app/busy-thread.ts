import { setFlagsFromString } from 'node:v8'
import type { WorkerOptions } from 'node:worker_threads'

/** V8 sizes it as three half-spaces of 8 MiB. */
const youngMiB = 24
/**
 * What the old objects of such a thread take up four times over: with half of it, the collector came 11 times instead of 3 for
 * 1.8 GB of backup.
 */
const firstLimitMiB = 128

/**
 * For threads that gigabytes of buffers go through, on a heap of 25 MiB. Left alone, V8 sets the limit of so small a heap so
 * close above it that the next half-space would not fit, and so goes through all of the heap for every 20 MB of buffers: a
 * fifth of the processor time of a backup, a third of that of a restore.
 */
export function busyThread(): Pick<WorkerOptions, 'resourceLimits'> {
  // There is no such option of a thread; those of this process that start later have it as well, which does no harm.
  setFlagsFromString(`--initial-old-space-size=${firstLimitMiB}`)
  return { resourceLimits: { maxYoungGenerationSizeMb: youngMiB } }
}
