import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { changeDisk } from '../../../storage/datastore/disk-error.ts'
import { SpareMemory } from '../../../storage/spare-memory.ts'
import type { DigestAlgorithm } from '../chunk-digest.ts'
import type { OpenChunkOptions } from './chunk-payload.ts'
import type { ChunkWriter, WrittenChunk } from './chunk-writer.ts'
import type { LocalStore } from './local-store.ts'
import type { StoreAnswer, StoreRequest, StoreWorkerData, ToStoreThread } from './store-messages.ts'
import { canSyncAtOnce, syncAtOnce } from './store-sync.ts'

/** The stream is cut in one thread: more could not be kept busy. */
const maxDefaultThreads = 4

type Distributed<Union> = Union extends unknown ? Omit<Union, 'task'> : never
type Work = Distributed<StoreRequest>

/** Chunks are small: to wake a thread for each would cost as much as what it does. */
const tasksInMessage = 8

/** Of chunks that were written or read, for the next ones. */
const maxSpareBytes = 32 << 20

/** The largest chunks that casync makes by itself. */
const usualBytes = 256 << 10

interface Task {
  readonly request: StoreRequest
  readonly moved: readonly ArrayBuffer[]
  readonly answer: PromiseWithResolvers<StoreAnswer>
}

interface Thread {
  readonly worker: Worker
  readonly tasks: Map<number, Task>
}

/**
 * A local store on threads of its own: each hashes, compresses and writes, or reads, decompresses and checks, whole chunks.
 * They start with the first work, or with `start`. Who calls bounds how much is under way.
 */
export class StoreThreads implements ChunkWriter {
  readonly threads: number
  readonly #workerData: StoreWorkerData
  readonly #running: Thread[] = []
  /** Not yet handed to a thread. */
  #gathered: Task[] = []
  readonly #spare = new SpareMemory(maxSpareBytes)
  /** Chunks that were read, and may be freed by whoever got them. */
  readonly #given = new WeakSet<Uint8Array>()
  #flushing: NodeJS.Immediate | undefined
  #lastTask = 0
  #hasWritten = false
  #isClosed = false

  constructor(store: LocalStore, threads = Math.min(availableParallelism(), maxDefaultThreads)) {
    if (!Number.isInteger(threads) || threads < 1) throw new RangeError(`no pool has ${threads} threads`)
    this.threads = threads
    this.#workerData = { root: store.root, compression: store.compression, suffix: store.suffix }
  }

