import { crc32 } from 'node:zlib'
import { HoldfastError } from '../../src-shared/errors.ts'
import { type CryptConfig, IV_BYTES, TAG_BYTES } from './crypt-config.ts'
import { damaged } from './damage.ts'
import { freeMemory } from './free-memory.ts'
import { compressZstd, decompressZstd } from './zstd.ts'

/** Spec pbs §4.1: magic, CRC-32, and for encrypted kinds IV and tag. */
const MAGIC_BYTES = 8
export const PLAIN_HEADER_BYTES = 12
export const ENCRYPTED_HEADER_BYTES = PLAIN_HEADER_BYTES + IV_BYTES + TAG_BYTES

/** The library's own limit of the data in one blob (§4.1). */
export const MAX_BLOB_PLAIN_BYTES = 128 << 20
/** What an upload of one blob or chunk may carry (§2.1, §2.2). */
export const MAX_CHUNK_BYTES = 16 << 20
export const MAX_ENCODED_CHUNK_BYTES = MAX_CHUNK_BYTES + ENCRYPTED_HEADER_BYTES

export interface BlobKind {
  readonly isCompressed: boolean
  readonly isEncrypted: boolean
}

const kinds = [
  { magic: Buffer.from('42ab3807be8370a1', 'hex'), isCompressed: false, isEncrypted: false },
  { magic: Buffer.from('31b958426fb6a37f', 'hex'), isCompressed: true, isEncrypted: false },
  { magic: Buffer.from('7b6785be222d4cf0', 'hex'), isCompressed: false, isEncrypted: true },
  { magic: Buffer.from('e6591bbf0bbfd80b', 'hex'), isCompressed: true, isEncrypted: true },
] as const

export interface EncodeOptions {
  /** Compressed data is kept only when it is smaller or as large. */
  readonly compress: boolean
  readonly crypt?: CryptConfig | undefined
}

export interface DecodeOptions {
  /** The key, if the blob may be encrypted. Not needed for a plain blob, and then not used. */
  readonly crypt?: CryptConfig | undefined
  /** Where decompression stops: the size that is expected, or a limit. */
  readonly maxPlainBytes: number
}

/** Data as a DataBlob (spec pbs §4.1). The result owns its buffer, so that it can be transferred to another thread. */
export function encodeBlob(data: Uint8Array, { compress, crypt }: EncodeOptions): Uint8Array<ArrayBuffer> {
  if (data.length > MAX_BLOB_PLAIN_BYTES) throw new RangeError(`a blob holds no ${data.length} bytes`)
  const compressed = compress ? compressZstd(data) : undefined
  const isCompressed = compressed !== undefined && compressed.length <= data.length
  const payload = isCompressed ? compressed : data
  const blob = crypt === undefined ? layPlain(payload, isCompressed) : layEncrypted(payload, isCompressed, crypt)
  if (compressed !== undefined) freeMemory(compressed) // it has the size of the data
  return blob
}

/**
 * The data of a blob. Throws `blob/corrupt`, `key/missing` when it is encrypted and there is no key, and `key/wrong`
 * when the key does not open it. The CRC does not cover IV and tag, so damage there looks like a wrong key.
 */
export function decodeBlob(blob: Uint8Array, { crypt, maxPlainBytes }: DecodeOptions): Uint8Array {
  const { isCompressed, isEncrypted } = inspectBlob(blob)
  const payload = isEncrypted ? decryptPayload(blob, crypt) : blob.subarray(PLAIN_HEADER_BYTES)
  if (isCompressed) return decompress(payload, maxPlainBytes)
  if (payload.length > maxPlainBytes) throw corrupt('data', PLAIN_HEADER_BYTES, `longer than ${maxPlainBytes} bytes`)
  return payload
}

