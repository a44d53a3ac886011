import { ProtocolError } from '../../../../src-shared/errors.ts'
import { failureAt } from './in-band-failure.ts'
import { protocolName } from './limits.ts'
import type { MessageReader } from './message-reader.ts'
import { reblock } from './reblock.ts'

/**
 * The encoding of the original (spec xtrabackup-agent §6): big-endian length, then so many bytes of uuencoded lines.
 *
 *     00 00 00 06  23 30 34 29 23 0a       "ABC": length character 32 + 3, four characters, line feed
 */
const lineBytes = 45
const lineFeed = 0x0a
/** Written where a value is 0; readers take a space as well. */
const backTick = 0x60
const space = 0x20

/** How long `bytes` become. */
export function uuencodedBytes(bytes: number): number {
  const rest = bytes % lineBytes
  return Math.floor(bytes / lineBytes) * 62 + (rest > 0 ? 2 + 4 * Math.ceil(rest / 3) : 0)
}

/** The longest frame that the client of the original takes; it stops at a longer one. */
export function frameBytesLimit(blockBytes: number): number {
  return Math.floor(blockBytes * 1.38)
}

export async function* encodeUuencode(
  source: AsyncIterable<Uint8Array>,
  blockBytes: number,
): AsyncGenerator<Uint8Array> {
  for await (const block of reblock(source, blockBytes)) {
    const frame = Buffer.allocUnsafe(4 + uuencodedBytes(block.length))
    frame.writeUInt32BE(frame.length - 4)
    uuencodeInto(block, frame, 4)
    yield frame
  }
}

export async function* decodeUuencode(reader: MessageReader, blockBytes: number): AsyncGenerator<Uint8Array> {
  const { window } = reader
  const limit = frameBytesLimit(blockBytes)
  while (await window.fillOrEnd(4, 'frame')) {
    const length = window.view.getUint32(window.at)
    if (length > limit) throw await failureAt(reader, `a frame of ${length} bytes is longer than ${limit}`)
    if (length === 0) throw new ProtocolError(protocolName, 'frame', window.position, 'it is empty')
    window.at += 4
    await window.fill(length, 'frame')
    const start = window.position
    yield uudecode(window.bytes.subarray(window.at, window.at + length), start)
    window.at += length
  }
}

/** Writes whole lines; `into` has room for `uuencodedBytes`. */
export function uuencodeInto(bytes: Uint8Array, into: Uint8Array, at: number): void {
  let out = at
  const put = (value: number): void => {
    into[out++] = value === 0 ? backTick : value + space
  }
  for (let line = 0; line < bytes.length; line += lineBytes) {
    const end = Math.min(line + lineBytes, bytes.length)
    put(end - line)
    for (let i = line; i < end; i += 3) {
      const a = bytes[i] ?? 0
      const b = i + 1 < end ? (bytes[i + 1] ?? 0) : 0
      const c = i + 2 < end ? (bytes[i + 2] ?? 0) : 0
      put(a >> 2)
      put(((a & 3) << 4) | (b >> 4))
      put(((b & 15) << 2) | (c >> 6))
      put(c & 63)
    }
    into[out++] = lineFeed
  }
}

/** Lines back into bytes; `start` is where they are in the stream, for the error. */
export function uudecode(text: Uint8Array, start: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(Math.ceil((text.length * 3) / 4))
  let out = 0
  for (let at = 0; at < text.length; ) {
    const count = value(text, at, start)
    const end = at + 1 + 4 * Math.ceil(count / 3)
    if (count > lineBytes || text[end] !== lineFeed)
      throw new ProtocolError(protocolName, 'uuencoded line', start + at, 'its length is wrong')
    const lineEnd = out + count
    for (let i = at + 1; i < end; i += 4) {
      const a = value(text, i, start)
      const b = value(text, i + 1, start)
      const c = value(text, i + 2, start)
      const d = value(text, i + 3, start)
      bytes[out++] = (a << 2) | (b >> 4)
      if (out < lineEnd) bytes[out++] = ((b & 15) << 4) | (c >> 2)
      if (out < lineEnd) bytes[out++] = ((c & 3) << 6) | d
    }
    out = lineEnd
    at = end + 1
  }
  return bytes.subarray(0, out)
}

function value(text: Uint8Array, at: number, start: number): number {
  const byte = text[at] ?? 0
  if (byte < space || byte > backTick)
    throw new ProtocolError(protocolName, 'uuencoded line', start + at, `0x${byte.toString(16)} is no character of it`)
  return (byte - space) & 63
}
