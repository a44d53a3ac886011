import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { walkFiles } from '../tar/tar-files.ts'
import type { XbEvent } from '../xbstream/xbstream-reader.ts'
import type { XbMember } from '../xbstream/xbstream-writer.ts'

/** Bytes in pieces of at most `size`, as a socket may hand them over. */
export async function* pieces(bytes: Uint8Array, size = Number.MAX_SAFE_INTEGER): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

/** What an xbstream leaves behind, in memory: path to content. */
export async function filesOf(events: AsyncIterable<XbEvent>): Promise<Map<string, Buffer>> {
  const files = new Map<string, Growing>()
  const file = (path: string): Growing => files.get(path) ?? { bytes: Buffer.alloc(64), length: 0 }
  for await (const event of events) {
    if (event.kind === 'open') files.set(event.path, { bytes: Buffer.alloc(64), length: 0 })
    else if (event.kind === 'remove') files.delete(event.path)
    else if (event.kind === 'rename') {
      files.set(event.to, file(event.path))
      files.delete(event.path)
    } else if (event.kind === 'data') place(file(event.path), Number(event.offset), event.bytes)
    else if (event.kind === 'close') place(file(event.path), Number(event.sizeBytes), new Uint8Array(0))
  }
  return new Map(Array.from(files, ([path, { bytes, length }]) => [path, bytes.subarray(0, length)]))
}

interface Growing {
  bytes: Buffer
  length: number
}

function place(file: Growing, at: number, bytes: Uint8Array): void {
  const end = at + bytes.length
  if (end > file.bytes.length) file.bytes = Buffer.concat([file.bytes], end * 2)
  file.bytes.set(bytes, at)
  file.length = Math.max(file.length, end)
}

export async function* membersOf(files: Iterable<readonly [string, Uint8Array]>): AsyncGenerator<XbMember> {
  for (const [path, content] of files) {
    let at = 0
    yield {
      path,
      sizeBytes: BigInt(content.length),
      open: () => ({
        read(into) {
          const part = content.subarray(at, at + into.length)
          into.set(part)
          at += part.length
          return part.length
        },
        close() {},
      }),
    }
  }
}

/** The files of a folder. */
export async function* folderMembers(folder: string): AsyncGenerator<XbMember> {
  for await (const name of walkFiles(folder)) yield* membersOf([[name, await readFile(path.join(folder, name))]])
}
