import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { Directory } from '../../os/file-system-calls.ts'
import { errorCode, systemError } from '../../os/system-error.ts'
import { isTemporaryName, temporaryName } from '../../os/temporary-name.ts'
import { childPath, lookUp } from './disk-names.ts'
import { throwIfDiskFailed } from './extract-failure.ts'
import { removeTree } from './remove-tree.ts'
import { freeName } from './safe-name.ts'
import type { SafetyCopy } from './safety-copy.ts'

/** So much work at most is lost when the process is killed, and so long nobody sees what comes. */
const publishAfterMs = 5000
const errnoExists = 17
const dot = Buffer.from('.')

export interface StagePlace {
  /** Stays the caller's. */
  readonly parent: Directory
  /** Of the parent on disk, from the target. */
  readonly parentPath: Buffer
  /** What the folder is to be called. */
  readonly name: Buffer
  readonly safety: SafetyCopy | undefined
  /** Hears what it is called from now on. */
  readonly named: (name: Buffer) => void
}

/**
 * A new folder that is filled under a temporary name beside its place. Nobody knows it, so that files can be made in it
 * under their own names at once: one that is cut off by a crash is never seen where a whole one belongs. It gets its
 * name when it is complete, or after a few seconds; its open directory stays the same.
 *
 * Its lock ends with the process. So a folder with a temporary name that nobody holds is what a crash has left behind.
 */
export class StagedFolder {
  readonly temporary: Buffer
  readonly #place: StagePlace
  readonly #parent: Directory
  /** The folder itself, opened once more for its lock. */
  readonly #holder: Directory
  readonly #since = performance.now()
  #isPublished = false

  private constructor(place: StagePlace, temporary: Buffer, holder: Directory) {
    this.temporary = temporary
    this.#place = place
    // Far down in the folder, the caller's own may be closed for a while.
    this.#parent = place.parent.openDirectory(dot)
    this.#holder = holder
    place.named(temporary)
  }

  /**
   * Undefined where a lock cannot be had: the folder is then to be made under its own name. Fails with EEXIST if that is
   * taken.
   */
  static begin(place: StagePlace): StagedFolder | undefined {
    if (lookUp(place.parent, place.name) !== undefined) throw systemError(errnoExists, 'mkdir')
    const temporary = temporaryName()
    place.safety?.staged(childPath(place.parentPath, temporary))
    place.parent.makeDirectory(temporary, 0o700)
    let holder: Directory | undefined
    try {
      holder = place.parent.openDirectory(temporary)
      if (holder.lock()) return new StagedFolder(place, temporary, holder)
    } catch (error) {
      holder?.close()
      place.parent.removeDirectory(temporary)
      throw error
    }
    holder.close()
    place.parent.removeDirectory(temporary)
    return undefined
  }

  get isPublished(): boolean {
    return this.#isPublished
  }

  /** It has been without its name for long enough. */
  get isDue(): boolean {
    return performance.now() - this.#since >= publishAfterMs
  }

  /** Gives it its name before it is complete. False if that is taken: it is then better to wait for the rest. */
  publishEarly(): boolean {
    return this.#isPublished || this.#publish(this.#place.name)
  }

  /** Gives it its name, or one like it if somebody took that meanwhile. Returns which. */
  publish(): Buffer {
    const { name: wanted, parentPath, safety } = this.#place
    if (this.#publish(wanted)) return wanted
    for (;;) {
      const name = freeName(wanted, (candidate) => lookUp(this.#parent, candidate) !== undefined)
      safety?.moved(childPath(parentPath, wanted), childPath(parentPath, name))
      if (this.#publish(name)) return name
    }
  }

  #publish(name: Buffer): boolean {
    // What the folder holds is in the journal before anyone can see it.
    this.#place.safety?.flush()
    try {
      this.#parent.renameNew(this.temporary, name)
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false
      this.#end()
      throw error
    }
    this.#end()
    this.#place.named(name)
    return true
  }

  /** Nothing else is tried after a failure: the next restore removes the folder. */
  #end(): void {
    this.#isPublished = true
    this.#holder.close()
    this.#parent.close()
  }
}

/**
 * Removes what a restore that was killed has left in this folder. `warn` hears of what cannot be removed. Folders that
 * another restore works in stay.
 */
export function removeLeftovers(directory: Directory, warn: (name: string, error: unknown) => void): void {
  for (const name of directory.names()) {
    if (!isTemporaryName(name)) continue
    try {
      removeIfAbandoned(directory, name)
    } catch (error) {
      throwIfDiskFailed(error)
      if (errorCode(error) === undefined) throw error
      warn(bytesToPathText(name), error)
    }
  }
}

/** False if it is no folder, or someone works in it. */
export function removeIfAbandoned(directory: Directory, name: Buffer): boolean {
  if (lookUp(directory, name)?.kind !== 'directory') return false
  const folder = directory.openDirectory(name)
  try {
    if (!folder.lock()) return false
    removeTree(directory, name)
    return true
  } finally {
    folder.close()
  }
}
