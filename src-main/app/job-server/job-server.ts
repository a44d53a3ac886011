import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { ConnectedRunner, ServerToken, TerminalBatch } from '../../../src-shared/model/remote-job.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { RunningServer, ServerListener, ServerOrder } from '../servers/running-server.ts'
import type { QueueWish } from './queue-wish.ts'

export interface JobServerParts {
  queue(): JobQueue
  readonly catalog: CatalogWriter
  /** Of Holdfast. */
  readonly version: string
  bug(id: string, error: unknown): void
}

/** What can be asked of a job server while it is on. */
export interface JobServerDesk {
  tokens(): ServerToken[]
  /** The token itself, this once. An invite is turned into a login by whoever gets it, within `validForMs`. */
  makeToken(wish: { readonly kind: 'login' } | { readonly kind: 'invite'; readonly validForMs: number }): string
  /** Throws `input/invalid` for one that was not made here. */
  revokeToken(id: string): void
  runners(): ConnectedRunner[]
  /** Queues a job as one who asks over gRPC does. */
  enqueue(wish: QueueWish): JobId
  /** What a job printed, then what it prints, until it has ended. Throws `job/unknown`. */
  output(queueId: string, signal: AbortSignal): AsyncGenerator<TerminalBatch>
}

/**
 * The job server of this computer. Its queue and the app's are one for whoever looks: jobs of the app are announced over there, jobs
 * queued there are shown here (docs/engines/vagrant.md says how).
 */
export class JobServer {
  readonly #parts: JobServerParts
  #desk: JobServerDesk | undefined

  constructor(parts: JobServerParts) {
    this.#parts = parts
  }

  /** Throws `server/unavailable` when another process has it, or the address is taken. */
  readonly start = async (order: ServerOrder, listener: ServerListener): Promise<RunningServer> => {
    // gRPC is a tenth of all that the program would load to start, and this is off until somebody switches it on.
    const { startJobServer } = await import('./start-job-server.ts')
    const { running, desk } = await startJobServer(this.#parts, order, listener)
    this.#desk = desk
    return {
      ...running,
      close: async () => {
        this.#desk = undefined
        await running.close()
      },
    }
  }

  /** Throws `server/unavailable` while it is off. */
  get desk(): JobServerDesk {
    if (this.#desk !== undefined) return this.#desk
    throw new HoldfastError('server/unavailable', {
      detail: 'The job server is off.',
      hint: 'Switch it on under Services.',
    })
  }
}
