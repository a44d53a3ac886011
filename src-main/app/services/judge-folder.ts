import { constants } from 'node:fs'
import { access, readdir, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { RepositoryVerdict } from '../../../src-shared/contract/repositories.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { errorCode } from '../../os/system-error.ts'
import { datastoreCapabilities } from '../../repositories/datastore/datastore-repository.ts'
import { openDatastore } from '../../storage/datastore/datastore.ts'
import { listGroups, listNamespaces, listSnapshotTimes } from '../../storage/datastore/snapshot-list.ts'

/** Less than this is no place to begin a repository in. */
const tooSmallBytes = 64 * 1024 * 1024
/** What a fresh disk brings along. */
const ignored = new Set(['lost+found', '.DS_Store', 'System Volume Information', '$RECYCLE.BIN'])

export interface Judgement extends RepositoryVerdict {
  /** Set for `refused`: what adding it would throw. */
  readonly refusal?: HoldfastError
}

/** Looks at a folder without changing anything: what is there, and whether a repository of this kind can be made in it. */
export async function judgeFolder(address: string, kind: Judgement['kind'] = 'datastore'): Promise<Judgement> {
  const folder = resolve(address)
  const base = { kind, snapshots: 0, capabilities: [...datastoreCapabilities] }
  const refused = (refusal: HoldfastError): Judgement => ({
    ...base,
    state: 'refused',
    sentence: refusal.message,
    refusal,
  })
  const found = await look(folder)
  if (found === 'file') return refused(new HoldfastError('path/not-a-folder', { detail: folder }))
  if (found === 'closed') return refused(new HoldfastError('disk/read-only', { detail: folder }))
  const snapshots = found === 'absent' ? undefined : await countSnapshots(folder)
  if (snapshots !== undefined) {
    const sentence = `There is a repository with ${snapshots} ${snapshots === 1 ? 'snapshot' : 'snapshots'}; it can be used.`
    return { ...base, ...(await space(folder)), state: 'ready', sentence, snapshots }
  }
  if (found === 'filled') {
    return refused(
      new HoldfastError('path/not-empty', { detail: folder, hint: 'Choose an empty folder for the repository.' }),
    )
  }
  const existing = await nearestExisting(folder)
  if (!(await isWritable(existing))) return refused(new HoldfastError('disk/read-only', { detail: existing }))
  const room = await space(existing)
  if (room.availableBytes < tooSmallBytes) {
    return { ...base, ...room, state: 'too-small', sentence: 'There is hardly any space left on this disk.' }
  }
  return found === 'absent'
    ? {
        ...base,
        ...room,
        state: 'missing',
        sentence: 'The folder is not there yet; a repository can be created in it.',
      }
    : { ...base, ...room, state: 'empty', sentence: 'The folder is empty; a repository can be created in it.' }
}

async function look(folder: string): Promise<'absent' | 'empty' | 'filled' | 'file' | 'closed'> {
  try {
    const names = await readdir(folder)
    return names.every((name) => ignored.has(name)) ? 'empty' : 'filled'
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return 'absent'
    if (code === 'ENOTDIR') return 'file'
    if (code === 'EACCES' || code === 'EPERM') return 'closed'
    throw error
  }
}

/** Undefined where there is no repository. */
async function countSnapshots(folder: string): Promise<number | undefined> {
  try {
    const store = await openDatastore(folder)
    let count = 0
    for await (const namespace of listNamespaces(store)) {
      for await (const group of listGroups(store, namespace)) count += (await listSnapshotTimes(store, group)).length
    }
    return count
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'datastore/not-found') return undefined
    throw error
  }
}

async function nearestExisting(folder: string): Promise<string> {
  for (let current = folder; ; current = dirname(current)) {
    try {
      await access(current, constants.F_OK)
      return current
    } catch {
      if (dirname(current) === current) return current
    }
  }
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function space(folder: string): Promise<{ availableBytes: number }> {
  const { bavail, bsize } = await statfs(folder)
  return { availableBytes: bavail * bsize }
}
