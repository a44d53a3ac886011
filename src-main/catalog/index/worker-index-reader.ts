import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type IndexReader, indexPath, type QueryName, readerFrom } from './index-reader.ts'
import type { ReaderReply, ReaderRequest } from './reader-messages.ts'

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/**
 * Reads in a thread of its own, so that a search never holds up the caller's event loop. Questions are answered in order. When the thread
 * dies, everything it owed is rejected. The index must exist (`openIndex` creates it).
 */
export function openWorkerIndexReader(dataFolder: string): IndexReader {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const worker = new Worker(new URL(`./reader.worker${extension}`, import.meta.url), {
    workerData: indexPath(dataFolder),
  })
  worker.unref()
  const waiting = new Map<number, Waiting>()
  let sequence = 0
  let ended: Error | undefined

  const end = (error: Error): void => {
    ended ??= error
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
    worker.unref()
  }
  worker.on('message', (reply: ReaderReply) => {
    const owed = waiting.get(reply.sequence)
    waiting.delete(reply.sequence)
    if (waiting.size === 0) worker.unref()
    if (reply.type === 'result') owed?.resolve(reply.result)
    else if (reply.type === 'failure') owed?.reject(new HoldfastError(reply.failure.code, reply.failure))
    else owed?.reject(new Error(`the index reader failed: ${reply.message}`))
  })
  worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', () => end(new Error('the index reader has ended')))

  const ask = (name: QueryName, parameters: readonly unknown[]): Promise<unknown> => {
    if (ended !== undefined) return Promise.reject(ended)
    const number = sequence++
    return new Promise((resolve, reject) => {
      waiting.set(number, { resolve, reject })
      worker.ref()
      worker.postMessage({ type: 'query', sequence: number, name, parameters } satisfies ReaderRequest)
    })
  }
  return readerFrom(ask, async () => {
    if (ended !== undefined) return
    const exited = once(worker, 'exit')
    worker.ref()
    worker.postMessage({ type: 'close' } satisfies ReaderRequest)
    await exited
  })
}