  /** For whoever knows that there will be work: they take 50 ms, in which much else can be prepared. */
  start(): void {
    while (this.#running.length < this.threads) this.#start()
  }

  async write(chunk: Uint8Array<ArrayBuffer>, algorithm: DigestAlgorithm, signal: AbortSignal): Promise<WrittenChunk> {
    signal.throwIfAborted()
    const answer = await this.#gather({ kind: 'write', chunk, algorithm }, [chunk.buffer])
    if (answer.kind !== 'written') throw new Error(`unexpected answer: ${answer.kind}`)
    this.#spare.takeBack(answer.memory)
    this.#hasWritten ||= answer.chunk.isNew
    return answer.chunk
  }

  allocate(bytes: number): Uint8Array<ArrayBuffer> {
    return this.#spare.allocate(bytes)
  }

  async get(id: Digest, options: OpenChunkOptions, signal: AbortSignal): Promise<Uint8Array | undefined> {
    signal.throwIfAborted()
    const into = this.allocate(usualBytes).buffer
    const answer = await this.#gather({ kind: 'read', id, options, into }, [into])
    if (answer.kind !== 'read') throw new Error(`unexpected answer: ${answer.kind}`)
    if (answer.plain !== undefined) this.#given.add(answer.plain)
    return answer.plain
  }

  free(plain: Uint8Array): void {
    if (this.#given.delete(plain) && plain.buffer instanceof ArrayBuffer) this.#spare.takeBack(plain.buffer)
  }

  async sync(): Promise<void> {
    this.#flush()
    if (canSyncAtOnce()) {
      const { root } = this.#workerData
      if (this.#hasWritten) await changeDisk(root, () => syncAtOnce(root))
      this.#hasWritten = false
      return
    }
    await Promise.all(
      this.#running.map((thread) => {
        const task = this.#task({ kind: 'sync' })
        give(thread, [task])
        return task.answer.promise
      }),
    )
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearImmediate(this.#flushing)
    for (const { answer } of this.#gathered.splice(0)) answer.reject(new Error('the store threads are closed'))
    await Promise.all(this.#running.map(({ worker }) => ended(worker)))
    this.#spare.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Starts another while all have something to do and there may be more. */
  #idlest(): Thread {
    const idlest = this.#running.reduce<Thread | undefined>(
      (best, thread) => (best !== undefined && best.tasks.size <= thread.tasks.size ? best : thread),
      undefined,
    )
    const isBusy = idlest === undefined || idlest.tasks.size > 0
    return isBusy && this.#running.length < this.threads ? this.#start() : (idlest ?? this.#start())
  }

  async #gather(work: Work, moved: readonly ArrayBuffer[] = []): Promise<StoreAnswer> {
    if (this.#isClosed) throw new Error('the store threads are closed')
    const task = this.#task(work, moved)
    this.#gathered.push(task)
    if (this.#gathered.length >= tasksInMessage) this.#flush()
    else this.#flushing ??= setImmediate(() => this.#flush())
    return await task.answer.promise
  }

  #flush(): void {
    clearImmediate(this.#flushing)
    this.#flushing = undefined
    if (this.#gathered.length > 0) give(this.#idlest(), this.#gathered.splice(0))
  }

  #task(work: Work, moved: readonly ArrayBuffer[] = []): Task {
    return { request: { ...work, task: ++this.#lastTask }, moved, answer: Promise.withResolvers<StoreAnswer>() }
  }

  #start(): Thread {
    const file = `./store.worker${extname(import.meta.url)}` // .ts from the sources, .js once built
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: this.#workerData,
      env: SHARE_ENV,
      trackUnmanagedFds: false, // it leaves none open; keeping account of them is work with each
    })
    const thread: Thread = { worker, tasks: new Map() }
    let reason: unknown
    worker.on('message', (answers: readonly StoreAnswer[]) => answered(thread, answers))
    worker.on('error', (error) => {
      reason = error
    })
    worker.on('exit', (code) => {
      this.#running.splice(this.#running.indexOf(thread), 1)
      for (const { answer } of thread.tasks.values()) {
        answer.reject(new Error(`a thread of the store ended with ${code}`, { cause: reason }))
      }
    })
    worker.unref() // only tasks keep the process alive
    this.#running.push(thread)
    return thread
  }
}

/**
 * Lets a thread finish what it was given. To terminate one while it loads or calls a native library ends the whole program:
 * koffi throws into it, and nobody is there to catch.
 */
async function ended(worker: Worker): Promise<void> {
  const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.ref()
  worker.postMessage('end' satisfies ToStoreThread)
  await exit
}

function give({ worker, tasks }: Thread, given: readonly Task[]): void {
  for (const task of given) tasks.set(task.request.task, task)
  worker.ref()
  try {
    const moved = given.flatMap((task) => task.moved)
    worker.postMessage(given.map(({ request }) => request) satisfies ToStoreThread, moved)
  } catch (error) {
    // A buffer that cannot be moved.
    for (const { request, answer } of given) {
      tasks.delete(request.task)
      answer.reject(error)
    }
  }
}

function answered({ worker, tasks }: Thread, answers: readonly StoreAnswer[]): void {
  for (const answer of answers) {
    const waiting = tasks.get(answer.task)?.answer
    tasks.delete(answer.task)
    if (answer.kind === 'failed') {
      const { code, detail, hint, message } = answer.failure
      waiting?.reject(code === undefined ? new Error(message) : new HoldfastError(code, { detail, hint }))
    } else waiting?.resolve(answer)
  }
  if (tasks.size === 0) worker.unref()
}
