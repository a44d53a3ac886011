import { HoldfastError } from '../../../../src-shared/errors.ts'
import { checkGroupNotes, checkOwner, MAX_NOTES_BYTES, MAX_OWNER_BYTES } from '../../../storage/datastore/group-dir.ts'
import { type GroupRef, parseNamespace } from '../../../storage/datastore/layout.ts'
import type { GroupKeeping, StoredGroup } from '../../repository.ts'
import type { BucketStore } from '../bucket-store.ts'
import { groupNotesName, groupPrefix, namespacePrefix, ownerName } from '../object-names.ts'
import { listGroups, listNamespaces } from '../snapshot-listing.ts'

/** These are over in a moment; the bucket ends requests that hang. */
const never = AbortSignal.any([])

/**
 * Groups and namespaces of a bucket. A namespace that is empty is kept by an object without content whose name is its prefix, as
 * other programs keep empty folders; any object below the prefix does it too.
 */
export function createGroupKeeping({ bucket }: Pick<BucketStore, 'bucket'>): GroupKeeping {
  const isThere = async (prefix: string) => {
    for await (const _ of bucket.list(prefix, never)) return true
    return false
  }
  const requireGroup = async (group: GroupRef) => {
    if (await isThere(groupPrefix(group))) return
    throw new HoldfastError('path/not-found', { detail: `${group.type}/${group.backupId}` })
  }
  const readText = async (name: string, maxBytes: number, signal: AbortSignal) => {
    const found = await bucket.get(name, maxBytes, signal)
    return found?.bytes.toString('utf8') ?? ''
  }
  return {
    namespaces: (signal) => Array.fromAsync(listNamespaces(bucket, '', signal)),

    async *list(signal): AsyncGenerator<StoredGroup> {
      for await (const namespace of listNamespaces(bucket, '', signal)) {
        for await (const group of listGroups(bucket, namespace, signal)) {
          const owner = (await readText(ownerName(group), MAX_OWNER_BYTES, signal)).trim()
          const notes = await readText(groupNotesName(group), MAX_NOTES_BYTES, signal)
          yield { ...group, owner: owner === '' ? undefined : owner, notes }
        }
      }
    },

    async setOwner(group, owner) {
      checkOwner(owner)
      await requireGroup(group)
      await bucket.put(ownerName(group), Buffer.from(`${owner}\n`), never)
    },

    async setNotes(group, notes) {
      checkGroupNotes(notes)
      await requireGroup(group)
      await bucket.put(groupNotesName(group), Buffer.from(notes), never)
    },

    async createNamespace(namespace) {
      const parts = parseNamespace(namespace)
      if (parts.length === 0) throw new HoldfastError('input/invalid', { detail: 'It needs a name.' })
      const parent = parts.slice(0, -1).join('/')
      if (parent !== '' && !(await isThere(namespacePrefix(parent)))) throw unknown(parent)
      await bucket.put(namespacePrefix(namespace), new Uint8Array(), never)
    },

    async removeNamespace(namespace) {
      if (parseNamespace(namespace).length === 0) {
        throw new HoldfastError('input/invalid', { detail: 'The root stays.' })
      }
      const prefix = namespacePrefix(namespace)
      let isKept = false
      for await (const { name } of bucket.list(prefix, never)) {
        if (name !== prefix) throw new HoldfastError('path/not-empty', { detail: namespace })
        isKept = true
      }
      if (!isKept) throw unknown(namespace)
      await bucket.delete([prefix], never)
    },
  }
}

function unknown(namespace: string): HoldfastError {
  return new HoldfastError('path/not-found', { detail: `The namespace ${JSON.stringify(namespace)}.` })
}
