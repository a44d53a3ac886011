import type { FileEntry, TreeEntry } from '../../archive/tree.ts'
import { compareNames } from './same-metadata.ts'

export interface PreviousTreeObserver {
  /** A file of the previous archive has no counterpart in the new one. */
  gone(file: FileEntry): void
  /** The previous archive cannot be read on: nothing more of it is found. Not an error of the new one. */
  broken(cause: unknown): void
}

/**
 * The previous archive, read in step with the new tree: both come depth first and sorted by name, so one pass over each
 * finds every entry that is in both, in constant memory. An archive that is not sorted (spec pbs §7.3 does not promise
 * it) is found only in part, which costs time but nothing else.
 */
export class PreviousTree<Entry extends TreeEntry> {
  readonly #entries: AsyncIterator<Entry>
  readonly #observer: PreviousTreeObserver
  readonly #signal: AbortSignal
  /** The entry after the last one taken; undefined before it is fetched. */
  #ahead: Entry | undefined
  /** How many directories the new tree is in that the previous one does not have. */
  #strangers = 0
  #isEnded = false

  constructor(entries: AsyncIterable<Entry>, observer: PreviousTreeObserver, signal: AbortSignal) {
    this.#entries = entries[Symbol.asyncIterator]()
    this.#observer = observer
    this.#signal = signal
  }

  /** The new tree enters a directory; the root has an empty name. Returns the directory it was, if it was one. */
  async enter(name: Uint8Array): Promise<Entry | undefined> {
    if (this.#strangers === 0 && !this.#isEnded) {
      const found = name.length === 0 ? await this.#take() : await this.#find(name)
      if (found?.kind === 'directory') return found
      if (found !== undefined) this.#tellGone(found)
    }
    this.#strangers++
    return undefined
  }

  /** The new tree leaves the directory it is in. */
  async leave(): Promise<void> {
    if (this.#strangers > 0) {
      this.#strangers--
      return
    }
    await this.#skipToLeave()
  }

  /** The entry of that name in the directory that both are in, when it is no directory in either tree. */
  async findLeaf(name: Uint8Array): Promise<Entry | undefined> {
    const found = await this.#find(name)
    if (found?.kind !== 'directory') return found
    await this.#passOver(found)
    return undefined
  }

  async close(): Promise<void> {
    this.#isEnded = true
    await this.#entries.return?.()
  }

  async #find(name: Uint8Array): Promise<Entry | undefined> {
    if (this.#strangers > 0) return undefined
    for (;;) {
      const ahead = this.#ahead ?? (await this.#fetch())
      if (ahead === undefined || ahead.kind === 'leave') return undefined
      const order = compareNames(ahead.name, name)
      if (order > 0) return undefined
      this.#ahead = undefined
      if (order === 0) return ahead
      await this.#passOver(ahead)
    }
  }

  async #passOver(entry: Entry): Promise<void> {
    this.#tellGone(entry)
    if (entry.kind === 'directory') await this.#skipToLeave()
  }

  #tellGone(entry: TreeEntry): void {
    if (entry.kind === 'file') this.#observer.gone(entry)
  }

  async #skipToLeave(): Promise<void> {
    for (let depth = 1; depth > 0; ) {
      const entry = await this.#take()
      if (entry === undefined) return
      if (entry.kind === 'directory') depth++
      else if (entry.kind === 'leave') depth--
      else this.#tellGone(entry)
    }
  }

  async #take(): Promise<Entry | undefined> {
    const entry = this.#ahead ?? (await this.#fetch())
    this.#ahead = undefined
    return entry
  }

  async #fetch(): Promise<Entry | undefined> {
    if (this.#isEnded) return undefined
    try {
      const next = await this.#entries.next()
      if (next.done === true) this.#isEnded = true
      else this.#ahead = next.value
    } catch (cause) {
      this.#signal.throwIfAborted()
      this.#isEnded = true
      this.#observer.broken(cause)
    }
    return this.#ahead
  }
}
