import type { Digest } from '../../../../../src-shared/model/digest.ts'
import type { BackupSession } from './backup-session.ts'

/** As many as the original client puts into one list (spec pbs §2.4). */
const LIST_LENGTH = 64

export interface IndexUploadOptions {
  readonly kind: 'dynamic' | 'fixed'
  /** The server's number for it. */
  readonly id: number
  /** A fixed index that began as a copy of the base's: only what differs is put. */
  readonly isIncremental: boolean
}

export interface FinalIndex {
  readonly count: number
  readonly sizeBytes: bigint
  csum(): Digest
}

/** An archive on its way to the server: chunks in any order, several at once, then their places in stream order. */
export class IndexUpload {
  readonly #session: BackupSession
  readonly #options: IndexUploadOptions
  #digests: Digest[] = []
  #offsets: bigint[] = []
  #appended = 0
  /** The list on its way: one at a time, in order. */
  #sending: Promise<void> = Promise.resolve()

  constructor(session: BackupSession, options: IndexUploadOptions) {
    this.#session = session
    this.#options = options
  }

  /** Waits in line when too much is under way. When it returns, the chunk may be appended. The blob's memory is given back. */
  async uploadChunk(digest: Digest, sizeBytes: number, blob: Uint8Array<ArrayBuffer>): Promise<void> {
    const { kind, id } = this.#options
    const { length } = blob
    const parameters = { digest, 'encoded-size': length, size: sizeBytes, wid: id }
    // At once: the collector would come again and again for what lies around.
    const sent = () => void blob.buffer.transfer(0)
    await this.#session.window.run(length, () => this.#session.post(`/${kind}_chunk`, parameters, blob, sent))
  }

  /** A chunk that was uploaded, or is known from the base, at its place: `offset` is where it begins (§2.4). */
  async append(digest: Digest, offset: bigint): Promise<void> {
    this.#digests.push(digest)
    this.#offsets.push(offset)
    if (this.#digests.length >= LIST_LENGTH) await this.#flush()
  }

  /** Every place was given. Throws when the server's own checksum of the index is another one. */
  async close(index: FinalIndex): Promise<void> {
    const { kind, id, isIncremental } = this.#options
    await this.#flush()
    await this.#sending
    await this.#session.post(`/${kind}_close`, {
      'chunk-count': isIncremental ? this.#appended : index.count,
      csum: index.csum(),
      size: index.sizeBytes,
      wid: id,
    })
  }

  /** Waits for the list before only, so that one is under way while the next is filled. */
  async #flush(): Promise<void> {
    if (this.#digests.length === 0) return
    const list = { wid: this.#options.id, 'digest-list': this.#digests, 'offset-list': this.#offsets }
    this.#appended += this.#digests.length
    this.#digests = []
    this.#offsets = []
    await this.#sending
    this.#sending = this.#session.put(`/${this.#options.kind}_index`, list)
    this.#sending.catch(() => undefined) // whoever appends or closes next hears it
  }
}
