import { rm, statfs } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { errorCode } from '../../os/system-error.ts'
import { makePrivateFolder, type PrivateFolder } from '../../storage/datastore/private-folder.ts'
import { ByteBudget } from './byte-budget.ts'

export interface SpoolOptions {
  /** The spool is a folder of its own below it. */
  readonly root: string
  /** Half of what is free there when absent. */
  readonly limitBytes?: number | undefined
  readonly signal: AbortSignal
}

/**
 * Where vbuckets lie between their nodes and the repository: whole, so that a tree never holds half of one. Not durable,
 * and gone when it is closed or, after a crash, when the next one is opened. Only a file that had to be read after all,
 * and what a vbucket grew by while it moved, go beyond the limit.
 */
export class Spool {
  readonly budget: ByteBudget
  readonly #folder: PrivateFolder
  #last = 0

  private constructor(folder: PrivateFolder, budget: ByteBudget) {
    this.#folder = folder
    this.budget = budget
  }

  /** @throws HoldfastError `disk/full`, `disk/read-only` */
  static async open({ root, limitBytes, signal }: SpoolOptions): Promise<Spool> {
    const folder = await makePrivateFolder(root, 'spool')
    const limit = limitBytes === undefined ? (await freeBytes(folder.path)) / 2n : BigInt(limitBytes)
    return new Spool(folder, new ByteBudget(limit, signal))
  }

  /** A name below the spool for the files of one attempt; made by whoever writes into it. */
  newFolder(): string {
    this.#last += 1
    return path.join(this.#folder.path, String(this.#last))
  }

  async remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true })
  }

  /** A full disk is said to be full of this, not of snapshots. */
  async write<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (cause) {
      const isFull = errorCode(cause) === 'ENOSPC' || (cause instanceof HoldfastError && cause.code === 'disk/full')
      if (!isFull) throw cause
      throw new HoldfastError('disk/full', {
        detail: `${path.dirname(this.#folder.path)} holds each vbucket until it is stored.`,
        hint: 'Free some space, or choose another staging folder, or a lower limit.',
        cause,
      })
    }
  }

  async close(): Promise<void> {
    await this.#folder.remove()
  }
}

async function freeBytes(folder: string): Promise<bigint> {
  const { bavail, bsize } = await statfs(folder, { bigint: true })
  return bavail * bsize
}
