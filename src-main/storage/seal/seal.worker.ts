import { parentPort, workerData } from 'node:worker_threads'
import { createBlobCodec } from './seal-codec.ts'
import type { SealWorkerData } from './seal-messages.ts'
import { serveSealing } from './serve-sealing.ts'

if (parentPort === null) throw new Error('seal.worker.ts runs as a worker thread')
const options = workerData as SealWorkerData // from WorkerSealer, the only one to start this file
serveSealing(parentPort, createBlobCodec(options))
