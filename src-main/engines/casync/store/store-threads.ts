import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { DigestAlgorithm } from '../chunk-digest.ts'
import type { OpenChunkOptions } from './chunk-payload.ts'
import type { ChunkWriter, WrittenChunk } from './chunk-writer.ts'
import type { LocalStore } from './local-store.ts'
import type { StoreAnswer, StoreRequest, StoreWorkerData } from './store-messages.ts'

/** The stream is cut in one thread: more could not be kept busy. */
const maxDefaultThreads = 4

type Distributed<Union> = Union extends unknown ? Omit<Union, 'task'> : never
type Work = Distributed<StoreRequest>

interface Thread {
  readonly worker: Worker
  readonly tasks: Map<number, PromiseWithResolvers<StoreAnswer>>
}

/**
 * A local store on threads of its own: each hashes, compresses and writes, or reads, decompresses and checks, whole chunks.
 * They start with the first work. Who calls bounds how much is under way.
 */
export class StoreThreads implements ChunkWriter {
  readonly threads: number
  readonly #workerData: StoreWorkerData
  readonly #running: Thread[] = []
  #lastTask = 0
  #isClosed = false

  constructor(store: LocalStore, threads = Math.min(availableParallelism(), maxDefaultThreads)) {
    if (!Number.isInteger(threads) || threads < 1) throw new RangeError(`no pool has ${threads} threads`)
    this.threads = threads
    this.#workerData = { root: store.root, compression: store.compression, suffix: store.suffix }
  }

  async write(chunk: Uint8Array<ArrayBuffer>, algorithm: DigestAlgorithm, signal: AbortSignal): Promise<WrittenChunk> {
    signal.throwIfAborted()
    const answer = await this.#ask(this.#idlest(), { kind: 'write', chunk, algorithm }, [chunk.buffer])
    if (answer.kind !== 'written') throw new Error(`unexpected answer: ${answer.kind}`)
    return answer.chunk
  }

  async get(id: Digest, options: OpenChunkOptions, signal: AbortSignal): Promise<Uint8Array | undefined> {
    signal.throwIfAborted()
    const answer = await this.#ask(this.#idlest(), { kind: 'read', id, options })
    if (answer.kind !== 'read') throw new Error(`unexpected answer: ${answer.kind}`)
    return answer.plain
  }

  async sync(): Promise<void> {
    await Promise.all(this.#running.map((thread) => this.#ask(thread, { kind: 'sync' })))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#running.map(({ worker }) => worker.terminate())) // #ended rejects what they owed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Starts another while all have something to do and there may be more. */
  #idlest(): Thread {
    if (this.#isClosed) throw new Error('the store threads are closed')
    const idlest = this.#running.reduce<Thread | undefined>(
      (best, thread) => (best !== undefined && best.tasks.size <= thread.tasks.size ? best : thread),
      undefined,
    )
    const isBusy = idlest === undefined || idlest.tasks.size > 0
    return isBusy && this.#running.length < this.threads ? this.#start() : (idlest ?? this.#start())
  }

  async #ask(thread: Thread, work: Work, moved: ArrayBuffer[] = []): Promise<StoreAnswer> {
    const task = ++this.#lastTask
    const answer = Promise.withResolvers<StoreAnswer>()
    thread.worker.postMessage({ ...work, task } satisfies StoreRequest, moved)
    thread.tasks.set(task, answer)
    thread.worker.ref()
    return await answer.promise
  }

  #start(): Thread {
    const file = `./store.worker${extname(import.meta.url)}` // .ts from the sources, .js once built
    const worker = new Worker(new URL(file, import.meta.url), { workerData: this.#workerData })
    const thread: Thread = { worker, tasks: new Map() }
    let reason: unknown
    worker.on('message', (answer: StoreAnswer) => answered(thread, answer))
    worker.on('error', (error) => {
      reason = error
    })
    worker.on('exit', (code) => {
      this.#running.splice(this.#running.indexOf(thread), 1)
      for (const task of thread.tasks.values()) {
        task.reject(new Error(`a thread of the store ended with ${code}`, { cause: reason }))
      }
    })
    worker.unref() // only tasks keep the process alive
    this.#running.push(thread)
    return thread
  }
}

function answered({ worker, tasks }: Thread, answer: StoreAnswer): void {
  const task = tasks.get(answer.task)
  tasks.delete(answer.task)
  if (tasks.size === 0) worker.unref()
  if (answer.kind === 'failed') {
    const { code, detail, hint, message } = answer.failure
    task?.reject(code === undefined ? new Error(message) : new HoldfastError(code, { detail, hint }))
  } else task?.resolve(answer)
}
