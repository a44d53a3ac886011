import type { JobProgress } from '../../../src-shared/model/job.ts'
import type { PlainError } from '../../../src-shared/model/plain-error.ts'
import type { NewLogLine } from '../../catalog/main/job-log.ts'
import type { JobOrder, JobOutcome } from './job-order.ts'

/** What the app tells the thread of a job. The order itself comes with the thread's start. */
export type ToJob = { readonly type: 'cancel' } | { readonly type: 'hold' }

/** What a thread is started with. `hold` and `figures` are shared: see hold.ts and progress-figures.ts. */
export interface JobStart {
  readonly order: JobOrder
  readonly hold: Int32Array
  readonly figures: SharedArrayBuffer
}

/** What the thread of a job tells the app. `done` or `failed` is the last. */
export type FromJob =
  | { readonly type: 'progress'; readonly progress: JobProgress; readonly warnings: number }
  | { readonly type: 'log'; readonly lines: readonly NewLogLine[] }
  | { readonly type: 'done'; readonly outcome: JobOutcome }
  | { readonly type: 'aborted' }
  /** `bug` is what the app's log gets to see of an unexpected error; nobody else does. */
  | { readonly type: 'failed'; readonly error: PlainError; readonly bug: string | undefined }
