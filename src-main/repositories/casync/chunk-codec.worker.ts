import { parentPort, workerData } from 'node:worker_threads'
import { serveSealing } from '../../storage/seal/serve-sealing.ts'
import { type ChunkCodecOptions, createChunkCodec } from './chunk-codec.ts'

if (parentPort === null) throw new Error('chunk-codec.worker.ts runs as a worker thread')
const options = workerData as ChunkCodecOptions // from CasyncSealers, the only one to start this file
serveSealing(parentPort, createChunkCodec(options))
