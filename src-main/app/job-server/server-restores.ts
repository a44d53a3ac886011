import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SecretId, SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Job, JobSpec } from '../../../src-shared/model/job.ts'
import {
  type JobServerFacts,
  jobServerAddress,
  jobServerFacts,
  jobServerFactsName,
} from '../../../src-shared/model/job-server-source.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import type { JobStarter } from '../services/job-starter.ts'
import type { RepositoriesService } from '../services/repositories.ts'
import type { SnapshotsService } from '../services/snapshots.ts'
import { commandLine } from '../shell-words.ts'
import type { KnownServers } from './known-servers.ts'

export interface ServerRestoresOptions {
  readonly snapshots: SnapshotsService
  readonly repositories: RepositoriesService
  readonly jobs: JobStarter
  readonly known: KnownServers
}

interface Wish {
  readonly snapshotId: SnapshotId
  readonly serverId: SecretId
}

/** Job servers as repositories hold them, and back to where they came from. */
export class ServerRestores {
  readonly #options: ServerRestoresOptions

  constructor(options: ServerRestoresOptions) {
    this.#options = options
  }

  /** What a stored server says of itself. Throws `input/invalid` for a snapshot of something else. */
  async facts(id: SnapshotId, signal: AbortSignal): Promise<JobServerFacts> {
    const { snapshots } = this.#options
    const snapshot = requireServer(await snapshots.get(id))
    return snapshots.withReader(snapshot, signal, async (reader) => {
      const bytes = await reader.blob(`${jobServerFactsName}.blob`, signal)
      return jobServerFacts.parse(JSON.parse(Buffer.from(bytes).toString()))
    })
  }

  start({ snapshotId, to }: Pick<Extract<JobSpec, { kind: 'restore-job-server' }>, 'snapshotId' | 'to'>): Promise<Job> {
    return this.restore({ snapshotId, serverId: to.serverId })
  }

  /** To a server that a person connected to: its token goes nowhere else. */
  async restore({ snapshotId, serverId }: Wish): Promise<Job> {
    const { snapshots, jobs, known } = this.#options
    const { ref, repositoryId, planId } = requireServer(await snapshots.get(snapshotId))
    const server = known.get(serverId)
    return jobs.start(
      { kind: 'restore-job-server', snapshotId, to: { ...jobServerAddress.parse(server), serverId } },
      { name: formatSnapshotRef(ref), repositoryId, planId },
    )
  }

  /** The line that does the same. */
  async asCommand({ snapshotId, serverId }: Wish): Promise<string> {
    const { snapshots, repositories, known } = this.#options
    const { ref, repositoryId } = await snapshots.get(snapshotId)
    const { name } = repositories.record(repositoryId)
    const { address } = known.get(serverId)
    return commandLine(['holdfast', 'remote', 'restore', formatSnapshotRef(ref), '-r', name, '--server', address])
  }
}

function requireServer(snapshot: Snapshot): Snapshot {
  if (snapshot.archives.some(({ filename }) => filename === `${jobServerFactsName}.blob`)) return snapshot
  throw new HoldfastError('input/invalid', { detail: 'This snapshot holds no job server.' })
}
