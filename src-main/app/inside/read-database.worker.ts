import { parentPort, workerData } from 'node:worker_threads'
import { readDatabase } from './read-database.ts'

/** What the thread is started with. */
export interface DatabaseOrder {
  readonly path: string
  readonly table: string | undefined
}

const port = parentPort
if (port === null) throw new Error('read-database.worker runs as a worker, with its order')
const { path, table }: DatabaseOrder = workerData
port.postMessage(readDatabase(path, table))
port.close()
