import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { busyThread } from '../busy-thread.ts'
import { fromPlainError } from '../contract-errors.ts'
import { createHold, holdStill, isHeld, letGo } from './hold.ts'
import type { FromJob, JobStart, ToJob } from './job-messages.ts'
import type { JobListener, JobOrder, JobOutcome, RunJob } from './job-order.ts'
import { LiveProgress } from './live-progress.ts'
import { createFigureMemory, figuresIn } from './progress-figures.ts'

/** More than four times a second, whatever the thread has to do. */
const sampleEveryMs = 245
/** After a cancel the thread gets this long to put its files in order. */
const graceMs = 8000

/**
 * Runs each job in a thread of its own, so that nothing it does stops the window (style H1). A thread that dies fails its
 * job and nothing else.
 */
export function createThreadRunner(onBug: (text: string) => void): RunJob {
  return (order, listener, signal) => runInThread(order, { listener, onBug }, signal)
}

interface Ears {
  readonly listener: JobListener
  readonly onBug: (text: string) => void
}

async function runInThread(order: JobOrder, { listener, onBug }: Ears, signal: AbortSignal): Promise<JobOutcome> {
  signal.throwIfAborted()
  const flag = createHold()
  const figures = createFigureMemory()
  const live = new LiveProgress(figuresIn(figures))
  const sample = (): void => {
    const now = live.read()
    if (now !== undefined) listener.progress(now.progress, now.warnings)
  }
  // The file has the extension of this one: .ts from the checkout, .js in the build.
  const worker = new Worker(new URL(`./job.worker${extname(import.meta.url)}`, import.meta.url), {
    ...busyThread(),
    workerData: { order, hold: flag, figures } satisfies JobStart,
    name: `job ${order.spec.kind}`,
  })
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  let killTimer: NodeJS.Timeout | undefined
  listener.holdable?.({
    hold: () => {
      holdStill(flag)
      worker.postMessage({ type: 'hold' } satisfies ToJob)
    },
    goOn: () => letGo(flag),
  })
  const cancel = (): void => {
    letGo(flag)
    worker.postMessage({ type: 'cancel' } satisfies ToJob)
    killTimer = setTimeout(() => void worker.terminate(), graceMs) // its exit rejects the promise below
  }
  signal.addEventListener('abort', cancel, { once: true })
  // Here and not in the thread of the job, which comes to its timers when its work lets it.
  const sampling = setInterval(() => (isHeld(flag) ? live.stoodStill() : sample()), sampleEveryMs)
  try {
    return await new Promise<JobOutcome>((resolve, reject) => {
      worker.on('message', (message: FromJob) => {
        switch (message.type) {
          case 'progress':
            live.tell(message.progress, message.warnings)
            return
          case 'log':
            listener.log(message.lines)
            return
          case 'done':
            resolve(message.outcome)
            return
          case 'aborted':
            reject(signal.aborted ? signal.reason : new HoldfastError('job/interrupted'))
            return
          case 'failed':
            if (message.bug !== undefined) onBug(message.bug)
            reject(fromPlainError(message.error))
        }
      })
      worker.on('error', (cause) => {
        onBug(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
        reject(new HoldfastError('internal', { cause, hint: 'Try again; the log has the details.' }))
      })
      worker.on('exit', (code) =>
        reject(
          signal.aborted
            ? signal.reason
            : new HoldfastError('job/interrupted', { detail: `Its thread ended with code ${code}.` }),
        ),
      )
    })
  } finally {
    signal.removeEventListener('abort', cancel)
    clearInterval(sampling)
    sample()
    killTimer ??= setTimeout(() => void worker.terminate(), graceMs)
    await exited
    clearTimeout(killTimer)
  }
}
