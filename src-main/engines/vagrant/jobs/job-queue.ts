import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Status } from '../generated/google/rpc/status_pb.js'
import type {
  GetJobStreamResponse,
  Job,
  Job_Result,
  GetJobStreamResponse_Terminal_Event as TerminalEvent,
  GetJobStreamResponse_Terminal_EventSchema as TerminalEventSchema,
} from '../generated/server_pb.js'

/** The timers of section 9.8. */
export interface JobTimers {
  readonly ackMs: number
  readonly heartbeatMs: number
}

/** Two minutes each, as upstream has them. */
export const defaultJobTimers: JobTimers = { ackMs: 120_000, heartbeatMs: 120_000 }

/**
 * The queue of sections 9 and 10, kept so that a restart loses no queued job and no output:
 *
 *     QUEUED ──assign──► WAITING ──ack──► RUNNING ──► SUCCESS or ERROR
 *       ▲ nack, ack timer ──┘                │ heartbeat timer, forced cancel: ERROR
 *
 * Whoever queues has checked the job before; here only the states are guarded. Every change is stored before anybody hears of it.
 */
export interface JobQueue {
  /** Stores a job under a fresh id, in the state QUEUED; what only the server may set is discarded. Zero or less expires at once. */
  queue(job: Job, expiresInMs?: number): Job
  get(id: string): Job | undefined
  /** All known jobs, by id. */
  list(): Job[]
  /** False when there is no such job. `force` ends it here and now, whatever its runner does. */
  cancel(id: string, options?: { readonly force?: boolean }): boolean
  /**
   * Waits for a job that this runner may take (section 9.5). Rejects with NOT_FOUND when the runner is not registered any more,
   * with the signal's reason when it aborts. The holder must end what it got: `ack` and `complete`, or `nack`.
   */
  assign(runner: WaitingRunner, signal: AbortSignal): Promise<Assignment>
  /** To be called when registrations changed: whoever waits is looked at again. */
  wake(): void
  /** The events of GetJobStream (section 10.2). Throws NOT_FOUND, INTERNAL when the job is deleted meanwhile. */
  follow(id: string, signal: AbortSignal): AsyncGenerator<GetJobStreamResponse, void, undefined>
  /** All jobs first, then each change; a slow listener sees only the newest of each job. */
  changes(signal: AbortSignal): AsyncGenerator<JobChange, void, undefined>
  /** Removes the oldest finished jobs until at most `keep` jobs are left (section 9.10). Returns how many went. */
  prune(keep: number): number
  /** Jobs that somebody else runs and that are only shown here. */
  readonly external: ExternalJobs
  /** Ends all waiting and stops all timers; what is stored stays. */
  close(): void
}

export type JobChange =
  | { readonly type: 'changed'; readonly job: Job }
  | { readonly type: 'removed'; readonly id: string }

export interface WaitingRunner {
  readonly id: string
  /** As it is registered right now; `undefined` once it is not. */
  registration(): { readonly byIdOnly: boolean } | undefined
}

/** A job in the hands of one stream. Only this holder can acknowledge and end it; every method of a late holder is refused. */
export interface Assignment {
  readonly job: Job
  /** Throws FAILED_PRECONDITION when the job is not this holder's any more. */
  ack(): void
  /** Gives an unacknowledged job back. Nothing happens when it was acknowledged or lost. */
  nack(): void
  /** Only while RUNNING; nothing happens otherwise. */
  heartbeat(): void
  write(events: readonly TerminalEvent[]): void
  /** Throws FAILED_PRECONDITION when the job was ended otherwise. */
  complete(result: Job_Result | undefined): void
  fail(error: Status | undefined): void
  /** Resolves once for each request to cancel, after the ack; `force` says that the job is over. Rejects when the signal aborts. */
  nextCancel(signal: AbortSignal): Promise<{ readonly force: boolean }>
}

/** What the app tells of a job of its own. */
export interface ExternalJobDescription {
  /** The app's own id. */
  readonly id: string
  /** What it does, in one word: `backup`, `restore`. */
  readonly command: string
  readonly labels: Readonly<Record<string, string>>
  /** Who runs it. */
  readonly runnerId: string
  readonly queuedMs: number
}

export interface ExternalJobs {
  /**
   * Makes a job of the app visible as QUEUED. One that was announced before and has not ended, or was cut off by a restart, goes on
   * under its id. Throws FAILED_PRECONDITION when the id belongs to a job of this queue.
   */
  announce(description: ExternalJobDescription): ExternalJob
  /** Whether a job was announced here, rather than queued. */
  has(id: string): boolean
}

export interface ExternalJob {
  /** Aborts when somebody asks to cancel it. The app then cancels, and says so with `fail`. */
  readonly cancelled: AbortSignal
  start(): void
  write(events: readonly MessageInitShape<typeof TerminalEventSchema>[]): void
  succeed(result?: Job_Result): void
  fail(error: Status): void
}
