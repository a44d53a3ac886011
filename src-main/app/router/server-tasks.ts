import type { Services } from '../services/services.ts'
import { guarded, type Implementer, signalOf } from './implementer.ts'

export function serverTasksRouter(os: Implementer, { serverTasks, bugs }: Services) {
  return {
    list: os.serverTasks.list.handler(({ input, signal }) => serverTasks.list(input.repositoryId, signalOf(signal))),
    followLog: os.serverTasks.followLog.handler(({ input, signal }) =>
      guarded(serverTasks.followLog(input.repositoryId, input.id, signalOf(signal)), bugs),
    ),
    stop: os.serverTasks.stop.handler(({ input, signal }) =>
      serverTasks.stop(input.repositoryId, input.id, signalOf(signal)),
    ),
  }
}
