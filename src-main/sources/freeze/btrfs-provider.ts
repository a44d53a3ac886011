import { lstatSync } from 'node:fs'
import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import { subvolumeTopInode } from '../../os/btrfs-messages.ts'
import type { BtrfsCalls } from '../../os/btrfs-subvolumes.ts'
import type { MountRow } from '../../os/mount-table.ts'
import { errorCode } from '../../os/system-error.ts'
import { isFrozenName } from './frozen-name.ts'
import type { Located, Place, SnapshotPlace, SnapshotProvider } from './snapshot-provider.ts'

/**
 * Btrfs: a snapshot is a subvolume of its own, made in the topmost folder of the one it shows, since that is a place that is
 * always there. Subvolumes inside of it are not in it (btrfs-subvolume(8)).
 */
export function createBtrfsProvider(calls: BtrfsCalls): SnapshotProvider {
  return {
    fileSystem: 'btrfs',
    title: 'Btrfs',
    locate: (place) => locate(calls, place),
    inner: ({ top }, limit) => calls.children(top, limit).filter((path) => !isFrozenName(lastName(path))),
    async make({ top }, name) {
      await calls.snapshot(top, top, name)
      return joined(top, name)
    },
    remove: (snapshot) => remove(calls, snapshot),
  }
}

function locate(calls: BtrfsCalls, place: Place): Located {
  if (calls.info(place.path).isReadOnly) return { state: 'still' }
  const found = findTop(place)
  if (found === undefined) return { state: 'hidden' }
  const { path, top } = found
  const mount = place.mounts.at(top)
  if (mount === undefined || mount.options.includes('ro')) return { state: 'read-only' }
  if (!mayMakeAndRemove(top, mount)) return { state: 'needs-root' }
  const device = statusOf(top).dev
  const volume = { fileSystem: 'btrfs', key: `btrfs ${device}`, id: calls.info(top).uuid, top }
  return { state: 'possible', volume, within: path.slice(top === '/' ? 0 : top.length).replace(/\/$/, '') }
}

/**
 * The top of the subvolume that a folder lies in, upwards from there. A bind mount may show only a part of a subvolume: then
 * another mount of the same file system may show the rest.
 */
function findTop({ path, mount, mounts }: Place): { readonly path: string; readonly top: string } | undefined {
  const { dev, ino } = statusOf(path)
  const inFileSystem = joined(mount.root, path.slice(mount.point === '/' ? 1 : mount.point.length + 1))
  const elsewhere = mounts.rows.flatMap((other) => {
    const isWider = other.device === mount.device && (other.root === '/' || inFileSystem.startsWith(`${other.root}/`))
    const rest = inFileSystem.slice(other.root === '/' ? 1 : other.root.length + 1)
    return isWider ? [joined(other.point, rest)] : []
  })
  for (const candidate of [path, ...elsewhere]) {
    const seen = tryStatusOf(candidate)
    if (seen?.dev !== dev || seen.ino !== ino) continue
    const top = topAbove(candidate, dev)
    if (top !== undefined) return { path: candidate, top }
  }
  return undefined
}

function topAbove(path: string, device: bigint): string | undefined {
  for (let at = path; ; at = parentOf(at)) {
    const { dev, ino } = statusOf(at)
    if (dev !== device) return undefined
    if (ino === subvolumeTopInode) return at
    if (at === '/') return undefined
  }
}

/** Root may; so may the owner of a subvolume where the mount lets owners remove them (user_subvol_rm_allowed of btrfs(5)). */
function mayMakeAndRemove(top: string, mount: MountRow): boolean {
  const me = process.geteuid?.()
  if (me === 0) return true
  return mount.superOptions.includes('user_subvol_rm_allowed') && statusOf(top).uid === BigInt(me ?? -1)
}

async function remove(calls: BtrfsCalls, { volume, name }: SnapshotPlace): Promise<'removed' | 'gone' | 'away'> {
  if (!isFrozenName(name)) throw new RangeError('not the name of a snapshot to be removed')
  try {
    if (calls.info(volume.top).uuid !== volume.id || statusOf(volume.top).ino !== subvolumeTopInode) return 'away'
  } catch {
    return 'away' // no such folder, or of another file system
  }
  const path = joined(volume.top, name)
  const status = tryStatusOf(path)
  if (status === undefined) return 'gone'
  const { parentUuid } = calls.info(path)
  if (status.ino !== subvolumeTopInode || parentUuid !== volume.id) return 'gone'
  try {
    await calls.remove(volume.top, name)
    return 'removed'
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return 'gone'
  }
}

function statusOf(path: string) {
  return lstatSync(Buffer.from(pathTextToBytes(path)), { bigint: true })
}

function tryStatusOf(path: string) {
  try {
    return statusOf(path)
  } catch {
    return undefined
  }
}

function joined(folder: string, name: string): string {
  if (name === '') return folder
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1))
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
