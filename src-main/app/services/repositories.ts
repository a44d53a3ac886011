import { randomUUID } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import type { RepositoryVerdict } from '../../../src-shared/contract/repositories.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type KeyId, type RepositoryId, repositoryId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { PlainError } from '../../../src-shared/model/plain-error.ts'
import type { Repository, RepositoryState, RepositoryUsage } from '../../../src-shared/model/repository.ts'
import type { Retention } from '../../../src-shared/model/retention.ts'
import type { IndexReader } from '../../catalog/index/index-reader.ts'
import type { IndexWriter } from '../../catalog/index/open-index.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import { kindOfAddress } from '../../repositories/address-kind.ts'
import type { PruneDecision } from '../../repositories/repository.ts'
import type { Clock } from '../clock.ts'
import { type BugLog, toPlainError } from '../contract-errors.ts'
import type { SecretStore } from '../host.ts'
import { detailsOf } from '../jobs/stored-details.ts'
import type { Changes } from './changes.ts'
import { createRepository } from './create-repository.ts'
import { dropIndex } from './drop-index.ts'
import type { JobStarter } from './job-starter.ts'
import { type Credentials, judgeAddress } from './judge-address.ts'
import { requireNamespace } from './repository-defaults.ts'
import { type RepositoryHub, repositorySecretName } from './repository-hub.ts'

const probeEveryMs = 60_000
const dayMs = 24 * 60 * 60_000
const usageKeptMs = 3 * 366 * dayMs
const usagePoints = 400

export interface RepositoriesOptions {
  readonly catalog: CatalogWriter
  readonly index: IndexWriter
  readonly reader: IndexReader
  readonly hub: RepositoryHub
  readonly secrets: SecretStore
  readonly jobs: JobStarter
  readonly changes: Changes
  readonly clock: Clock
  readonly dataDirectory: string
  readonly bugs: BugLog
}

export interface NewRepository extends Credentials {
  readonly address: string
  readonly name: string
  readonly create: boolean
  readonly keyId: KeyId | undefined
  readonly namespace?: string | undefined
}

interface Probe {
  readonly at: number
  readonly reachable: boolean
  readonly error: PlainError | undefined
}

export class RepositoriesService {
  readonly #options: RepositoriesOptions
  readonly #probes = new Map<RepositoryId, Probe>()
  readonly #probing = new Map<RepositoryId, Promise<void>>()
  readonly #closing = new AbortController()

  constructor(options: RepositoriesOptions) {
    this.#options = options
  }

