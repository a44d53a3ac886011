import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { parseMounts } from '../../os/mount-table.ts'

const run = promisify(execFile)
/** Everything that is still in memory goes onto the disk first. */
const withinMs = 120_000

/** A file system that can be taken away, as the kernel tells (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly point: string
  readonly device: string
}

/** The mount that holds a path: the longest mount point above it. */
export function mountOf(path: string, mountinfo: string): Mount | undefined {
  let found: Mount | undefined
  for (const { point, source } of parseMounts(mountinfo)) {
    const isAbove = path === point || path.startsWith(point.endsWith('/') ? point : `${point}/`)
    if (isAbove && point.length >= (found?.point.length ?? 0)) found = { point, device: source }
  }
  return found
}

/** Where desktops mount what a person plugs in. */
export function isRemovable({ point, device }: Mount): boolean {
  return device.startsWith('/dev/') && /^\/(?:media|run\/media|mnt\/removable)\//.test(`${point}/`)
}

/** The disk a path is on, when it may be taken away; `undefined` for all that stays. */
export async function removableMount(path: string, platform = process.platform): Promise<Mount | undefined> {
  if (platform === 'darwin') {
    const volume = /^\/Volumes\/[^/]+/.exec(path)?.[0]
    return volume === undefined ? undefined : { point: volume, device: volume }
  }
  if (platform !== 'linux') return undefined
  const mount = mountOf(path, await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''))
  return mount !== undefined && isRemovable(mount) ? mount : undefined
}

/** Unmounts the disk and switches it off where it lets itself. Throws `disk/busy` with what the system said. */
export async function ejectDisk({ point, device }: Mount, platform = process.platform): Promise<void> {
  try {
    if (platform === 'darwin') {
      await run('/usr/sbin/diskutil', ['eject', point], { timeout: withinMs })
      return
    }
    await run('udisksctl', ['unmount', '--no-user-interaction', '-b', device], { timeout: withinMs })
  } catch (cause) {
    const said = typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr).trim() : ''
    throw new HoldfastError('disk/busy', { detail: said.split('\n')[0]?.slice(0, 300) ?? '', cause })
  }
  // It is safe to pull by now; a disk that cannot be switched off spins on.
  await run('udisksctl', ['power-off', '--no-user-interaction', '-b', device], { timeout: withinMs }).catch(() => {})
}
