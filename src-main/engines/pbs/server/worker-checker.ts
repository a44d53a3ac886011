import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { ApiError } from './api-error.ts'
import type { CheckAnswer, CheckRequest } from './check-messages.ts'
import type { AnnouncedChunk, ChunkChecker } from './chunk-checker.ts'

/** TLS and HTTP/2 take a processor of their own; more threads than these would only wait for them. */
const MAX_DEFAULT_THREADS = 4

interface Task {
  resolve(blob: Uint8Array<ArrayBuffer>): void
  reject(reason: unknown): void
}

interface Thread {
  readonly worker: Worker
  readonly tasks: Map<number, Task>
}

/**
 * Checks on a pool of threads, which start when there is work. How many chunks wait is bounded by who calls: each
 * connection has at most so many uploads under way as it has streams.
 */
export class WorkerChecker implements ChunkChecker {
  readonly #limit: number
  readonly #threads = new Set<Thread>()
  #lastTask = 0
  #isClosed = false

  constructor(threads = Math.min(availableParallelism(), MAX_DEFAULT_THREADS)) {
    this.#limit = threads
  }

  check(blob: Uint8Array<ArrayBuffer>, expected: AnnouncedChunk): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#isClosed) return Promise.reject(new Error('the checker is closed'))
    const thread = this.#pick()
    const task = ++this.#lastTask
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>()
    thread.tasks.set(task, { resolve, reject })
    thread.worker.ref()
    thread.worker.postMessage({ task, blob, expected } satisfies CheckRequest, [blob.buffer])
    return promise
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate())) // #ended rejects what they owed
  }

  /** The idlest; a new one while all have something to do and there may be more. */
  #pick(): Thread {
    let idlest: Thread | undefined
    for (const thread of this.#threads) {
      if (idlest === undefined || thread.tasks.size < idlest.tasks.size) idlest = thread
    }
    if (idlest !== undefined && (idlest.tasks.size === 0 || this.#threads.size >= this.#limit)) return idlest
    return this.#start()
  }

  #start(): Thread {
    const file = `./check.worker${extname(import.meta.url)}` // .ts from the sources, .js once built
    const worker = new Worker(new URL(file, import.meta.url))
    const thread: Thread = { worker, tasks: new Map() }
    let reason: unknown
    worker.on('message', (answer: CheckAnswer) => this.#answered(thread, answer))
    worker.on('error', (error) => {
      reason = error
    })
    worker.on('exit', (code) =>
      this.#ended(thread, new Error(`a checking thread ended with ${code}`, { cause: reason })),
    )
    worker.unref() // only tasks keep the process alive
    this.#threads.add(thread)
    return thread
  }

  #answered(thread: Thread, answer: CheckAnswer): void {
    const task = thread.tasks.get(answer.task)
    thread.tasks.delete(answer.task)
    if (thread.tasks.size === 0) thread.worker.unref()
    if (answer.kind === 'checked') task?.resolve(answer.blob)
    else if (answer.kind === 'refused') task?.reject(new ApiError(answer.text, answer.status))
    else task?.reject(new Error(answer.text))
  }

  #ended(thread: Thread, reason: Error): void {
    this.#threads.delete(thread)
    for (const task of thread.tasks.values()) task.reject(reason)
    thread.tasks.clear()
  }
}
