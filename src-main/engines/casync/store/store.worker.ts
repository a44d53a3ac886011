import { parentPort, workerData } from 'node:worker_threads'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { writeNamed } from './chunk-writer.ts'
import { LocalStore } from './local-store.ts'
import type { StoreAnswer, StoreFailure, StoreRequest, StoreWorkerData, ToStoreThread } from './store-messages.ts'

if (parentPort === null) throw new Error('store.worker.ts runs as a worker thread')
const port = parentPort
const { root, compression, suffix } = workerData as StoreWorkerData // from StoreThreads, the only one to start this file
const store = new LocalStore(root, { compression, suffix })

port.on('message', (message: ToStoreThread) => {
  if (message === 'end') port.close()
  else void answerAll(message) // what fails is answered
})

async function answerAll(requests: readonly StoreRequest[]): Promise<void> {
  const answers: StoreAnswer[] = []
  const moved: ArrayBuffer[] = []
  for (const request of requests) {
    const { task } = request
    try {
      const answer = await handle(request)
      if (answer.kind === 'read' && answer.plain !== undefined) moved.push(answer.plain.buffer)
      if (answer.kind === 'written') moved.push(answer.memory)
      answers.push(answer)
    } catch (error) {
      answers.push({ kind: 'failed', task, failure: describe(error) })
    }
  }
  port.postMessage(answers, moved)
}

async function handle(request: StoreRequest): Promise<StoreAnswer> {
  const { task } = request
  switch (request.kind) {
    case 'write': {
      const chunk = await writeNamed(store, request.chunk, request.algorithm)
      return { kind: 'written', task, chunk, memory: request.chunk.buffer }
    }
    case 'read': {
      const found = await store.read(request.id, request.options, new Uint8Array(request.into))
      return { kind: 'read', task, plain: found && movable(found) }
    }
    case 'sync':
      await store.sync()
      return { kind: 'synced', task }
  }
}

/** Node's pool cannot be moved. */
function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize
  return isOwn ? new Uint8Array(buffer, bytes.byteOffset, bytes.length) : new Uint8Array(bytes)
}

function describe(error: unknown): StoreFailure {
  if (error instanceof HoldfastError) {
    const { code, detail, hint, message } = error
    return { code, detail, hint, message }
  }
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
