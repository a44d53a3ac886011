import { parentPort, workerData } from 'node:worker_threads'
import { openDatastore } from '../../storage/datastore/datastore.ts'
import { type MeasureOptions, measureSpace } from '../../storage/datastore/measure-space.ts'

/** What the thread is started with. */
export interface MeasureOrder {
  readonly path: string
  readonly options: MeasureOptions
}

const port = parentPort
if (port === null) throw new Error('measure-space.worker runs as a worker, with its order')
const { path, options }: MeasureOrder = workerData
const store = await openDatastore(path)
// Whoever does not want the answer any more ends the thread.
port.postMessage(await measureSpace(store, options, new AbortController().signal))
port.close()
