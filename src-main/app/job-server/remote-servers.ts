import { Code, ConnectError } from '@connectrpc/connect'
import type { SecretId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type {
  KnownJobServer,
  KnownRunner,
  RecordKind,
  RemoteEvent,
  ServerRecord,
} from '../../../src-shared/model/known-job-server.ts'
import type { VagrantConnection } from '../../engines/vagrant/client/connect-vagrant.ts'
import type { Job as QueuedJob } from '../../engines/vagrant/generated/server_pb.js'
import { unixMs } from '../../engines/vagrant/wire/times.ts'
import { callFailure, connectServer } from '../../sources/job-server/server-connection.ts'
import type { KnownServers } from './known-servers.ts'
import { listRecords } from './list-records.ts'
import { type QueueWish, queuedJob } from './queue-wish.ts'
import { shownJob } from './remote-job.ts'
import { loginWith, type ServerAddress, tlsOf } from './server-access.ts'
import { watchJob } from './watch-job.ts'

/** What one answer of the contract may hold; the newest. */
const listedJobs = 200
const askedRunners = 100

/** Job servers on other computers: what they do, and what they are asked to do. Every member throws `job-server/…`. */
export class RemoteServers {
  readonly #known: KnownServers

  constructor(known: KnownServers) {
    this.#known = known
  }

  /** Keeps it when the token is taken. An invite becomes a login on the way. */
  async add(
    wish: ServerAddress & { readonly name: string; readonly token: string },
    signal: AbortSignal,
  ): Promise<KnownJobServer> {
    const { name, address, token } = wish
    const server = { name, address, ...tlsOf(wish) }
    return this.#known.add(server, await loginWith(server, token, signal))
  }

  /** What it has to do, newest first, and who does it, out of one answer: whoever looks every few seconds asks once. */
  look(id: SecretId, signal: AbortSignal): Promise<{ jobs: Job[]; runners: KnownRunner[] }> {
    return this.#call(id, signal, async ({ client }) => {
      const { jobs } = await client._ListJobs({}, { signal })
      return { jobs: newest(jobs), runners: await knownRunners(client, jobs, signal) }
    })
  }

  records(
    id: SecretId,
    { kind, offset, limit }: { readonly kind: RecordKind; readonly offset: number; readonly limit: number },
    signal: AbortSignal,
  ): Promise<{ records: ServerRecord[]; total: number }> {
    return this.#call(id, signal, async ({ client }) => {
      const all = await listRecords(client, kind, signal)
      return { records: all.slice(offset, offset + limit), total: all.length }
    })
  }

  /** Returns the job's id in that queue. */
  queue(id: SecretId, wish: QueueWish, signal: AbortSignal): Promise<string> {
    return this.#call(
      id,
      signal,
      async ({ client }) => (await client.queueJob({ job: queuedJob(wish) }, { signal })).jobId,
    )
  }

  cancel(id: SecretId, queueId: string, signal: AbortSignal): Promise<void> {
    return this.#call(id, signal, async ({ client }) => {
      await client.cancelJob({ jobId: queueId }, { signal })
    })
  }

  /** Until it has ended; through restarts of the server. Throws `job/unknown`. */
  async *watch(id: SecretId, queueId: string, signal: AbortSignal): AsyncGenerator<RemoteEvent> {
    const server = this.#known.get(id)
    const token = await this.#known.token(id)
    yield* watchJob((abort) => connectServer(server, token, abort), queueId, signal)
  }

  /** A token of that server, for another computer. */
  makeToken(
    id: SecretId,
    wish: { readonly kind: 'login' } | { readonly kind: 'invite'; readonly validForMs: number },
    signal: AbortSignal,
  ): Promise<string> {
    return this.#call(id, signal, async ({ client }) => {
      const { token } =
        wish.kind === 'login'
          ? await client.generateLoginToken({}, { signal })
          : await client.generateInviteToken({ duration: `${wish.validForMs}ms` }, { signal })
      return token
    })
  }

  /** A connection of its own, for whoever closes it. */
  async connect(id: SecretId, signal: AbortSignal): Promise<VagrantConnection> {
    return connectServer(this.#known.get(id), await this.#known.token(id), signal)
  }

  async #call<Result>(
    id: SecretId,
    signal: AbortSignal,
    work: (connection: VagrantConnection) => Promise<Result>,
  ): Promise<Result> {
    const connection = await this.connect(id, signal)
    try {
      return await work(connection)
    } catch (error) {
      signal.throwIfAborted()
      throw callFailure(error)
    } finally {
      connection.close()
    }
  }
}

function newest(jobs: readonly QueuedJob[]): Job[] {
  return jobs
    .toSorted((a, b) => unixMs(b.queueTime) - unixMs(a.queueTime))
    .slice(0, listedJobs)
    .map((job) => shownJob(job))
}

/** Those that jobs name: the protocol has no list of runners. */
async function knownRunners(
  client: VagrantConnection['client'],
  jobs: readonly QueuedJob[],
  signal: AbortSignal,
): Promise<KnownRunner[]> {
  const ids = new Set<string>()
  for (const { assignedRunner, targetRunner, labels } of jobs) {
    // Jobs of that app itself name its computer, which is no runner.
    if ('holdfast/kind' in labels) continue
    if (assignedRunner !== undefined) ids.add(assignedRunner.id)
    if (targetRunner?.target.case === 'id') ids.add(targetRunner.target.value.id)
  }
  const runners: KnownRunner[] = []
  for (const runnerId of [...ids].toSorted().slice(0, askedRunners)) {
    const isConnected = await client.getRunner({ runnerId }, { signal }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ConnectError && error.code === Code.NotFound) return false
        throw error
      },
    )
    runners.push({ id: runnerId, isConnected })
  }
  return runners
}
