import { z } from 'zod'
import type { JsonValue } from '../../../../storage/canonical-json.ts'
import { collectGarbage, type GarbageProgress } from '../../../../storage/datastore/garbage-collection.ts'
import { datastoreName } from '../../wire/parameters.ts'
import { checkPrivilege, findDatastore } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import type { ApiContext, LastCollection, ServedDatastore } from '../server-context.ts'
import type { RunningTask } from '../tasks/task-registry.ts'

/** Removing chunks that nothing names (spec pbs §8.6). */
export const garbageRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/gc',
    parameters: z.strictObject({ store: datastoreName() }),
    async handle(context: ApiContext, { parameters: { store } }) {
      checkPrivilege(context, { store, namespace: '' }, { full: ['Datastore.Audit'] })
      const last = context.collections.get(findDatastore(context, store).name)
      return { data: garbageItem(last) }
    },
  }),
  route({
    method: 'POST',
    path: 'admin/datastore/{store}/gc',
    parameters: z.strictObject({ store: datastoreName() }),
    async handle(context: ApiContext, { parameters: { store } }) {
      checkPrivilege(context, { store, namespace: '' }, { full: ['Datastore.Modify'] })
      const served = findDatastore(context, store)
      const task = { type: 'garbage_collection', workerId: store, authId: context.caller, store }
      const { upid } = context.tasks.run(task, (running) => collect(context, served, running))
      return { data: upid }
    },
  }),
]

async function collect(context: ApiContext, served: ServedDatastore, task: RunningTask): Promise<void> {
  task.log.add(`starting garbage collection on store ${served.name}`)
  const status = await collectGarbage(
    served.store,
    { now: () => context.clock.now(), onProgress: progressLines(task) },
    task.signal,
  )
  context.collections.set(served.name, { upid: task.upid, status })
  task.log.add(`Removed garbage: ${status.removedBytes} bytes in ${status.removedChunks} chunks`)
  task.log.add(`Pending removals: ${status.pendingBytes} bytes in ${status.pendingChunks} chunks`)
  task.log.add(`On-Disk usage: ${status.diskBytes} bytes in ${status.diskChunks} chunks`)
  for (const index of status.damagedIndexes) task.warn(`could not be read, so nothing was removed: ${index}`)
  if (status.missingChunks > 0) task.warn(`${status.missingChunks} chunks that indexes name are missing`)
}

/** A line at every tenth, in the words from which clients of PBS draw a bar. */
function progressLines({ log }: RunningTask): (progress: GarbageProgress) => void {
  const told = { mark: 0, sweep: 0 }
  return ({ phase, done, total }) => {
    const tenths = total === 0 ? 10 : Math.floor((done * 10) / total)
    if (tenths <= told[phase]) return
    told[phase] = tenths
    log.add(phase === 'mark' ? `marked ${tenths * 10}% (${done} of ${total} index files)` : `processed ${tenths * 10}%`)
  }
}

function garbageItem(last: LastCollection | undefined): JsonValue {
  const status = last?.status
  return {
    upid: last?.upid,
    'index-file-count': status?.indexFiles ?? 0,
    'index-data-bytes': status?.indexDataBytes ?? 0,
    // Ours counts everything on disk; PBS leaves out what only waits for its time.
    'disk-bytes': status === undefined ? 0 : status.diskBytes - status.pendingBytes,
    'disk-chunks': status === undefined ? 0 : status.diskChunks - status.pendingChunks,
    'removed-bytes': status?.removedBytes ?? 0,
    'removed-chunks': status?.removedChunks ?? 0,
    'pending-bytes': status?.pendingBytes ?? 0,
    'pending-chunks': status?.pendingChunks ?? 0,
    'removed-bad': status?.removedBad ?? 0,
    'still-bad': status?.stillBad ?? 0,
  }
}