/** What kind of blob this is, with the CRC checked; nothing is decrypted or decompressed. Throws `blob/corrupt`. */
export function inspectBlob(blob: Uint8Array): BlobKind {
  const kind = readKind(blob)
  const bodyOffset = headerBytes(kind.isEncrypted)
  if (blob.length < bodyOffset) throw corrupt('header', blob.length, `${bodyOffset} bytes expected`)
  const stored = view(blob).getUint32(MAGIC_BYTES, true)
  const actual = crc32(blob.subarray(bodyOffset))
  if (stored !== actual) throw corrupt('crc', MAGIC_BYTES, `is ${hex(stored)}, the data has ${hex(actual)}`)
  return kind
}

/** What kind the magic says, without a look at the rest. Throws `blob/corrupt` when it is none. */
export function readKind(blob: Uint8Array): BlobKind {
  const magic = blob.subarray(0, MAGIC_BYTES)
  const kind = kinds.find((candidate) => candidate.magic.equals(magic))
  if (kind === undefined) throw corrupt('magic', 0, `unknown: ${Buffer.from(magic).toString('hex')}`)
  return { isCompressed: kind.isCompressed, isEncrypted: kind.isEncrypted }
}

/** The same blob with the CRC that its bytes have: a server repairs uploads so (§2.2). Changes it in place. */
export function writeCrc(blob: Uint8Array): void {
  const { isEncrypted } = readKind(blob)
  const bodyOffset = headerBytes(isEncrypted)
  if (blob.length < bodyOffset) throw corrupt('header', blob.length, `${bodyOffset} bytes expected`)
  view(blob).setUint32(MAGIC_BYTES, crc32(blob.subarray(bodyOffset)), true)
}

function layPlain(payload: Uint8Array, isCompressed: boolean): Uint8Array<ArrayBuffer> {
  const blob = new Uint8Array(PLAIN_HEADER_BYTES + payload.length)
  blob.set(magicOf(isCompressed, false))
  blob.set(payload, PLAIN_HEADER_BYTES)
  view(blob).setUint32(MAGIC_BYTES, crc32(payload), true)
  return blob
}

function layEncrypted(payload: Uint8Array, isCompressed: boolean, crypt: CryptConfig): Uint8Array<ArrayBuffer> {
  const blob = new Uint8Array(ENCRYPTED_HEADER_BYTES + payload.length)
  const ciphertext = blob.subarray(ENCRYPTED_HEADER_BYTES)
  const { iv, tag } = crypt.encryptInto(ciphertext, payload)
  blob.set(magicOf(isCompressed, true))
  blob.set(iv, PLAIN_HEADER_BYTES)
  blob.set(tag, PLAIN_HEADER_BYTES + IV_BYTES)
  view(blob).setUint32(MAGIC_BYTES, crc32(ciphertext), true)
  return blob
}

function decryptPayload(blob: Uint8Array, crypt: CryptConfig | undefined): Uint8Array {
  if (crypt === undefined) throw new HoldfastError('key/missing')
  return crypt.decrypt({
    iv: blob.subarray(PLAIN_HEADER_BYTES, PLAIN_HEADER_BYTES + IV_BYTES),
    tag: blob.subarray(PLAIN_HEADER_BYTES + IV_BYTES, ENCRYPTED_HEADER_BYTES),
    ciphertext: blob.subarray(ENCRYPTED_HEADER_BYTES),
  })
}

function decompress(data: Uint8Array, maxPlainBytes: number): Uint8Array {
  try {
    return decompressZstd(data, maxPlainBytes)
  } catch (cause) {
    throw corrupt('data', PLAIN_HEADER_BYTES, `cannot be decompressed into ${maxPlainBytes} bytes`, cause)
  }
}

function magicOf(isCompressed: boolean, isEncrypted: boolean): Uint8Array {
  // Every combination of the two flags is in the table.
  return kinds.find((kind) => kind.isCompressed === isCompressed && kind.isEncrypted === isEncrypted)!.magic
}

function headerBytes(isEncrypted: boolean): number {
  return isEncrypted ? ENCRYPTED_HEADER_BYTES : PLAIN_HEADER_BYTES
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}

function corrupt(field: string, offset: number, problem: string, cause?: unknown): HoldfastError {
  return damaged('blob/corrupt', { format: 'pbs blob', field, offset, problem, cause })
}
