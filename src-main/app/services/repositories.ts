import { randomUUID } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
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
import type { BugLog } from '../contract-errors.ts'
import type { SecretStore } from '../host.ts'
import { detailsOf } from '../jobs/stored-details.ts'
import type { Changes } from './changes.ts'
import { dropIndex } from './drop-index.ts'
import type { JobStarter } from './job-starter.ts'
import type { Credentials } from './judge-address.ts'
import type { Judgement } from './judge-folder.ts'
import { normalAddress, withAccessKey } from './normal-address.ts'
import { requireNamespace } from './repository-defaults.ts'
import { type RepositoryHub, repositorySecretName } from './repository-hub.ts'
import { RepositoryProbes } from './repository-probes.ts'
import { RepositoryUsages } from './repository-usages.ts'

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

export class RepositoriesService {
  readonly #options: RepositoriesOptions
  readonly #usages: RepositoryUsages
  readonly #probes: RepositoryProbes
  readonly #closing = new AbortController()

  constructor(options: RepositoriesOptions) {
    this.#options = options
    this.#usages = new RepositoryUsages(options.catalog, options.clock)
    this.#probes = new RepositoryProbes({ ...options, usages: this.#usages })
  }

  async list(): Promise<RepositoryState[]> {
    const states: RepositoryState[] = []
    for (const repository of this.#options.catalog.repositories.list()) states.push(await this.#state(repository))
    return states
  }

  async get(id: RepositoryId, { probe = false } = {}): Promise<RepositoryState> {
    const record = this.record(id)
    if (probe) await this.#probes.look(id)
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
    return this.#judge(address, credentials)
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
    const address = normalAddress(wish.address)
    const known = this.#withAddress(address)
    if (known !== undefined && (wish.namespace ?? known.namespace) === known.namespace) return known
    const verdict = await this.#judge(address, wish)
    if (verdict.refusal !== undefined) throw verdict.refusal
    requireNamespace(wish.namespace, verdict)
    if (known !== undefined) return this.#update({ ...known, namespace: wish.namespace ?? '' })
    const isThere = verdict.state === 'ready'
    if (!isThere && !wish.create) {
      throw new HoldfastError('datastore/not-found', { detail: address, hint: 'Create one there, or check the path.' })
    }
    if (!isThere) {
      const { createRepository } = await import('./create-repository.ts')
      await createRepository(kind, address, wish, this.#closing.signal)
    }
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
  async setCredentials(
    id: RepositoryId,
    { secret, fingerprint, accessKeyId }: Credentials & { readonly accessKeyId?: string | undefined },
  ): Promise<Repository> {
    const { catalog, changes, hub, secrets } = this.#options
    const record = this.record(id)
    const changed = {
      ...record,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(accessKeyId === undefined ? {} : { address: withAccessKey(record.address, accessKeyId) }),
    }
    if (secret !== undefined) await secrets.set(repositorySecretName(id), secret)
    catalog.repositories.update(changed)
    await hub.forget(id)
    this.#probes.forget(id)
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
    this.#probes.forget(id)
    await dropIndex({ reader, index }, id, this.#closing.signal)
    changes.changed('repositories', 'snapshots')
  }

  usageHistory(id: RepositoryId): readonly RepositoryUsage[] {
    this.record(id)
    return this.#usages.history(id)
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
    if (usage !== undefined) this.#usages.record(id, usage)
    const { status } = job
    if (status.state === 'error' && isOutOfReach(status.error)) this.#probes.learn(id, status.error)
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
      this.#probes.learn(id, undefined)
    }
    changes.changed('repositories')
  }

  /** What was counted of the stored bytes. */
  learnSpace(id: RepositoryId, counted: Pick<RepositoryUsage, 'storedBytes' | 'logicalBytes'>): void {
    if (this.#usages.addCounted(id, counted)) this.#options.changes.changed('repositories')
  }

  /** Looks at all of them: once a day the usage becomes a point of its history. */
  async sample(): Promise<void> {
    for (const { id } of this.#options.catalog.repositories.list()) await this.#probes.look(id)
  }

  isMissing(id: RepositoryId): boolean {
    return this.#probes.isMissing(id)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#probes.close()
  }

  async #state(repository: Repository): Promise<RepositoryState> {
    const { catalog, reader } = this.#options
    const { id } = repository
    const facts = catalog.repositories.facts(id)
    const counts = await reader.repositoryCounts(id)
    const probe = this.#probes.last(id)
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

  /** Snapshots become visible at once; the index job reads their files afterwards. */
  async #listInto(id: RepositoryId): Promise<void> {
    const { hub, index, changes } = this.#options
    const repository = await hub.use(id, this.#closing.signal)
    for await (const snapshot of repository.snapshots(this.#closing.signal)) {
      index.snapshots.putSnapshot(detailsOf(id, snapshot))
    }
    changes.changed('snapshots')
  }

  /** What judges speaks to every kind of repository, and is loaded with the first address. */
  async #judge(address: string, credentials: Credentials): Promise<Judgement> {
    const { judgeAddress } = await import('./judge-address.ts')
    return judgeAddress(address, credentials, this.#closing.signal)
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

/** One folder has many names, and an address of a bucket may be written in several ways; links are followed as far as it exists. */
function realAddress(address: string): string {
  try {
    return isAbsolute(address) ? realpathSync(address) : normalAddress(address)
  } catch {
    return address
  }
}
