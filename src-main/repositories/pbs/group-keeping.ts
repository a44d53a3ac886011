import { createNamespace, deleteNamespace, listNamespaces } from '../../engines/pbs/client/management/datastores.ts'
import { changeOwner, groupNotes, listGroups, setGroupNotes } from '../../engines/pbs/client/management/groups.ts'
import type { PbsApi } from '../../engines/pbs/client/pbs-api.ts'
import { mapOrdered } from '../../storage/map-ordered.ts'
import type { BackupGroup, GroupKeeping, StoredGroup } from '../repository.ts'

/** Notes on their way: each is a call of its own, and most groups have none. */
const NOTES_AT_ONCE = 8
const CALL_TIMEOUT_MS = 120_000

export interface GroupKeepingOptions {
  readonly datastore: string
  /** Of the address: what is beside it is not shown. */
  readonly namespace: string
  readonly resolve: <Named extends { readonly namespace: string }>(named: Named) => Named
}

/** Groups and namespaces of a server, as far as the account may see and change them. */
export function createGroupKeeping(
  api: PbsApi,
  { datastore: store, namespace: parent, resolve }: GroupKeepingOptions,
): GroupKeeping {
  const limit = () => AbortSignal.timeout(CALL_TIMEOUT_MS)
  return {
    namespaces: (signal) => listNamespaces(api, { store, parent }, signal),

    async *list(signal): AsyncGenerator<StoredGroup> {
      for (const namespace of await listNamespaces(api, { store, parent }, signal)) {
        const items = await listGroups(api, { store, namespace }, signal)
        yield* mapOrdered(items, NOTES_AT_ONCE, async (item): Promise<StoredGroup> => {
          const group: BackupGroup = { namespace, type: item['backup-type'], backupId: item['backup-id'] }
          // The list has the first line only.
          const notes = item.comment == null ? '' : await groupNotes(api, { store, group }, signal)
          return { ...group, owner: item.owner ?? undefined, notes }
        })
      }
    },

    setOwner: (group, owner) => changeOwner(api, { store, group: resolve(group), owner }, limit()),
    setNotes: (group, notes) => setGroupNotes(api, { store, group: resolve(group), notes }, limit()),
    createNamespace: (namespace) => createNamespace(api, { store, namespace }, limit()),
    removeNamespace: (namespace) => deleteNamespace(api, { store, namespace, deleteGroups: false }, limit()),
  }
}
