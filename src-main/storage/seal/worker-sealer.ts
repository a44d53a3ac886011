import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { ChunkRef } from '../chunk-index.ts'
import { SpareMemory } from '../spare-memory.ts'
import type { ChunkSealer, SealedChunk, SealOptions } from './chunk-sealer.ts'
import type { SealAnswer, SealFailure, SealRequest, SealWorkerData } from './seal-messages.ts'

/** One that is worked on, one that waits at the thread's door, so that it never waits for the caller. */
const TASKS_PER_THREAD = 2
/** More would only hold more chunks in memory: the stream is cut in one thread. */
const MAX_DEFAULT_THREADS = 4

/** Of chunks that were sealed, for the next ones: four usual ones. */
const MAX_SPARE_BYTES = 16 << 20

export interface WorkerSealerOptions extends SealOptions {
  /** As many as the machine has processors, up to four, unless told otherwise. */
  readonly threads?: number | undefined
  /** Threads that do other work than the blobs of PBS: they call `serveSealing` with their codec. */
  readonly worker?: SealWorker | undefined
}

export interface SealWorker {
  readonly file: URL
  /** Its `workerData`. */
  readonly data: unknown
}

/** What a call has asked for. Its promise is settled by `resolve` or `reject`, whichever comes first. */
interface Task {
  readonly request: SealRequest
  readonly moved: ArrayBuffer
  readonly handle: (answer: SealAnswer) => SealRequest | undefined
  readonly reject: (reason: unknown) => void
}

interface Thread {
  readonly worker: Worker
  readonly tasks: Map<number, Task>
}

/** A pool of threads. They start when there is work for them, and one that ended is replaced by the next call. */
export class WorkerSealer implements ChunkSealer {
  readonly threads: number
  readonly #worker: SealWorker
  readonly #running = new Set<Thread>()
  /** No thread has room for these yet. */
  readonly #queue = new Map<number, Task>()
  readonly #spare = new SpareMemory(MAX_SPARE_BYTES)
  #lastTask = 0
  #isClosed = false

  constructor({ threads, key, compress = true, worker }: WorkerSealerOptions = {}) {
    this.threads = threads ?? Math.min(availableParallelism(), MAX_DEFAULT_THREADS)
    if (!Number.isInteger(this.threads) || this.threads < 1) throw new RangeError(`no pool has ${threads} threads`)
    this.#worker = worker ?? blobWorker({ key, compress })
  }

  allocate(bytes: number): Uint8Array<ArrayBuffer> {
    return this.#spare.allocate(bytes)
  }

