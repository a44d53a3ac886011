import type { MessagePort } from 'node:worker_threads'
import { assertNever } from '../../../src-shared/assert-never.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { freeMemory } from '../free-memory.ts'
import type { SealCodec } from './seal-codec.ts'
import type { SealAnswer, SealFailure, SealRequest } from './seal-messages.ts'

/** What a sealing thread does, from its start to its end: answers requests with the work of a codec. */
export function serveSealing(port: MessagePort, codec: SealCodec): void {
  /** Hashed and waiting for the word whether they are to be encoded. At most what the pool gives one thread. */
  const waiting = new Map<number, Uint8Array<ArrayBuffer>>()

  const answer = (message: SealAnswer, ...moved: ArrayBuffer[]): void => {
    port.postMessage(message, moved)
  }

  const take = (task: number): Uint8Array<ArrayBuffer> => {
    const chunk = waiting.get(task)
    if (chunk === undefined) throw new Error(`there is no task ${task}`)
    waiting.delete(task)
    return chunk
  }

  const handle = (request: SealRequest): void => {
    const { task } = request
    const since = performance.now()
    switch (request.kind) {
      case 'seal': {
        const { chunk } = request
        const digest = codec.digest(chunk)
        waiting.set(task, chunk)
        answer({ kind: 'hashed', task, digest, busyMs: performance.now() - since })
        break
      }
      case 'encode': {
        const chunk = take(task)
        const blob = codec.encode(chunk)
        const { buffer: memory } = chunk
        answer({ kind: 'sealed', task, blob, busyMs: performance.now() - since, memory }, blob.buffer, memory)
        break
      }
      case 'drop': {
        const { buffer: memory } = take(task)
        answer({ kind: 'dropped', task, memory }, memory)
        break
      }
      case 'open': {
        const opened = codec.open(request.blob, request)
        const data = own(opened)
        if (data.buffer !== request.blob.buffer) freeMemory(request.blob)
        if (data.buffer !== opened.buffer && opened.buffer !== request.blob.buffer) freeMemory(opened)
        answer({ kind: 'opened', task, data }, data.buffer)
        break
      }
      default:
        assertNever(request)
    }
  }

  port.on('message', (request: SealRequest) => {
    try {
      handle(request)
    } catch (error) {
      answer({ kind: 'failed', task: request.task, failure: describe(error) })
    }
  })
}

/** The same bytes in a buffer that can be moved: Node's pool cannot, and what is much larger than the data should not. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength <= bytes.length + 4096 && buffer.byteLength > 65536
  return isOwn ? new Uint8Array(buffer, bytes.byteOffset, bytes.length) : new Uint8Array(bytes)
}

function describe(error: unknown): SealFailure {
  if (error instanceof HoldfastError) {
    const { code, detail, hint, message } = error
    return { code, detail, hint, message }
  }
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
