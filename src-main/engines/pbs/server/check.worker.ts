import { parentPort } from 'node:worker_threads'
import { ApiError } from './api-error.ts'
import type { CheckAnswer, CheckRequest } from './check-messages.ts'
import { checkChunk } from './chunk-checker.ts'

if (parentPort === null) throw new Error('check.worker.ts runs as a worker thread')
const port = parentPort

port.on('message', ({ task, blob, expected }: CheckRequest) => {
  try {
    checkChunk(blob, expected)
    answer({ kind: 'checked', task, blob }, [blob.buffer])
  } catch (error) {
    if (error instanceof ApiError) answer({ kind: 'refused', task, status: error.status, text: error.message })
    else answer({ kind: 'failed', task, text: error instanceof Error ? error.message : String(error) })
  }
})

function answer(message: CheckAnswer, moved: ArrayBuffer[] = []): void {
  port.postMessage(message, moved)
}
