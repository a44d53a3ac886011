import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { makeFolders } from '../../../os/make-folders.ts'
import { errorCode } from '../../../os/system-error.ts'

/** Process numbers mean nothing in another container that shares the folder: what is young is left alone. */
const abandonedMs = 24 * 3600 * 1000

/**
 * A new folder of its owner alone, for logins (`login`) or for backups that are laid out (`stage`). What processes that
 * crashed left behind, a day ago or earlier, goes first.
 */
export async function makeWorkingFolder(root: string, kind: 'login' | 'stage'): Promise<string> {
  makeFolders(root, 0o700)
  for (const name of await readdir(root)) {
    if (await isAbandoned(root, name, kind)) await rm(path.join(root, name), { recursive: true, force: true })
  }
  return mkdtemp(path.join(root, `holdfast-${kind}-${process.pid}-`))
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
