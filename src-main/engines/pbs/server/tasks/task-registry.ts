import { formatTaskId } from '../../../../storage/datastore/task-id.ts'
import { type AuthId, formatAuthId } from '../../wire/names.ts'
import { type Clock, unixSeconds } from '../clock.ts'
import { TaskLog } from './task-log.ts'

/** What PBS calls a worker task: a backup, a reader, a verification, a collection (spec pbs §8.8). */
export interface Task {
  readonly upid: string
  readonly node: string
  readonly pid: number
  readonly processStart: number
  readonly startedAt: number
  readonly type: string
  readonly workerId: string
  readonly authId: AuthId
  readonly store: string
  readonly log: TaskLog
  /** Aborts when someone stops the task. */
  readonly signal: AbortSignal
  /** Undefined while it runs. */
  readonly end: TaskEnd | undefined
}

export interface TaskEnd {
  readonly at: number
  /** `OK`, `WARNINGS: N`, or the text of the error. */
  readonly status: string
}

/** A task in the hands of who runs it. */
export interface RunningTask extends Task {
  warn(message: string): void
  /** Ends it; without an error well, or with warnings. The first call counts. */
  finish(error?: string): void
}

export interface NewTask {
  readonly type: string
  readonly workerId: string
  readonly authId: AuthId
  readonly store: string
}

export interface TaskRegistryOptions {
  readonly clock: Clock
  readonly node: string
  /** Finished tasks that are remembered; the oldest are forgotten first. */
  readonly maxFinished?: number | undefined
  readonly onStart?: ((task: Task) => void) | undefined
  readonly onEnd?: ((task: Task, end: TaskEnd) => void) | undefined
}

const DEFAULT_FINISHED = 500

/** The tasks of a server since its start. */
export class TaskRegistry {
  readonly #options: TaskRegistryOptions
  /** In the order of their start. */
  readonly #tasks = new Map<string, { readonly task: RunningTask; readonly abort: AbortController }>()
  readonly #running = new Set<Promise<void>>()
  #counter = 0

  constructor(options: TaskRegistryOptions) {
    this.#options = options
  }

  start({ type, workerId, authId, store }: NewTask): RunningTask {
    const { clock, node } = this.#options
    const facts = { node, pid: process.pid, processStart: 0, startedAt: unixSeconds(clock), type, workerId }
    const upid = formatTaskId({ ...facts, counter: this.#counter++, authId: formatAuthId(authId) })
    const abort = new AbortController()
    const log = new TaskLog(clock)
    let end: TaskEnd | undefined
    let warnings = 0
    const task: RunningTask = {
      ...facts,
      upid,
      authId,
      store,
      log,
      signal: abort.signal,
      get end() {
        return end
      },
      warn(message) {
        warnings++
        log.add(`WARN: ${message}`)
      },
      finish: (error) => {
        if (end !== undefined) return
        const status = error ?? (warnings === 0 ? 'OK' : `WARNINGS: ${warnings}`)
        log.add(error === undefined ? `TASK ${status}` : `TASK ERROR: ${error}`)
        end = { at: unixSeconds(clock), status }
        this.#options.onEnd?.(task, end)
        this.#forgetOldest()
      },
    }
    this.#tasks.set(upid, { task, abort })
    this.#options.onStart?.(task)
    return task
  }

  /** Starts a task that runs by itself; the failure of `work` is its end. */
  run(options: NewTask, work: (task: RunningTask) => Promise<void>): RunningTask {
    const task = this.start(options)
    const running = finishAfter(task, work).finally(() => this.#running.delete(running))
    this.#running.add(running)
    return task
  }

  get(upid: string): Task | undefined {
    return this.#tasks.get(upid)?.task
  }

  /** Asks a task to stop; one that has ended is left alone. */
  stop(upid: string): void {
    this.#tasks.get(upid)?.abort.abort()
  }

  /** The newest first. */
  list(): readonly Task[] {
    return [...this.#tasks.values()].map(({ task }) => task).reverse()
  }

  /** Asks all to stop, and returns when those that run by themselves have. */
  async stopAll(): Promise<void> {
    for (const { abort } of this.#tasks.values()) abort.abort()
    await Promise.all(this.#running)
  }

  #forgetOldest(): void {
    let excess = -(this.#options.maxFinished ?? DEFAULT_FINISHED)
    for (const { task } of this.#tasks.values()) if (task.end !== undefined) excess++
    for (const [upid, { task }] of this.#tasks) {
      if (excess <= 0) return
      if (task.end === undefined) continue
      this.#tasks.delete(upid)
      excess--
    }
  }
}

/** Never rejects: the task itself hears of the failure. */
async function finishAfter(task: RunningTask, work: (task: RunningTask) => Promise<void>): Promise<void> {
  try {
    await work(task)
    task.finish()
  } catch (error) {
    task.finish(task.signal.aborted ? 'task was aborted' : describe(error))
  }
}

function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ')
}
