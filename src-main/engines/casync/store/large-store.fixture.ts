import { createHash } from 'node:crypto'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { ChunkRef } from '../../../storage/chunk-index.ts'
import type { ChunkStore } from './chunk-store.ts'
import { collectGarbage } from './collect-garbage.ts'
import type { LocalStore, StoredFile } from './local-store.ts'
import { verifyChunks } from './verify-store.ts'

/**
 * For tests only, in a thread whose heap is small: collects garbage of and verifies a store of `count` chunks, half of them
 * in an index. All chunks are one file, since what matters is how many there are.
 */
export interface LargeStore {
  readonly count: number
  readonly file: string
}

/** What the thread says when it is through. */
export interface LargeStoreReport {
  readonly kept: number
  readonly pending: number
  readonly verified: number
}

const { signal } = new AbortController()

if (!isMainThread) {
  const port = parentPort
  if (port === null) throw new Error('large-store.fixture.ts runs as a worker thread')
  port.postMessage(await work(workerData as LargeStore)) // from the test, the only one to start this file
}

async function work({ count, file }: LargeStore): Promise<LargeStoreReport> {
  async function* files(): AsyncGenerator<StoredFile> {
    for (let number = 0; number < count; number++) {
      yield { path: file, file: { kind: 'chunk', id: idOf(number), isCompressed: true } }
    }
  }
  async function* indexes(): AsyncGenerator<Iterable<ChunkRef>> {
    yield refs(count / 2)
  }
  const store = { files } as unknown as LocalStore // all that is asked of it
  const { keptChunks, pendingChunks } = await collectGarbage(store, indexes(), { now: Date.now }, signal)
  const plain = new Uint8Array(10)
  const chunks: ChunkStore = { get: () => Promise.resolve(plain) }
  let verified = 0
  for await (const { problem } of verifyChunks(chunks, refs(count), {}, signal)) if (problem === undefined) verified++
  return { kept: keptChunks, pending: pendingChunks, verified }
}

function* refs(count: number): Generator<ChunkRef> {
  for (let number = 0; number < count; number++) yield { digest: idOf(number), sizeBytes: 10 }
}

function idOf(number: number): Digest {
  return createHash('sha256').update(String(number)).digest('hex') as Digest // 64 lower-case digits
}
