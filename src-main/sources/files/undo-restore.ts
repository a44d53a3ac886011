import { join } from 'node:path'
import { bytesToPathText, pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { Directory, FileSystemCalls } from '../../os/file-system-calls.ts'
import { errorCode } from '../../os/system-error.ts'
import { Breather } from './breather.ts'
import { lookUp } from './disk-names.ts'
import { throwIfDiskFailed } from './extract-failure.ts'
import { checkedComponents } from './safe-name.ts'
import { removeIfAbandoned } from './staged-folder.ts'
import { type JournalRecord, nodeOf, readJournal, savedFolder } from './undo-journal.ts'
import { type ProblemObserver, readProblem } from './walk-problem.ts'

/** Of the journal's records. seen = undone + skipped + failed. */
export interface UndoCounts {
  seen: number
  undone: number
  /** What was changed since the restore is left as it is. */
  skipped: number
  failed: number
}

/**
 * Takes a restore back by its safety folder: what it made is removed, what it replaced returns. Whatever was changed
 * since stays, and is reported; its saved copy stays in the folder. May be run again after an interruption.
 */
export async function undoRestore(
  safetyFolder: string,
  calls: FileSystemCalls,
  observer: ProblemObserver,
  signal: AbortSignal,
): Promise<UndoCounts> {
  const { target, records } = readJournal(safetyFolder)
  const counts: UndoCounts = { seen: 0, undone: 0, skipped: 0, failed: 0 }
  const breather = new Breather(signal)
  const moves = new Moves()
  const root = calls.openDirectory(pathTextToBytes(target))
  const saved = calls.openDirectory(pathTextToBytes(join(safetyFolder, savedFolder)))
  try {
    for (const record of records.toReversed()) {
      if (breather.isDue()) await breather.breathe()
      counts.seen += 1
      const path = moves.placeOf(record)
      try {
        const reason = undo(root, saved, path, record)
        if (reason === undefined) counts.undone += 1
        else {
          counts.skipped += 1
          observer.problem({ path: bytesToPathText(path) || '/', outcome: 'skipped', code: 'kept', reason })
        }
      } catch (error) {
        throwIfDiskFailed(error)
        if (errorCode(error) === undefined) throw error
        const problem = readProblem(bytesToPathText(path) || '/', error)
        counts[problem.outcome] += 1
        observer.problem(problem)
      }
    }
    return counts
  } finally {
    saved.close()
    root.close()
  }
}

/** Undoes one record. Returns why not, if it is better left alone. */
function undo(root: Directory, saved: Directory, path: Buffer, record: JournalRecord): string | undefined {
  switch (record.op) {
    case 'created':
      return withParentIfThere(root, path, (directory, name) => removeCreated(directory, name, record))
    case 'saved':
      return withParent(root, path, (directory, name) => returnSaved(directory, name, saved, Buffer.from(record.copy)))
    case 'staged':
      return withParentIfThere(root, path, (directory, name) => {
        removeIfAbandoned(directory, name)
        return undefined
      })
    case 'moved':
      return undefined
    case 'entered':
      return withDirectory(root, path, (directory) => {
        const node = directory.openNode(undefined, 'directory')
        try {
          const { uid, gid, permissions, mtimeNs } = record.before
          const now = directory.status()
          if (now.uid !== uid || now.gid !== gid) node.setOwner(uid, gid)
          if (now.permissions !== permissions) node.setPermissions(permissions)
          node.setModified(BigInt(mtimeNs))
          return undefined
        } finally {
          node.close()
        }
      })
  }
}

function removeCreated(
  directory: Directory,
  name: Buffer,
  record: JournalRecord & { op: 'created' },
): string | undefined {
  const status = lookUp(directory, name)
  // Never made, or undone by an earlier run.
  if (status === undefined) return undefined
  const now = nodeOf(status)
  // Also where an interrupted restore wrote the record but came no further: what was there before stays.
  if (now.inode !== record.node.inode) return 'It was replaced since'
  if (record.isDirectory) {
    try {
      directory.removeDirectory(name)
      return undefined
    } catch (error) {
      if (errorCode(error) !== 'ENOTEMPTY') throw error
      return 'Something was put into it since'
    }
  }
  if (now.sizeBytes !== record.node.sizeBytes || now.mtimeNs !== record.node.mtimeNs) return 'It was changed since'
  directory.unlink(name)
  return undefined
}

function returnSaved(directory: Directory, name: Buffer, saved: Directory, copy: Buffer): string | undefined {
  const kept = lookUp(saved, copy)
  // Never saved, or returned by an earlier run.
  if (kept === undefined) return undefined
  const existing = lookUp(directory, name)
  if (existing !== undefined && existing.inode === kept.inode) {
    saved.unlink(copy)
    return undefined
  }
  if (existing !== undefined) return 'Something else is there now; what was saved stays in the safety folder'
  saved.rename(copy, directory, name)
  return undefined
}

/** Goes down from the target; no link on the way is followed. */
function withParent<T>(root: Directory, path: Buffer, work: (directory: Directory, name: Buffer) => T): T {
  const cut = path.lastIndexOf(0x2f)
  return withDirectory(root, path.subarray(0, Math.max(0, cut)), (directory) =>
    work(directory, Buffer.from(path.subarray(cut + 1))),
  )
}

/** A folder that never got its name, or was removed by an earlier run, holds nothing to undo. */
function withParentIfThere(
  root: Directory,
  path: Buffer,
  work: (directory: Directory, name: Buffer) => string | undefined,
): string | undefined {
  try {
    return withParent(root, path, work)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function withDirectory<T>(root: Directory, path: Buffer, work: (directory: Directory) => T): T {
  if (path.length === 0) return work(root)
  let directory = root
  try {
    for (const name of checkedComponents(path.subarray(1))) {
      const child = directory.openDirectory(name)
      if (directory !== root) directory.close()
      directory = child
    }
    return work(directory)
  } finally {
    if (directory !== root) directory.close()
  }
}

/** Where folders went that could not have the names announced for them. The journal is read backwards: it says so first. */
class Moves {
  readonly #moves: { readonly from: string; readonly to: string }[] = []

  placeOf(record: JournalRecord): Buffer {
    const { path } = record
    if (record.op === 'moved') this.#moves.push({ from: path, to: record.to })
    // Of several tries to find a name the last one counts, and that was read first.
    const move = this.#moves.find(({ from }) => path === from || path.startsWith(`${from}/`))
    return Buffer.from(move === undefined ? path : `${move.to}${path.slice(move.from.length)}`, 'latin1')
  }
}
