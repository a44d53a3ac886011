import { createHash, type Hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf'
import { ProtocolError } from '../../../../src-shared/errors.ts'
import {
  Snapshot_BoltChunkSchema,
  type Snapshot_Header,
  Snapshot_Header_Format,
  Snapshot_HeaderSchema,
  Snapshot_TrailerSchema,
} from '../generated/server_pb.js'
import type { SnapshotItem } from './snapshot-writer.ts'

/** Upstream's limit. */
const maximumRecordBytes = 4 * 1024 * 1024
/** A varint of a length within the limit has at most four bytes. */
const maximumPrefixBytes = 4
const gunzippedLimit = 16 * 1024 * 1024 * 1024

export type SnapshotPart =
  /** As it stands in the file, its length in front; comes ahead of what is in it. */
  | { readonly type: 'record'; readonly bytes: Uint8Array }
  | { readonly type: 'header'; readonly header: Snapshot_Header }
  | { readonly type: 'item'; readonly item: SnapshotItem }
  /** Everything was read and the digest is right. */
  | { readonly type: 'verified'; readonly sha256: string }

export interface ReadSnapshotOptions {
  readonly signal: AbortSignal
  /** Of the decompressed bytes: a small file can become an endless one. */
  readonly maximumBytes?: number
}

/**
 * Reads a snapshot file to its end. What it gives out before `verified` is not to be trusted yet. Throws `ProtocolError` for anything
 * that is not as section 14.3 says: cut off, reordered, changed, too large.
 */
export async function* readSnapshot(
  file: AsyncIterable<Uint8Array>,
  { signal, maximumBytes = gunzippedLimit }: ReadSnapshotOptions,
): AsyncGenerator<SnapshotPart, void, undefined> {
  const records = new RecordReader(gunzip(file, signal), maximumBytes)
  const { message: header, bytes: first } = await records.next(Snapshot_HeaderSchema, 'header')
  yield { type: 'record', bytes: first }
  if (header.format !== Snapshot_Header_Format.BOLT) throw broken('header.format', records.offset, 'is not BOLT')
  yield { type: 'header', header }
  for (;;) {
    signal.throwIfAborted()
    const { message: chunk, bytes } = await records.next(Snapshot_BoltChunkSchema, 'chunk')
    yield { type: 'record', bytes }
    if (chunk.final) break
    if (chunk.bucket === '') continue
    for (const [key, value] of Object.entries(chunk.items)) {
      yield { type: 'item', item: { bucket: chunk.bucket, key, value } }
    }
  }
  const sha256 = records.digest()
  const { message, bytes } = await records.next(Snapshot_TrailerSchema, 'trailer')
  yield { type: 'record', bytes }
  const { checksum } = message
  if (checksum.case !== 'sha256') throw broken('trailer.checksum', records.offset, 'is of an unknown kind')
  if (checksum.value.toLowerCase() !== sha256)
    throw broken('trailer.sha256', records.offset, 'is not that of the contents')
  await records.drain()
  yield { type: 'verified', sha256 }
}

/** Reads everything and keeps nothing. */
export async function verifySnapshot(file: AsyncIterable<Uint8Array>, options: ReadSnapshotOptions): Promise<string> {
  for await (const part of readSnapshot(file, options)) if (part.type === 'verified') return part.sha256
  throw broken('trailer', 0, 'is missing')
}

/** Cuts bytes into records and hashes them as it goes. */
class RecordReader {
  readonly #bytes: AsyncIterator<Uint8Array>
  readonly #maximumBytes: number
  readonly #hash: Hash = createHash('sha256')
  #pending: Buffer = Buffer.alloc(0)
  offset = 0
  #received = 0

  constructor(bytes: AsyncIterable<Uint8Array>, maximumBytes: number) {
    this.#bytes = bytes[Symbol.asyncIterator]()
    this.#maximumBytes = maximumBytes
  }

  async next<Desc extends DescMessage>(
    schema: Desc,
    field: string,
  ): Promise<{ readonly message: MessageShape<Desc>; readonly bytes: Uint8Array }> {
    const start = this.offset
    const { length, prefix } = await this.#length(field)
    const body = await this.#take(length, field)
    try {
      return { message: fromBinary(schema, body), bytes: Buffer.concat([prefix, body]) }
    } catch (cause) {
      throw new ProtocolError('vagrant snapshot', field, start, 'cannot be parsed', cause)
    }
  }

  /** Of all records so far. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }

  /** What follows the trailer is ignored, but the end of the compressed stream must be there. */
  async drain(): Promise<void> {
    while (await this.#fill('end'));
  }

  async #length(field: string): Promise<{ readonly length: number; readonly prefix: Uint8Array }> {
    let value = 0
    const prefix: number[] = []
    for (let i = 0; i < maximumPrefixBytes; i++) {
      const [byte = 0] = await this.#take(1, field)
      prefix.push(byte)
      value += (byte & 0x7f) * 128 ** i
      if (byte < 0x80) {
        if (value > maximumRecordBytes)
          throw broken(field, this.offset, `has ${value} bytes, at most ${maximumRecordBytes} are read`)
        return { length: value, prefix: Uint8Array.from(prefix) }
      }
    }
    throw broken(field, this.offset, 'has a length that is too large')
  }

  async #take(length: number, field: string): Promise<Uint8Array> {
    while (this.#pending.length < length) {
      if (!(await this.#fill(field))) throw broken(field, this.offset, 'is cut off')
    }
    const taken = this.#pending.subarray(0, length)
    this.#pending = this.#pending.subarray(length)
    this.offset += length
    this.#hash.update(taken)
    return taken
  }

  async #fill(field: string): Promise<boolean> {
    const { done, value } = await this.#bytes.next()
    if (done) return false
    this.#received += value.length
    if (this.#received > this.#maximumBytes) throw broken(field, this.offset, 'the contents are too large')
    // After the trailer pieces only pass by.
    this.#pending = field === 'end' ? Buffer.alloc(0) : Buffer.concat([this.#pending, value])
    return true
  }
}

async function* gunzip(file: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const source = Readable.from(file, { objectMode: true, highWaterMark: 1 })
  const stream = createGunzip()
  source.on('error', (error) => stream.destroy(error))
  const abort = (): void => void stream.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
  signal.addEventListener('abort', abort, { once: true })
  source.pipe(stream)
  try {
    for await (const piece of stream) if (piece instanceof Uint8Array) yield piece
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new ProtocolError('vagrant snapshot', 'gzip', stream.bytesWritten, error.message, error)
    }
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
    source.destroy()
    stream.destroy()
  }
}

function broken(field: string, offset: number, problem: string): ProtocolError {
  return new ProtocolError('vagrant snapshot', field, offset, problem)
}
