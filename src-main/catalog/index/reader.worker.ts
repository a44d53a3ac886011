import { parentPort, workerData } from 'node:worker_threads'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { openDatabaseReader } from '../database/open-database.ts'
import { createQueries } from './index-reader.ts'
import type { ReaderReply, ReaderRequest } from './reader-messages.ts'
import { indexKind } from './schema.ts'

const port = parentPort
if (port === null || typeof workerData !== 'string')
  throw new Error('reader.worker runs as a worker, with the path of the index')
const db = openDatabaseReader(workerData, indexKind)
const queries = createQueries(db)

port.on('message', (request: ReaderRequest) => {
  if (request.type === 'close') {
    db.close()
    port.close()
    return
  }
  port.postMessage(answer(request) satisfies ReaderReply)
})

function answer({ sequence, name, parameters }: Extract<ReaderRequest, { type: 'query' }>): ReaderReply {
  try {
    return { sequence, type: 'result', result: queries.ask(name, parameters) }
  } catch (error) {
    if (error instanceof HoldfastError) {
      const { code, detail, hint } = error
      return { sequence, type: 'failure', failure: { code, detail, hint } }
    }
    return { sequence, type: 'bug', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
