import type { Client } from '../../../src-shared/contract/index.ts'
import type { TerminalBatch } from '../../../src-shared/model/remote-job.ts'

/** What a runner, or any, is to do. */
export interface QueueWish {
  readonly words: string[]
  readonly runner?: string
}

/** A job server whose runners are asked for something: that of this computer, or one elsewhere. */
export interface AskedServer {
  /** Returns the id of the job. */
  queue(wish: QueueWish): Promise<string>
  /** What a job prints, from its beginning to its end. */
  output(client: Client, jobId: string, signal: AbortSignal): Promise<AsyncIterable<TerminalBatch>>
  /** Shows how a job goes. */
  show(jobId: string): void
}
