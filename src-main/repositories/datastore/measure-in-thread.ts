import { Worker } from 'node:worker_threads'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { MeasureOptions, SpaceReport } from '../../storage/datastore/measure-space.ts'
import type { MeasureOrder } from './measure-space.worker.ts'

/** `measureSpace` in a thread of its own, which an abort ends at once: millions of indexed chunks take seconds to count. */
export function measureInThread(path: string, options: MeasureOptions, signal: AbortSignal): Promise<SpaceReport> {
  signal.throwIfAborted()
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const worker = new Worker(new URL(`./measure-space.worker${extension}`, import.meta.url), {
    workerData: { path, options } satisfies MeasureOrder,
  })
  return new Promise<SpaceReport>((resolve, reject) => {
    const stop = (): void => {
      worker.postMessage('stop')
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    worker.once('message', (report: SpaceReport) => resolve(report))
    worker.once('error', reject)
    worker.once('exit', () =>
      reject(new HoldfastError('repository/unreachable', { detail: 'It could not be measured.' })),
    )
  }).finally(() => worker.unref()) // it ends by itself: terminated inside of a native call it would end the program
}
