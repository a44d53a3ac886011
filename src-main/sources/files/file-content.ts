import { closeSync, fstatSync, readSync } from 'node:fs'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { FileContent } from '../../archive/tree.ts'
import type { Directory, NodeStatus } from '../../os/file-system-calls.ts'
import { describeSystemError } from '../../os/system-error.ts'
import { readProblem, type TreeProblem } from './walk-problem.ts'

export interface ContentOptions {
  readonly path: string
  /** Hears at most once that the file could not be opened, or is not in the archive as it was on disk. */
  readonly onProblem: (problem: TreeProblem, what: 'entry' | 'rest') => void
}

/**
 * Opens a regular file that lstat has seen, and reads exactly as many bytes as it had then: the archive has its size
 * already. What shrank is filled with zeros, what grew is cut (spec pbs §9.2), and both are reported. Throws
 * `file/unreadable` if it cannot be opened, or is another file by now.
 */
export function openContent(
  directory: Directory,
  name: Uint8Array,
  status: NodeStatus,
  options: ContentOptions,
): FileContent {
  const { path, onProblem } = options
  let fd: number
  try {
    fd = directory.openFile(name)
  } catch (cause) {
    const problem = readProblem(path, cause)
    onProblem(problem, 'entry')
    throw new HoldfastError('file/unreadable', { detail: `${path}: ${problem.reason}`, cause })
  }
  try {
    const now = fstatSync(fd, { bigint: true })
    if (!now.isFile() || now.ino !== status.inode) {
      const reason = 'It was replaced while it was backed up'
      onProblem({ path, outcome: 'failed', code: 'changed', reason }, 'entry')
      throw new HoldfastError('file/unreadable', { detail: `${path}: ${reason}` })
    }
  } catch (error) {
    closeSync(fd)
    throw error
  }
  return new ExactContent(fd, status.sizeBytes, options)
}

class ExactContent implements FileContent {
  readonly #fd: number
  readonly #options: ContentOptions
  #remaining: bigint
  #state: 'reading' | 'filling' | 'ended' = 'reading'

  constructor(fd: number, sizeBytes: bigint, options: ContentOptions) {
    this.#fd = fd
    this.#remaining = sizeBytes
    this.#options = options
  }

  read(into: Uint8Array): number {
    if (this.#remaining === 0n) {
      this.#end()
      return 0
    }
    const wanted = this.#remaining < into.length ? Number(this.#remaining) : into.length
    if (wanted === 0) return 0
    let length = this.#state === 'filling' ? 0 : this.#readSome(into, wanted)
    if (length === 0) length = wanted
    if (this.#state === 'filling') into.fill(0, 0, length)
    this.#remaining -= BigInt(length)
    return length
  }

  close(): void {
    closeSync(this.#fd)
  }

  /** 0 when the file ended early or broke: from here on it is zeros. */
  #readSome(into: Uint8Array, wanted: number): number {
    let reason = 'It shrank while it was backed up; the rest is filled with zeros'
    try {
      const length = readSync(this.#fd, into, 0, wanted, null)
      if (length > 0) return length
    } catch (error) {
      reason = `${describeSystemError(error)}; the rest is filled with zeros`
    }
    this.#state = 'filling'
    this.#options.onProblem({ path: this.#options.path, outcome: 'failed', code: 'changed', reason }, 'entry')
    return 0
  }

  /** All of the size was read: is there more by now? */
  #end(): void {
    if (this.#state !== 'reading') return
    this.#state = 'ended'
    try {
      if (readSync(this.#fd, Buffer.allocUnsafe(1), 0, 1, null) === 0) return
    } catch {
      return
    }
    const reason = 'It grew while it was backed up; what came later is left for the next backup'
    this.#options.onProblem({ path: this.#options.path, outcome: 'skipped', code: 'changed', reason }, 'rest')
  }
}
