import type { Directory } from '../../os/file-system-calls.ts'
import { throwIfDiskFailed } from './extract-failure.ts'

/** With so much written since the last time the disk is set to work. */
const pieceBytes = 64n << 20n

/** Has the disk take what is written while the rest is still being made, so that the end is not a long wait. */
export class WriteBehind {
  readonly #directory: Directory
  #begunAt = 0n
  #underWay: Promise<void> | undefined
  #failure: { readonly reason: unknown } | undefined

  /** `directory` belongs to this object. */
  constructor(directory: Directory) {
    this.#directory = directory
  }

  /** Now and then, with the bytes written so far. Throws `disk/full` and the like if the disk did not take its data. */
  wrote(bytes: bigint): void {
    this.#check()
    if (this.#underWay !== undefined || bytes - this.#begunAt < pieceBytes) return
    this.#begunAt = bytes
    this.#underWay = this.#directory
      .syncInBackground()
      .catch((reason: unknown) => {
        this.#failure = { reason }
      })
      .finally(() => {
        this.#underWay = undefined
      })
  }

  /** Waits until all is on the disk. */
  async finish(): Promise<void> {
    await this.#underWay
    this.#check()
    try {
      // Delayed allocation: a full disk may show only now.
      await this.#directory.syncInBackground()
    } catch (reason) {
      throwIfDiskFailed(reason)
      throw reason
    }
  }

  /** Waits for what is under way; how it ended is of no interest any more. */
  async close(): Promise<void> {
    await this.#underWay
    this.#directory.close()
  }

  #check(): void {
    if (this.#failure === undefined) return
    throwIfDiskFailed(this.#failure.reason)
    throw this.#failure.reason
  }
}
