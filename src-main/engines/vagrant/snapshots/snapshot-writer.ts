import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { create, type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf'
import {
  Snapshot_BoltChunkSchema,
  Snapshot_Header_Format,
  Snapshot_HeaderSchema,
  Snapshot_TrailerSchema,
  type VersionInfo,
} from '../generated/server_pb.js'

/** One key of one bucket (section 14.3). */
export interface SnapshotItem {
  readonly bucket: string
  readonly key: string
  readonly value: Uint8Array
}

/** A chunk is closed before its values exceed this. */
const chunkBytes = 1024 * 1024

/** A snapshot file: gzip over records with a length each. Items of one bucket must follow each other. */
export async function* writeSnapshot(
  version: VersionInfo,
  items: Iterable<SnapshotItem>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const gzip = createGzip()
  const source = Readable.from(snapshotRecords(version, items), { objectMode: true, highWaterMark: 1 })
  // A failure while reading the items is a failure of the file, not an end of it.
  source.on('error', (error) => gzip.destroy(error))
  source.pipe(gzip)
  try {
    for await (const piece of gzip) {
      if (piece instanceof Uint8Array) yield piece
    }
  } finally {
    source.destroy()
    gzip.destroy()
  }
}

/** The records before compression; the digest covers all bytes before the trailer. */
export function* snapshotRecords(version: VersionInfo, items: Iterable<SnapshotItem>): Generator<Uint8Array> {
  const digest = createHash('sha256')
  const hashed = (record: Uint8Array): Uint8Array => {
    digest.update(record)
    return record
  }
  const header = create(Snapshot_HeaderSchema, { version, format: Snapshot_Header_Format.BOLT })
  yield hashed(delimited(Snapshot_HeaderSchema, header))
  for (const chunk of chunks(items)) yield hashed(delimited(Snapshot_BoltChunkSchema, chunk))
  yield hashed(delimited(Snapshot_BoltChunkSchema, create(Snapshot_BoltChunkSchema, { final: true })))
  const sha256 = digest.digest('hex')
  yield delimited(
    Snapshot_TrailerSchema,
    create(Snapshot_TrailerSchema, { checksum: { case: 'sha256', value: sha256 } }),
  )
}

function* chunks(items: Iterable<SnapshotItem>) {
  let chunk = create(Snapshot_BoltChunkSchema)
  let size = 0
  for (const { bucket, key, value } of items) {
    if (chunk.bucket !== '' && (chunk.bucket !== bucket || size + value.length > chunkBytes)) {
      yield chunk
      chunk = create(Snapshot_BoltChunkSchema)
      size = 0
    }
    chunk.bucket = bucket
    chunk.items[key] = value
    size += value.length
  }
  if (chunk.bucket !== '') yield chunk
}

function delimited<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array {
  const body = toBinary(schema, message)
  const prefix: number[] = []
  let length = body.length
  for (; length > 0x7f; length = Math.floor(length / 128)) prefix.push((length % 128) | 0x80)
  prefix.push(length)
  return Buffer.concat([Uint8Array.from(prefix), body])
}
