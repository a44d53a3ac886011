import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { backupType, type SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { changeWhereWritable } from '../../storage/datastore/disk-error.ts'
import { replaceFile } from '../../storage/datastore/durable-file.ts'
import { type FileLock, tryLockFile } from '../../storage/datastore/file-lock.ts'
import {
  formatSnapshotTime,
  isSafeId,
  LOCKS_FOLDER,
  parseNamespace,
  parseSnapshotTime,
} from '../../storage/datastore/layout.ts'
import { listGroups, listNamespaces, listSnapshots } from '../../storage/datastore/snapshot-list.ts'
import { findAdopted } from './adopted-snapshots.ts'
import { casyncNames } from './snapshot-manifest.ts'
import type { LocalCasync } from './stored-snapshots.ts'

/**
 * A list of the snapshots, in their folder. Neither web servers nor casync at the far end of ssh tell what is in a folder;
 * who reads from afar begins here. On this computer nobody needs it: it is made from the folders after every change.
 */
export const listingFilename = 'snapshots.json'

const refSchema = z.object({
  namespace: z.string().refine((text) => isNamespace(text)),
  type: backupType,
  backupId: z.string().refine((text) => isSafeId(text)),
  time: z
    .number()
    .int()
    .refine((time) => isTime(time)),
})

const listingSchema = z.object({
  format: z.literal('holdfast casync listing'),
  version: z.literal(1),
  snapshots: z.array(refSchema.extend({ protected: z.boolean() })).max(10_000_000),
  /** What casync made, from the folder of the store. */
  indexes: z.array(refSchema.extend({ file: z.string().refine((file) => isInside(file)) })).max(10_000_000),
})

export type SnapshotListing = Readonly<z.infer<typeof listingSchema>>

const waitMs = 20
const tries = 500

/** Makes the list anew. One that cannot be written does no harm to what it lists. */
export async function writeListing(casync: LocalCasync, signal: AbortSignal): Promise<void> {
  const { snapshots } = casync
  await changeWhereWritable(async () => {
    const lock = await lockListing(snapshots.path)
    try {
      const text = `${JSON.stringify(await gather(casync, signal))}\n`
      const options = { mode: 0o644, isDurable: true }
      await replaceFile(path.join(snapshots.path, listingFilename), new TextEncoder().encode(text), options)
    } finally {
      await lock?.release()
    }
  })
}

/** Throws `manifest/corrupt`. */
export function parseListing(bytes: Uint8Array): SnapshotListing {
  try {
    return listingSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (cause) {
    throw new HoldfastError('manifest/corrupt', { detail: `${listingFilename} is not as it must be.`, cause })
  }
}

async function gather({ snapshots, places }: LocalCasync, signal: AbortSignal): Promise<SnapshotListing> {
  const own: (SnapshotRef & { protected: boolean })[] = []
  for await (const namespace of listNamespaces(snapshots)) {
    for await (const group of listGroups(snapshots, namespace)) {
      for await (const { ref, isFinished, isProtected } of listSnapshots(snapshots, group)) {
        if (isFinished) own.push({ ...ref, protected: isProtected })
      }
    }
  }
  const indexes: (SnapshotRef & { file: string })[] = []
  for await (const { ref, file } of findAdopted(places, signal)) {
    const relative = path.relative(places.parent, file).split(path.sep).join('/')
    if (isInside(relative)) indexes.push({ ...ref, file: relative })
  }
  return { format: 'holdfast casync listing', version: 1, snapshots: own, indexes }
}

/** So that an older list never replaces a newer one. Undefined after a while: then a stale list is the lesser evil. */
async function lockListing(folder: string): Promise<FileLock | undefined> {
  const locks = path.join(folder, LOCKS_FOLDER)
  await mkdir(locks, { recursive: true })
  for (let round = 0; round < tries; round++) {
    const lock = await tryLockFile(path.join(locks, 'listing'), 'exclusive')
    if (lock !== undefined) return lock
    await delay(waitMs)
  }
  return undefined
}

function isNamespace(text: string): boolean {
  try {
    parseNamespace(text)
    return true
  } catch {
    return false
  }
}

function isTime(time: number): boolean {
  try {
    return parseSnapshotTime(formatSnapshotTime(time)) === time
  } catch {
    return false
  }
}

/** A path that leads to an index below the folder, and nowhere else. */
function isInside(file: string): boolean {
  const names = file.split('/')
  const isPlain = names.every((name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0'))
  return isPlain && casyncNames.isIndex(file)
}
