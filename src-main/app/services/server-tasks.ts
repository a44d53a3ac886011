import type { ServerTask } from '../../../src-shared/contract/server-tasks.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import type { TaskKeeping } from '../../repositories/repository.ts'
import type { RepositoryHub } from './repository-hub.ts'

/** What runs on the servers of repositories. Each call throws `repository/unsupported` where there is no server. */
export class ServerTasksService {
  readonly #hub: RepositoryHub

  constructor(hub: RepositoryHub) {
    this.#hub = hub
  }

  async list(id: RepositoryId, signal: AbortSignal): Promise<ServerTask[]> {
    const tasks = await (await this.#keeping(id, signal)).list(signal)
    return tasks.map(({ endedAt, status, ...task }) => ({
      ...task,
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(status === undefined ? {} : { status }),
    }))
  }

  async *followLog(id: RepositoryId, task: string, signal: AbortSignal): AsyncGenerator<{ lines: string[] }> {
    for await (const page of (await this.#keeping(id, signal)).log(task, signal)) yield { lines: [...page] }
  }

  async stop(id: RepositoryId, task: string, signal: AbortSignal): Promise<void> {
    await (await this.#keeping(id, signal)).stop(task)
  }

  async #keeping(id: RepositoryId, signal: AbortSignal): Promise<TaskKeeping> {
    const { tasks } = (await this.#hub.use(id, signal)).maintenance
    if (tasks === undefined) throw new HoldfastError('repository/unsupported')
    return tasks
  }
}