  async list(): Promise<RepositoryState[]> {
    const states: RepositoryState[] = []
    for (const repository of this.#options.catalog.repositories.list()) states.push(await this.#state(repository))
    return states
  }

  async get(id: RepositoryId, { probe = false } = {}): Promise<RepositoryState> {
    const record = this.record(id)
    if (probe) await this.#probe(id)
    return this.#state(record)
  }

  /** Throws `repository/unknown`. */
  record(id: RepositoryId): Repository {
    const record = this.#options.catalog.repositories.get(id)
    if (record === undefined) throw new HoldfastError('repository/unknown')
    return record
  }

  /** What is not given of a known repository's credentials are those it has. */
  async test(address: string, { secret, fingerprint }: Credentials): Promise<RepositoryVerdict> {
    const known = this.#withAddress(address)
    const kept = known && (await this.#options.secrets.get(repositorySecretName(known.id)))
    const credentials = { secret: secret ?? kept, fingerprint: fingerprint ?? known?.fingerprint }
    return judgeAddress(address, credentials, this.#closing.signal)
  }

  async ensureDefault(): Promise<Repository> {
    const address = join(this.#options.dataDirectory, 'repository')
    const known = this.#withAddress(address)
    if (known !== undefined) return known
    return this.add({ address, name: 'This computer', create: true, keyId: undefined })
  }

  async add(wish: NewRepository): Promise<Repository> {
    const { catalog, changes, clock, jobs, secrets } = this.#options
    const kind = kindOfAddress(wish.address)
    const address = isAbsolute(wish.address) ? resolve(wish.address) : wish.address
    const known = this.#withAddress(address)
    if (known !== undefined && (wish.namespace ?? known.namespace) === known.namespace) return known
    const verdict = await judgeAddress(address, wish, this.#closing.signal)
    if (verdict.refusal !== undefined) throw verdict.refusal
    requireNamespace(wish.namespace, verdict)
    if (known !== undefined) return this.#update({ ...known, namespace: wish.namespace ?? '' })
    const isThere = verdict.state === 'ready'
    if (!isThere && !wish.create) {
      throw new HoldfastError('datastore/not-found', { detail: address, hint: 'Create one there, or check the path.' })
    }
    if (!isThere) await createRepository(kind, address)
    const repository: Repository = {
      id: repositoryId.parse(randomUUID()),
      name: wish.name,
      kind,
      address,
      addedAt: clock.now(),
      ...(wish.keyId === undefined ? {} : { keyId: wish.keyId }),
      ...(wish.fingerprint === undefined ? {} : { fingerprint: wish.fingerprint }),
      ...(wish.namespace === undefined ? {} : { namespace: wish.namespace }),
    }
    // The secret first: a repository without it could not be opened.
    if (wish.secret !== undefined) await secrets.set(repositorySecretName(repository.id), wish.secret)
    catalog.repositories.add(repository)
    changes.changed('repositories')
    if (isThere) {
      await this.#listInto(repository.id)
      jobs.start({ kind: 'index', repositoryId: repository.id }, { name: repository.name })
    }
    return repository
  }

  rename(id: RepositoryId, name: string): Repository {
    return this.#update({ ...this.record(id), name })
  }

  /** Whatever is open with the old ones is opened again. */
  async setCredentials(id: RepositoryId, { secret, fingerprint }: Credentials): Promise<Repository> {
    const { catalog, changes, hub, secrets } = this.#options
    const record = this.record(id)
    if (secret !== undefined) await secrets.set(repositorySecretName(id), secret)
    const changed = fingerprint === undefined ? record : { ...record, fingerprint }
    catalog.repositories.update(changed)
    await hub.forget(id)
    this.#probes.delete(id)
    changes.changed('repositories')
    return changed
  }

  #update(record: Repository): Repository {
    this.#options.catalog.repositories.update(record)
    this.#options.changes.changed('repositories')
    return record
  }

  /** Forgets the address and what the catalog knows of its snapshots; what is stored stays. */
  async remove(id: RepositoryId): Promise<void> {
    const { catalog, changes, hub, index, reader } = this.#options
    this.record(id)
    catalog.repositories.remove(id)
    await hub.forget(id)
    await this.#options.secrets.delete(repositorySecretName(id))
    this.#probes.delete(id)
    await dropIndex({ reader, index }, id, this.#closing.signal)
    changes.changed('repositories', 'snapshots')
  }

  usageHistory(id: RepositoryId): readonly RepositoryUsage[] {
    this.record(id)
    const to = this.#options.clock.now()
    return this.#options.catalog.repositories.usageHistory(id, { from: to - usageKeptMs, to, limit: usagePoints })
  }

  /** Refuses early what the repository cannot do, so that no job is queued for it. */
  async require(id: RepositoryId, what: 'verify' | 'prune' | 'collectGarbage' | 'forget'): Promise<Repository> {
    const record = this.record(id)
    const { maintenance } = await this.#options.hub.use(id, this.#closing.signal)
    if (maintenance[what] === undefined) throw new HoldfastError('repository/unsupported')
    return record
  }

  async simulatePrune(
    id: RepositoryId,
    group: { readonly namespace: string; readonly backupId?: string | undefined },
    retention: Retention,
    signal: AbortSignal,
  ): Promise<readonly PruneDecision[]> {
    this.record(id)
    const { maintenance } = await this.#options.hub.use(id, signal)
    if (maintenance.prune === undefined) throw new HoldfastError('repository/unsupported')
    const { namespace, backupId } = group
    const wanted = backupId === undefined ? { namespace } : { namespace, backupId }
    return maintenance.prune(wanted, retention, { dryRun: true }, signal)
  }

  /** After a job: what it learned of the repository goes into the catalog. */
  jobEnded(job: Job, usage: RepositoryUsage | undefined): void {
    const { catalog, changes } = this.#options
    const id = job.repositoryId
    if (id === undefined || catalog.repositories.get(id) === undefined) return
    if (usage !== undefined) this.#recordUsage(id, usage)
    const { status } = job
    if (status.state === 'error' && isOutOfReach(status.error))
      this.#probes.set(id, { at: this.#options.clock.now(), reachable: false, error: status.error })
    if (job.status.state === 'success') {
      const { verify, garbage } = job.status.summary
      const at = job.status.endedAt
      if (verify !== undefined && job.spec.kind === 'verify' && job.spec.snapshotIds === undefined) {
        const lastVerify = { at, corruptChunks: verify.corrupt, checkedSnapshots: verify.snapshots }
        catalog.repositories.learn(id, { lastVerify })
      }
      if (garbage !== undefined) {
        catalog.repositories.learn(id, { lastGarbageCollection: { at, freedBytes: garbage.removedBytes } })
      }
      this.#probes.set(id, { at: this.#options.clock.now(), reachable: true, error: undefined })
    }
    changes.changed('repositories')
  }

  /** What was counted of the stored bytes; usage that is taken from the disk alone does not know it. */
  learnSpace(id: RepositoryId, counted: Pick<RepositoryUsage, 'storedBytes' | 'logicalBytes'>): void {
    const { catalog, changes } = this.#options
    const { usage } = catalog.repositories.facts(id)
    if (usage === undefined) return
    catalog.repositories.learn(id, { usage: { ...usage, ...counted } })
    changes.changed('repositories')
  }

  /** Looks at all of them: once a day the usage becomes a point of its history. */
  async sample(): Promise<void> {
    for (const { id } of this.#options.catalog.repositories.list()) {
      await this.#probe(id)
    }
  }

  /** Whether a local repository is where it should be; anything else is found out by the job. */
  isMissing(id: RepositoryId): boolean {
    const record = this.#options.catalog.repositories.get(id)
    return record?.kind === 'datastore' && !existsSync(join(record.address, '.chunks'))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#probing.values())
  }

  async #state(repository: Repository): Promise<RepositoryState> {
    const { catalog, reader, clock } = this.#options
    const { id } = repository
    const facts = catalog.repositories.facts(id)
    const counts = await reader.repositoryCounts(id)
    const probe = this.#probes.get(id)
    // The answer does not wait for a disk that has to spin up: it comes with the next change.
    if (probe === undefined || clock.now() - probe.at > probeEveryMs) void this.#probe(id) // never rejects
    return {
      repository,
      capabilities: facts.capabilities ?? [],
      ...(probe === undefined ? {} : { reachable: probe.reachable }),
      ...(probe?.error === undefined ? {} : { error: probe.error }),
      ...(facts.usage === undefined ? {} : { usage: facts.usage }),
      ...counts,
      ...(facts.lastVerify === undefined ? {} : { lastVerify: facts.lastVerify }),
      ...(facts.lastGarbageCollection === undefined ? {} : { lastGarbageCollection: facts.lastGarbageCollection }),
    }
  }

  #probe(id: RepositoryId): Promise<void> {
    const running = this.#probing.get(id)
    if (running !== undefined) return running
    const probing = this.#look(id).finally(() => this.#probing.delete(id))
    this.#probing.set(id, probing)
    return probing
  }

  async #look(id: RepositoryId): Promise<void> {
    const { catalog, hub, changes, clock, bugs } = this.#options
    const before = this.#probes.get(id)
    let probe: Probe
    try {
      if (this.isMissing(id)) {
        await hub.forget(id)
        throw new HoldfastError('repository/unreachable', {
          detail: 'Its folder is not there.',
          hint: 'Connect the disk it is on.',
        })
      }
      const repository = await hub.use(id, this.#closing.signal)
      catalog.repositories.learn(id, { capabilities: [...repository.capabilities] })
      const usage = await repository.maintenance.usage?.(this.#closing.signal)
      if (usage !== undefined) this.#recordUsage(id, usage)
      probe = { at: clock.now(), reachable: true, error: undefined }
    } catch (error) {
      if (this.#closing.signal.aborted || catalog.repositories.get(id) === undefined) return
      probe = { at: clock.now(), reachable: false, error: toPlainError(error, bugs) }
    }
    this.#probes.set(id, probe)
    if (before?.reachable !== probe.reachable) changes.changed('repositories')
  }

  /** A point of the history at most once an hour; what is shown as current is always the newest. */
  #recordUsage(id: RepositoryId, measured: RepositoryUsage): void {
    const { catalog, clock } = this.#options
    const { storedBytes, logicalBytes } = catalog.repositories.facts(id).usage ?? {}
    // What was counted last stays known until it is counted again.
    const usage = {
      ...(storedBytes === undefined ? {} : { storedBytes }),
      ...(logicalBytes === undefined ? {} : { logicalBytes }),
      ...measured,
    }
    const now = clock.now()
    const [last] = catalog.repositories.usageHistory(id, { from: now - dayMs / 24, to: now, limit: 1 })
    if (last === undefined) catalog.repositories.recordUsage(id, usage, now - usageKeptMs)
    else catalog.repositories.learn(id, { usage })
  }

  /** Snapshots become visible at once; the index job reads their files afterwards. */
  async #listInto(id: RepositoryId): Promise<void> {
    const { hub, index, changes } = this.#options
    const repository = await hub.use(id, this.#closing.signal)
    for await (const snapshot of repository.snapshots(this.#closing.signal)) {
      index.snapshots.putSnapshot(detailsOf(id, snapshot))
    }
    changes.changed('snapshots')
  }

  #withAddress(address: string): Repository | undefined {
    const real = realAddress(address)
    return this.#options.catalog.repositories.list().find((known) => realAddress(known.address) === real)
  }
}

/** Whatever the job was about, the next one fails the same way. */
function isOutOfReach({ code }: PlainError): boolean {
  return code === 'repository/unreachable' || code === 'auth/untrusted' || code === 'auth/denied'
}

/** One folder has many names; links are followed as far as it exists. */
function realAddress(address: string): string {
  try {
    return realpathSync(address)
  } catch {
    return address
  }
}
