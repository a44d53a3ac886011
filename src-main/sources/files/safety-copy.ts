import { join } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { Directory, FileSystemCalls, NodeStatus } from '../../os/file-system-calls.ts'
import { errorCode } from '../../os/system-error.ts'
import { JournalWriter, nodeOf, savedFolder } from './undo-journal.ts'

/** Keeps what a restore replaces, and writes down what it does, so that `undoRestore` can take it back. */
export class SafetyCopy {
  readonly #journal: JournalWriter
  readonly #saved: Directory
  #count = 0

  /** `folder` must lie on the file system of `target`, since files go there by a new name and not by a copy. */
  constructor(folder: string, target: string, targetDirectory: Directory, calls: FileSystemCalls) {
    this.#journal = new JournalWriter(folder, target)
    this.#saved = calls.openDirectory(pathTextToBytes(join(folder, savedFolder)))
    if (this.#saved.status().device === targetDirectory.status().device) return
    this.close()
    throw new HoldfastError('input/invalid', {
      detail: 'The folder for safety copies is on another disk than the target.',
    })
  }

  /**
   * Keeps what is at `name`: as a second name where the file system allows it, so that there is no moment without the
   * file; else it is moved. Returns which.
   */
  save(directory: Directory, name: Uint8Array, path: Buffer): 'linked' | 'moved' {
    const copy = Buffer.from(`${this.#count++}`)
    this.#journal.write({ op: 'saved', path: path.toString('latin1'), copy: copy.toString() })
    try {
      this.#saved.link(directory, name, copy)
      return 'linked'
    } catch (error) {
      if (!['EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP'].includes(errorCode(error) ?? '')) throw error
    }
    directory.rename(name, this.#saved, copy)
    return 'moved'
  }

  /** Before a node is given this path; `isStaged` if all of it, up to a folder without its name, cannot be seen yet. */
  created(path: Buffer, status: NodeStatus, isStaged: boolean): void {
    const isDirectory = status.kind === 'directory'
    const record = { op: 'created', path: path.toString('latin1'), isDirectory, node: nodeOf(status) } as const
    if (isStaged) this.#journal.writeLater(record)
    else this.#journal.write(record)
  }

  /** Before a folder is made under this temporary path. */
  staged(path: Buffer): void {
    this.#journal.write({ op: 'staged', path: path.toString('latin1') })
  }

  /** Before what has been announced for one path, and all below it, comes to another. */
  moved(from: Buffer, to: Buffer): void {
    this.#journal.write({ op: 'moved', path: from.toString('latin1'), to: to.toString('latin1') })
  }

  /** Before a staged folder gets its name. */
  flush(): void {
    this.#journal.flush()
  }

  /** Before anything comes into a folder that was there. */
  entered(path: Buffer, { permissions, uid, gid, mtimeNs }: NodeStatus): void {
    const before = { permissions, uid, gid, mtimeNs: `${mtimeNs}` }
    this.#journal.write({ op: 'entered', path: path.toString('latin1'), before })
  }

  close(): void {
    this.#saved.close()
    this.#journal.close()
  }
}
