import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { makeFolders } from '../../../os/make-folders.ts'
import { describeSystemError, errorCode } from '../../../os/system-error.ts'
import { asDiskError } from '../../../storage/datastore/disk-error.ts'

/** Process numbers mean nothing in another container that shares the folder: what is young is left alone. */
const abandonedMs = 24 * 3600 * 1000

/**
 * A new folder of its owner alone, for logins (`login`) or for backups that are laid out (`stage`). What processes that
 * crashed left behind, a day ago or earlier, goes first.
 *
 * @throws `disk/full`, `disk/read-only`.
 */
export async function makeWorkingFolder(root: string, kind: 'login' | 'stage'): Promise<string> {
  try {
    makeFolders(root, 0o700)
    await removeAbandoned(root, kind)
    return await mkdtemp(path.join(root, `holdfast-${kind}-${process.pid}-`))
  } catch (error) {
    const known = asDiskError(error, root)
    if (known !== error || errorCode(error) === undefined) throw known
    // A file in its way, too many open files: no folder can be made there, and what stands in the way is said.
    const detail = `${root}: ${describeSystemError(error)}.`
    throw new HoldfastError('disk/read-only', { detail, cause: error })
  }
}

/** What cannot be taken away, such as what another user left in a folder of all, is nobody's trouble here. */
async function removeAbandoned(root: string, kind: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!(await isAbandoned(root, name, kind))) continue
    await rm(path.join(root, name), { recursive: true, force: true }).catch(() => {})
  }
}

async function isAbandoned(root: string, name: string, kind: string): Promise<boolean> {
  const [app, found, pid = ''] = name.split('-')
  if (app !== 'holdfast' || found !== kind || !/^\d{1,10}$/.test(pid) || isRunning(Number(pid))) return false
  try {
    return Date.now() - (await stat(path.join(root, name))).mtimeMs > abandonedMs
  } catch {
    return false // somebody else was faster
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}
