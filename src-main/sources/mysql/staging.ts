import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { makeFolders } from '../../os/make-folders.ts'
import { errorCode } from '../../os/system-error.ts'

const shape = /^holdfast-stage-(\d{1,10})-/
/** Process numbers mean nothing in another container that shares the folder: what is young is left alone. */
const abandonedMs = 24 * 3600 * 1000

/** A new folder to lay a backup out in. What runs that crashed left behind goes first. */
export async function makeStage(root: string): Promise<string> {
  makeFolders(root, 0o700)
  for (const name of await readdir(root)) {
    if (await isAbandoned(path.join(root, name))) await rm(path.join(root, name), { recursive: true, force: true })
  }
  return mkdtemp(path.join(root, `holdfast-stage-${process.pid}-`))
}

async function isAbandoned(folder: string): Promise<boolean> {
  const pid = shape.exec(path.basename(folder))?.[1]
  if (pid === undefined || isRunning(Number(pid))) return false
  try {
    return Date.now() - (await stat(folder)).mtimeMs > abandonedMs
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
