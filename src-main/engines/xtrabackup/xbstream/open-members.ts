import { ProtocolError } from '../../../../src-shared/errors.ts'
import { membersLimit, openMembersLimit } from './chunk-format.ts'

export interface OpenMember {
  /** Where the next payload has to begin. */
  position: bigint
  /** The furthest byte that was written or skipped over, and one more. */
  sizeBytes: bigint
}

/** Which members of a stream are being written and which are done: what makes a chunk legal or not (spec §14.3). */
export class OpenMembers {
  readonly #open = new Map<string, OpenMember>()
  readonly #closed = new Set<string>()

  get(path: string): OpenMember | undefined {
    return this.#open.get(path)
  }

  open(path: string, replace: boolean, at: number): OpenMember {
    if (this.#closed.has(path)) {
      if (!replace) throw new ProtocolError('xbstream', 'path', at, `${path} is there already`)
      this.#closed.delete(path)
    }
    if (this.#open.size >= openMembersLimit)
      throw new ProtocolError('xbstream', 'path', at, `more than ${openMembersLimit} files are open at once`)
    if (this.#open.size + this.#closed.size >= membersLimit)
      throw new ProtocolError('xbstream', 'path', at, `the stream has more than ${membersLimit} files`)
    const member = { position: 0n, sizeBytes: 0n }
    this.#open.set(path, member)
    return member
  }

  close(path: string): void {
    this.#open.delete(path)
    this.#closed.add(path)
  }

  /** False when there is no such file: then there is nothing to do. */
  rename(path: string, to: string, at: number): boolean {
    this.#requireClosed(path, at)
    this.#requireClosed(to, at)
    if (!this.#closed.delete(path)) return false
    this.#closed.add(to)
    return true
  }

  remove(path: string, at: number): boolean {
    this.#requireClosed(path, at)
    return this.#closed.delete(path)
  }

  /** The end of the stream: a file that is still open was cut off, which mbstream does not notice. */
  requireNoneOpen(at: number): void {
    const [path] = this.#open.keys()
    if (path !== undefined)
      throw new ProtocolError('xbstream', 'end', at, `the stream is truncated: ${path} has no end chunk`)
  }

  #requireClosed(path: string, at: number): void {
    if (this.#open.has(path)) throw new ProtocolError('xbstream', 'path', at, `${path} is still being written`)
  }
}
