import { parentPort, workerData } from 'node:worker_threads'
import { isAbort, toPlainError } from '../contract-errors.ts'
import { waitWhileHeld } from './hold.ts'
import type { FromJob, JobStart, ToJob } from './job-messages.ts'
import { figuresIn } from './progress-figures.ts'
import { ProgressMeter } from './progress-meter.ts'
import { runMeteredJob } from './run-job.ts'

/** The thread of one job: runs the order it was started with, tells how it goes, ends. */
const port = parentPort
if (port === null) throw new Error('job.worker runs only as a worker thread')
const { order, hold, figures } = workerData as JobStart // made by job-thread.ts of the same build

const controller = new AbortController()
port.on('message', (message: ToJob) => {
  if (message.type === 'cancel') controller.abort()
  else waitWhileHeld(hold)
})

const send = (message: FromJob): void => port.postMessage(message)
try {
  const outcome = await runMeteredJob(
    { order, meter: new ProgressMeter(undefined, figuresIn(figures)) },
    {
      progress: (progress, warnings) => send({ type: 'progress', progress, warnings }),
      log: (lines) => send({ type: 'log', lines }),
    },
    controller.signal,
  )
  send({ type: 'done', outcome })
} catch (error) {
  let bug: string | undefined
  const plain = toPlainError(error, {
    bug: (id, cause) => {
      bug = `${id} ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`
    },
  })
  if (isAbort(error) || controller.signal.aborted) send({ type: 'aborted' })
  else send({ type: 'failed', error: plain, bug })
} finally {
  // From in here, where no native call is under way: a thread that is terminated inside of one ends the whole program.
  process.exit()
}
