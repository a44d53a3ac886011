import { followTaskPages, listTasks, stopTask } from '../../engines/pbs/client/management/tasks.ts'
import type { PbsApi } from '../../engines/pbs/client/pbs-api.ts'
import type { ServerTask, TaskKeeping } from '../repository.ts'

/** The newest; a person looks for what runs and what just failed. */
const MAX_TASKS = 200
const CALL_TIMEOUT_MS = 120_000

/** Tasks of a server that have to do with a datastore, as far as the account may see them. */
export function createTaskKeeping(api: PbsApi, store: string): TaskKeeping {
  return {
    async list(signal) {
      const items = await listTasks(api, { store, limit: MAX_TASKS }, signal)
      return items.map(
        (item): ServerTask => ({
          id: item.upid,
          kind: item.worker_type,
          about: item.worker_id ?? '',
          user: item.user,
          startedAt: item.starttime * 1000,
          endedAt: item.endtime == null ? undefined : item.endtime * 1000,
          status: item.status ?? undefined,
        }),
      )
    },
    log: (id, signal) => followTaskPages(api, id, signal),
    stop: (id) => stopTask(api, id, AbortSignal.timeout(CALL_TIMEOUT_MS)),
  }
}
