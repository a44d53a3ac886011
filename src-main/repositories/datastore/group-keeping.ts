import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Datastore } from '../../storage/datastore/datastore.ts'
import {
  checkNamespace,
  createNamespace,
  readGroupNotes,
  readOwner,
  removeNamespace,
  writeGroupNotes,
  writeOwner,
} from '../../storage/datastore/group-dir.ts'
import { parseNamespace } from '../../storage/datastore/layout.ts'
import { listGroups, listNamespaces, listSnapshotTimes } from '../../storage/datastore/snapshot-list.ts'
import type { BackupGroup, GroupKeeping, StoredGroup } from '../repository.ts'

/** Groups and namespaces of a datastore on this computer. */
export function createGroupKeeping(store: Datastore): GroupKeeping {
  return {
    async namespaces(signal) {
      signal.throwIfAborted()
      return await Array.fromAsync(listNamespaces(store))
    },

    async *list(signal): AsyncGenerator<StoredGroup> {
      for await (const namespace of listNamespaces(store)) {
        for await (const group of listGroups(store, namespace)) {
          signal.throwIfAborted()
          yield { ...group, owner: await readOwner(store, group), notes: await readGroupNotes(store, group) }
        }
      }
    },

    async setOwner(group, owner) {
      await requireGroup(store, group)
      await writeOwner(store, group, owner)
    },
    setNotes: (group, notes) => writeGroupNotes(store, group, notes),
    async createNamespace(namespace) {
      const parts = parseNamespace(namespace)
      if (parts.length === 0) throw new HoldfastError('input/invalid', { detail: 'It needs a name.' })
      await checkNamespace(store, parts.slice(0, -1).join('/'))
      await createNamespace(store, namespace)
    },
    removeNamespace: (namespace) => removeNamespace(store, namespace),
  }
}

async function requireGroup(store: Datastore, group: BackupGroup): Promise<void> {
  if ((await readOwner(store, group)) !== undefined || (await listSnapshotTimes(store, group)).length > 0) return
  throw new HoldfastError('path/not-found', { detail: `${group.type}/${group.backupId}` })
}
