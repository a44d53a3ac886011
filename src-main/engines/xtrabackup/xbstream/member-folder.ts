import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { makeFolders } from '../../../os/make-folders.ts'
import { errorCode } from '../../../os/system-error.ts'
import { checkMemberPath } from './member-path.ts'

const fileMode = 0o640
const folderMode = 0o750

/** A folder for one backup, of its owner only. Throws `path/not-empty` when something is in it. */
export async function makeEmptyFolder(folder: string): Promise<void> {
  makeFolders(folder, 0o700)
  if ((await readdir(folder)).length > 0) throw new HoldfastError('path/not-empty', { detail: folder })
}

/** Files by the paths that a stream gives them; none leads out of the folder, and no link is followed (spec §14.5). */
export class MemberFolder {
  readonly #root: string
  /** Folders that were made or looked at. */
  readonly #known = new Set(['.'])

  constructor(root: string) {
    this.#root = root
  }

  /** Throws EEXIST when it is there. */
  create(member: string): Promise<FileHandle> {
    return this.#open(member, constants.O_CREAT | constants.O_EXCL)
  }

  /** Opens what was created before, emptied. */
  reopen(member: string): Promise<FileHandle> {
    return this.#open(member, constants.O_TRUNC)
  }

  async rename(from: string, to: string): Promise<void> {
    await this.makeFoldersOf(from)
    await this.makeFoldersOf(to)
    await rename(this.#at(from), this.#at(to))
  }

  async remove(member: string): Promise<void> {
    await this.makeFoldersOf(member)
    await rm(this.#at(member))
  }

  /** Makes the folders above a member. One that is a link, or no folder, is refused. */
  async makeFoldersOf(member: string): Promise<void> {
    checkMemberPath(member)
    const parent = path.posix.dirname(member)
    if (this.#known.has(parent)) return
    await this.makeFoldersOf(parent)
    try {
      await mkdir(this.#at(parent), { mode: folderMode })
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
      if (!(await lstat(this.#at(parent))).isDirectory())
        throw new HoldfastError('archive/unsafe-path', { detail: `${member}: ${parent} is not a folder.` })
    }
    this.#known.add(parent)
  }

  async #open(member: string, flags: number): Promise<FileHandle> {
    await this.makeFoldersOf(member)
    // Windows has no such flag; there a link needs rights that nobody has.
    const noFollow = constants.O_NOFOLLOW ?? 0
    return open(this.#at(member), constants.O_WRONLY | noFollow | flags, fileMode)
  }

  #at(member: string): string {
    return path.join(this.#root, member)
  }
}
