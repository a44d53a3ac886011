import { crc32 } from 'node:zlib'
import type { FileContent } from '../../../archive/tree.ts'
import { chunkMagic, chunkTypes, fixedBytes, payloadHeadBytes, writerPayloadBytes } from './chunk-format.ts'
import { checkMemberPath } from './member-path.ts'

export interface XbMember {
  readonly path: string
  /** How long it will be, as far as one knows: only decides how much memory is taken. */
  readonly sizeBytes: bigint
  open(): FileContent | Promise<FileContent>
}

/** A stream as mbstream writes it: the same members in the same order give the same bytes (spec §14.6). */
export async function* writeXbstream(members: AsyncIterable<XbMember>): AsyncGenerator<Uint8Array> {
  for await (const { path, sizeBytes, open } of members) {
    checkMemberPath(path)
    const content = await open()
    try {
      // A byte more, so that the end of a small file is seen without a second buffer.
      const room = sizeBytes < BigInt(writerPayloadBytes) ? Math.max(Number(sizeBytes) + 1, 4096) : writerPayloadBytes
      for (let offset = 0n; ; ) {
        const payload = await gather(content, room)
        if (payload.length === 0) break
        yield payloadHead(path, offset, payload)
        yield payload
        offset += BigInt(payload.length)
        if (payload.length < room) break
      }
    } finally {
      await content.close()
    }
    yield chunkHead(chunkTypes.end, path, 0)
  }
}

async function gather(content: FileContent, room: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(room)
  let used = 0
  while (used < room) {
    const length = await content.read(buffer.subarray(used))
    if (length === 0) break
    used += length
  }
  return buffer.subarray(0, used)
}

/** Also for tests, which write payloads that nobody should. */
export function payloadHead(path: string, offset: bigint, payload: Uint8Array): Uint8Array {
  const head = chunkHead(chunkTypes.payload, path, payloadHeadBytes)
  const at = head.length - payloadHeadBytes
  head.writeBigUInt64LE(BigInt(payload.length), at)
  head.writeBigUInt64LE(offset, at + 8)
  head.writeUInt32LE(crc32(payload), at + 16)
  return head
}

/** The fixed part and the path, with room for what follows by type. */
export function chunkHead(type: number, path: string, room: number, flags = 0): Buffer {
  const name = Buffer.from(path, 'utf8')
  const head = Buffer.alloc(fixedBytes + name.length + room)
  chunkMagic.copy(head)
  head.writeUInt8(flags, 8)
  head.writeUInt8(type, 9)
  head.writeUInt32LE(name.length, 10)
  name.copy(head, fixedBytes)
  return head
}
