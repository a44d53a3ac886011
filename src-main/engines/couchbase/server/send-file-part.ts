import { crc32c } from '@node-rs/crc32'
import { checksumBytes } from '../wire/checked-body.ts'
import type { ServedFile } from './served-bucket.ts'
import type { SocketOutput } from './socket-output.ts'

/** Two of these a fragment: one is read while the other one is being sent. */
const PIECE_BYTES = 256 << 10

/** The file ended before what its manifest promised: the connection is to be closed (spec couchbase §7). */
class ShortFileError extends Error {
  override readonly name = 'ShortFileError'
}

export interface FilePart {
  readonly offset: bigint
  readonly fileBytes: number
  readonly checksumLength: number
  readonly header: Uint8Array
  readonly output: SocketOutput
  readonly signal: AbortSignal
}

/** Sends the header and then the bytes, with their sums in between; never more than two pieces in memory. */
export async function sendFilePart(file: ServedFile, part: FilePart): Promise<void> {
  const { output, signal, fileBytes } = part
  const size = Math.min(PIECE_BYTES, Math.max(1, fileBytes))
  let buffers: [Buffer, Buffer] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)]
  const sums = part.checksumLength > 0 ? new SumInserter(part.checksumLength, fileBytes) : undefined
  let at = part.offset
  let left = fileBytes
  const send = (...parts: readonly Uint8Array[]) => {
    const sent = output.write(...parts)
    sent.catch(() => undefined) // heard of below, but not when reading fails first
    return sent
  }
  let sending = send(part.header)
  while (left > 0) {
    signal.throwIfAborted()
    const reading = readFully(file, { buffer: buffers[0], length: Math.min(size, left), at })
    const [data] = await Promise.all([reading, sending])
    sending = send(...(sums ? sums.insert(data) : [data]))
    at += BigInt(data.length)
    left -= data.length
    buffers = [buffers[1], buffers[0]]
  }
  await sending
}

async function readFully(
  file: ServedFile,
  { buffer, length, at }: { buffer: Buffer; length: number; at: bigint },
): Promise<Buffer> {
  let filled = 0
  while (filled < length) {
    const bytesRead = await file.read(buffer.subarray(filled, length), at + BigInt(filled))
    if (bytesRead === 0) throw new ShortFileError('a file is shorter than its manifest says')
    filled += bytesRead
  }
  return buffer.subarray(0, length)
}

/** Puts a CRC32C after every piece, whatever the parts are in which the bytes come. */
class SumInserter {
  readonly #piece: number
  #left: number
  #pieceLeft: number
  #sum = 0

  constructor(piece: number, total: number) {
    this.#piece = piece
    this.#left = total
    this.#pieceLeft = Math.min(piece, total)
  }

  insert(data: Uint8Array): readonly Uint8Array[] {
    const parts: Uint8Array[] = []
    let at = 0
    while (at < data.length) {
      const part = data.subarray(at, at + this.#pieceLeft)
      this.#sum = crc32c(part, this.#sum)
      parts.push(part)
      at += part.length
      this.#left -= part.length
      this.#pieceLeft -= part.length
      if (this.#pieceLeft > 0) continue
      parts.push(checksumBytes(this.#sum))
      this.#sum = 0
      this.#pieceLeft = Math.min(this.#piece, this.#left)
    }
    return parts
  }
}
