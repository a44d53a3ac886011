import type { StoredGroup } from '../../../src-shared/contract/groups.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import type { BackupGroup, GroupKeeping } from '../../repositories/repository.ts'
import type { Changes } from './changes.ts'
import type { RepositoryHub } from './repository-hub.ts'

/** More are for no list that a person reads. */
const maximumGroups = 10_000

/** Owners, notes and namespaces of the groups in a repository. */
export class GroupsService {
  readonly #hub: RepositoryHub
  readonly #changes: Changes

  constructor({ hub, changes }: { readonly hub: RepositoryHub; readonly changes: Changes }) {
    this.#hub = hub
    this.#changes = changes
  }

  /** Throws `repository/unsupported` where nothing is known of groups. */
  async list(id: RepositoryId, signal: AbortSignal) {
    const keeping = await this.#keeping(id, signal)
    const groups: StoredGroup[] = []
    for await (const { namespace, type, backupId, owner, notes } of keeping.list(signal)) {
      if (groups.length >= maximumGroups) break
      groups.push({ namespace, type, backupId, notes, ...(owner === undefined ? {} : { owner }) })
    }
    return { groups, namespaces: [...(await keeping.namespaces(signal))] }
  }

  async setOwner(id: RepositoryId, group: BackupGroup, owner: string, signal: AbortSignal): Promise<void> {
    await this.#change(id, signal, (keeping) => keeping.setOwner(group, owner))
  }

  async setNotes(id: RepositoryId, group: BackupGroup, notes: string, signal: AbortSignal): Promise<void> {
    await this.#change(id, signal, (keeping) => keeping.setNotes(group, notes))
  }

  async createNamespace(id: RepositoryId, namespace: string, signal: AbortSignal): Promise<void> {
    await this.#change(id, signal, (keeping) => keeping.createNamespace(namespace))
  }

  async removeNamespace(id: RepositoryId, namespace: string, signal: AbortSignal): Promise<void> {
    await this.#change(id, signal, (keeping) => keeping.removeNamespace(namespace))
  }

  async #change(id: RepositoryId, signal: AbortSignal, work: (keeping: GroupKeeping) => Promise<void>): Promise<void> {
    await work(await this.#keeping(id, signal))
    this.#changes.changed('repositories')
  }

  async #keeping(id: RepositoryId, signal: AbortSignal): Promise<GroupKeeping> {
    const { groups } = (await this.#hub.use(id, signal)).maintenance
    if (groups === undefined) throw new HoldfastError('repository/unsupported')
    return groups
  }
}
