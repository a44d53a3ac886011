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
const ending = new AbortController()
port.once('message', () => ending.abort()) // whoever does not want the answer any more
try {
  const store = await openDatastore(path)
  port.postMessage(await measureSpace(store, options, ending.signal))
} catch (error) {
  if (!ending.signal.aborted) throw error
} finally {
  port.close()
}
