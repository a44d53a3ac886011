import { decompressStream } from './compression.ts'

/** Old servers pack archives or do not, and say nothing of it: gzip begins with 1f 8b (spec xtrabackup-agent §9). */
export async function* ungzipIfNeeded(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]()
  try {
    let head = Buffer.alloc(0)
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      head = Buffer.concat([head, next.value])
      if (head.length >= 2) break
    }
    const all = prepend(head, pieces)
    yield* head[0] === 0x1f && head[1] === 0x8b ? decompressStream(all, 'gzip') : all
  } finally {
    await pieces.return?.()
  }
}

async function* prepend(head: Uint8Array, pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value
}