  seal(
    chunk: Uint8Array<ArrayBuffer>,
    isKnown: (digest: Digest) => boolean,
    signal: AbortSignal,
  ): Promise<SealedChunk> {
    const sizeBytes = chunk.length
    return this.#run(chunk.buffer, signal, (task, resolve: (sealed: SealedChunk) => void) => {
      let digest: Digest | undefined
      let hashMs = 0
      const handle = (answer: SealAnswer): SealRequest | undefined => {
        if (answer.kind === 'hashed') {
          digest = answer.digest
          hashMs = answer.busyMs
          // An aborted call has lost its interest, and its caller may not expect the question any more.
          if (!signal.aborted && !isKnown(digest)) return { kind: 'encode', task }
          resolve({ digest, sizeBytes, spent: { hashMs, encodeMs: 0 } })
          return { kind: 'drop', task }
        }
        if (answer.kind !== 'sealed' || digest === undefined) throw new Error(`unexpected answer: ${answer.kind}`)
        resolve({ digest, sizeBytes, blob: answer.blob, spent: { hashMs, encodeMs: answer.busyMs } })
        return undefined
      }
      return { request: { kind: 'seal', task, chunk }, handle }
    })
  }

  open(
    blob: Uint8Array<ArrayBuffer>,
    { digest, sizeBytes }: ChunkRef,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const own = blob.length === blob.buffer.byteLength ? blob : blob.slice()
    return this.#run(own.buffer, signal, (task, resolve: (data: Uint8Array<ArrayBuffer>) => void) => {
      const handle = (answer: SealAnswer): undefined => {
        if (answer.kind !== 'opened') throw new Error(`unexpected answer: ${answer.kind}`)
        resolve(answer.data)
      }
      return { request: { kind: 'open', task, blob: own, digest, sizeBytes }, handle }
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#spare.clear()
    for (const task of this.#queue.values()) task.reject(new Error('the sealer was closed'))
    this.#queue.clear()
    await Promise.all([...this.#running].map(({ worker }) => worker.terminate())) // #ended rejects what they owed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #run<Result>(
    moved: ArrayBuffer,
    signal: AbortSignal,
    makeTask: (task: number, resolve: (result: Result) => void) => Pick<Task, 'request' | 'handle'>,
  ): Promise<Result> {
    signal.throwIfAborted()
    if (this.#isClosed) throw new Error('the sealer is closed')
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const number = ++this.#lastTask
    // A task that a thread has goes on there and its answers are ignored; one in the queue goes.
    const abandon = (): void => {
      this.#queue.delete(number)
      reject(signal.reason)
    }
    signal.addEventListener('abort', abandon, { once: true })
    this.#queue.set(number, { ...makeTask(number, resolve), moved, reject })
    try {
      this.#dispatch()
      return await promise
    } finally {
      signal.removeEventListener('abort', abandon)
    }
  }

  /** Gives waiting tasks to threads with room, the idlest first; starts a thread when all have something to do. */
  #dispatch(): void {
    for (const [number, task] of this.#queue) {
      const idlest = [...this.#running].reduce<Thread | undefined>(
        (best, thread) => (best !== undefined && best.tasks.size <= thread.tasks.size ? best : thread),
        undefined,
      )
      const isBusy = idlest === undefined || idlest.tasks.size > 0
      const thread = isBusy && this.#running.size < this.threads ? this.#start() : idlest
      if (thread === undefined || thread.tasks.size >= TASKS_PER_THREAD) return
      this.#queue.delete(number)
      this.#give(thread, number, task)
    }
  }

  #give(thread: Thread, number: number, task: Task): void {
    try {
      thread.worker.postMessage(task.request, [task.moved])
    } catch (error) {
      task.reject(error) // a buffer that cannot be moved
      return
    }
    thread.tasks.set(number, task)
    thread.worker.ref()
  }

  #start(): Thread {
    const { file, data } = this.#worker
    const worker = new Worker(file, { workerData: data })
    const thread: Thread = { worker, tasks: new Map() }
    let reason: unknown
    worker.on('message', (answer: SealAnswer) => this.#answered(thread, answer))
    worker.on('error', (error) => {
      reason = error
    })
    worker.on('messageerror', (error) => {
      reason = error
      void worker.terminate() // heard by 'exit'
    })
    worker.on('exit', (code) =>
      this.#ended(thread, new Error(`a sealing thread ended with ${code}`, { cause: reason })),
    )
    worker.unref() // only tasks keep the process alive
    this.#running.add(thread)
    return thread
  }

  #answered(thread: Thread, answer: SealAnswer): void {
    if (!this.#isClosed && 'memory' in answer) this.#spare.takeBack(answer.memory)
    const task = thread.tasks.get(answer.task)
    if (task === undefined) return // its thread was given up meanwhile
    const next = this.#next(task, answer)
    if (next?.kind !== 'encode') thread.tasks.delete(answer.task)
    if (next !== undefined) thread.worker.postMessage(next)
    if (thread.tasks.size === 0) thread.worker.unref()
    this.#dispatch()
  }

  #next(task: Task, answer: SealAnswer): SealRequest | undefined {
    if (answer.kind === 'failed') {
      task.reject(revive(answer.failure))
      return undefined
    }
    try {
      return task.handle(answer)
    } catch (error) {
      task.reject(error) // thrown by isKnown
      return answer.kind === 'hashed' ? { kind: 'drop', task: answer.task } : undefined
    }
  }

  #ended(thread: Thread, reason: Error): void {
    this.#running.delete(thread)
    for (const task of thread.tasks.values()) task.reject(reason)
    thread.tasks.clear()
    if (!this.#isClosed) this.#dispatch()
  }
}

function blobWorker(data: SealWorkerData): SealWorker {
  const file = `./seal.worker${extname(import.meta.url)}` // .ts from the sources, .js once built
  return { file: new URL(file, import.meta.url), data }
}

function revive({ code, detail, hint, message }: SealFailure): Error {
  return code === undefined ? new Error(message) : new HoldfastError(code, { detail, hint })
}
