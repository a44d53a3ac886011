import { randomBytes } from 'node:crypto'
import type { Digest } from '../../src-shared/model/digest.ts'
import { damaged } from './damage.ts'
import { readDigest, writeDigest } from './digest-bytes.ts'

/** Spec pbs §4.3: the header takes a page, the entries follow. */
export const INDEX_HEADER_BYTES = 4096

const UUID_OFFSET = 8
const UUID_BYTES = 16
const CTIME_OFFSET = 24
const CSUM_OFFSET = 32

export interface IndexHeader {
  /** Random 16 bytes. */
  readonly uuid: Uint8Array
  /** Seconds since 1970. */
  readonly createdAt: bigint
  /** What the writer computed. Readers compute it again; this one is for display. */
  readonly storedCsum: Digest
}

/** Puts magic, a uuid, the time and the checksum at the head of an index file. */
export function writeIndexHeader(
  into: Uint8Array,
  magic: Uint8Array,
  { csum, createdAt, uuid = randomBytes(UUID_BYTES) }: IndexHeaderValues,
): void {
  into.set(magic)
  into.set(uuid, UUID_OFFSET)
  viewOf(into).setBigInt64(CTIME_OFFSET, createdAt, true)
  writeDigest(csum, into, CSUM_OFFSET)
}

export interface IndexHeaderValues {
  readonly csum: Digest
  /** Seconds since 1970. */
  readonly createdAt: bigint
  /** Random unless a test says otherwise. */
  readonly uuid?: Uint8Array | undefined
}

/** Throws `index/corrupt` when the file is shorter than a header or has another magic. */
export function readIndexHeader(bytes: Uint8Array, magic: Uint8Array, format: string): IndexHeader {
  if (bytes.length < INDEX_HEADER_BYTES)
    throw damaged('index/corrupt', { format, field: 'header', offset: bytes.length, problem: 'is cut short' })
  if (!magic.every((byte, i) => bytes[i] === byte))
    throw damaged('index/corrupt', { format, field: 'magic', offset: 0, problem: 'is not the one of this format' })
  return {
    uuid: bytes.slice(UUID_OFFSET, UUID_OFFSET + UUID_BYTES),
    createdAt: viewOf(bytes).getBigInt64(CTIME_OFFSET, true),
    storedCsum: readDigest(bytes, CSUM_OFFSET),
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
