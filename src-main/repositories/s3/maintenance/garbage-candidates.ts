import type { Digest } from '../../../../src-shared/model/digest.ts'
import { DIGEST_BYTES, readDigest, writeDigest } from '../../../storage/digest-bytes.ts'
import { chunkName } from '../object-names.ts'

/** An object among the chunks that may go. */
export interface Candidate {
  readonly digest: Digest
  readonly sizeBytes: number
  readonly kind: CandidateKind
}

export type CandidateKind =
  | { readonly is: 'chunk' }
  /** What stays in the place of a chunk that was set aside. */
  | { readonly is: 'empty' }
  /** A damaged one that was set aside; `isReplaced` when a good one is there again. */
  | { readonly is: 'bad'; readonly copy: number; readonly isReplaced: boolean }

const ENTRY_BYTES = DIGEST_BYTES + 5
const START_ENTRIES = 1024
const CHUNK = 0
const EMPTY = 1
const BAD = 16
const REPLACED = 32
const COPY_MASK = 15

/** Candidates in 37 bytes each, in the order they came. It is bounded; what does not fit waits for the next collection. */
export class GarbageCandidates {
  readonly #maxCount: number
  #count = 0
  #entries = Buffer.alloc(START_ENTRIES * ENTRY_BYTES)

  constructor(maxCount: number) {
    this.#maxCount = maxCount
  }

  get count(): number {
    return this.#count
  }

  /** False when it does not fit. */
  add({ digest, sizeBytes, kind }: Candidate): boolean {
    if (this.#count === this.#maxCount) return false
    const at = this.#count * ENTRY_BYTES
    if (at === this.#entries.length) this.#entries = Buffer.concat([this.#entries], this.#entries.length * 2)
    writeDigest(digest, this.#entries, at)
    this.#entries.writeUInt32LE(sizeBytes, at + DIGEST_BYTES)
    this.#entries[at + DIGEST_BYTES + 4] = codeOf(kind)
    this.#count++
    return true
  }

  *[Symbol.iterator](): Generator<Candidate, void, undefined> {
    for (let at = 0; at < this.#count * ENTRY_BYTES; at += ENTRY_BYTES) {
      yield {
        digest: readDigest(this.#entries, at),
        sizeBytes: this.#entries.readUInt32LE(at + DIGEST_BYTES),
        kind: kindOf(this.#entries[at + DIGEST_BYTES + 4] ?? CHUNK),
      }
    }
  }
}

export function candidateName({ digest, kind }: Candidate): string {
  return kind.is === 'bad' ? `${chunkName(digest)}.${kind.copy}.bad` : chunkName(digest)
}

function codeOf(kind: CandidateKind): number {
  if (kind.is === 'bad') return BAD | (kind.isReplaced ? REPLACED : 0) | (kind.copy & COPY_MASK)
  return kind.is === 'empty' ? EMPTY : CHUNK
}

function kindOf(code: number): CandidateKind {
  if (code === CHUNK) return { is: 'chunk' }
  if (code === EMPTY) return { is: 'empty' }
  return { is: 'bad', copy: code & COPY_MASK, isReplaced: (code & REPLACED) !== 0 }
}
