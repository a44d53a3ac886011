import { parentPort, workerData } from 'node:worker_threads'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { writeNamed } from './chunk-writer.ts'
import { LocalStore } from './local-store.ts'
import type { StoreAnswer, StoreFailure, StoreRequest, StoreWorkerData } from './store-messages.ts'

if (parentPort === null) throw new Error('store.worker.ts runs as a worker thread')
const port = parentPort
const { root, compression, suffix } = workerData as StoreWorkerData // from StoreThreads, the only one to start this file
const store = new LocalStore(root, { compression, suffix })
const { signal } = new AbortController()

port.on('message', (request: StoreRequest) => {
  // What fails is answered.
  void handle(request).catch((error: unknown) => {
    port.postMessage({ kind: 'failed', task: request.task, failure: describe(error) } satisfies StoreAnswer)
  })
})

async function handle(request: StoreRequest): Promise<void> {
  const { task } = request
  switch (request.kind) {
    case 'write': {
      const chunk = await writeNamed(store, request.chunk, request.algorithm)
      // Gives the memory back now: the collector of a thread that makes little garbage would let megabytes lie around.
      request.chunk.buffer.transfer(0)
      port.postMessage({ kind: 'written', task, chunk } satisfies StoreAnswer)
      return
    }
    case 'read': {
      const found = await store.get(request.id, request.options, signal)
      const plain = found && movable(found)
      port.postMessage({ kind: 'read', task, plain } satisfies StoreAnswer, plain === undefined ? [] : [plain.buffer])
      return
    }
    case 'sync':
      await store.sync()
      port.postMessage({ kind: 'synced', task } satisfies StoreAnswer)
  }
}

/** Node's pool cannot be moved, and a buffer much larger than what is in it should not. */
function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength > 65_536 && buffer.byteLength < bytes.length + 8192
  return isOwn ? new Uint8Array(buffer, bytes.byteOffset, bytes.length) : new Uint8Array(bytes)
}

function describe(error: unknown): StoreFailure {
  if (error instanceof HoldfastError) {
    const { code, detail, hint, message } = error
    return { code, detail, hint, message }
  }
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
