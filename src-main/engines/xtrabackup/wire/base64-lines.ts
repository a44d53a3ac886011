import { ProtocolError } from '../../../../src-shared/errors.ts'
import { failureAt } from './in-band-failure.ts'
import { lineBytesLimit, protocolName } from './limits.ts'
import type { MessageReader } from './message-reader.ts'
import { reblock } from './reblock.ts'

/** Lines of base64 without lengths (spec xtrabackup-agent §6). Each line decodes by itself. */
const rawLineBytes = 57
const textLineBytes = 76
const lineFeed = 0x0a

export async function* encodeBase64(source: AsyncIterable<Uint8Array>, blockBytes: number): AsyncGenerator<Uint8Array> {
  const rawBytes = Math.floor(blockBytes / rawLineBytes) * rawLineBytes
  for await (const block of reblock(source, rawBytes)) {
    const text = block.toString('base64')
    const lines = Buffer.allocUnsafe(text.length + Math.ceil(text.length / textLineBytes))
    let out = 0
    for (let at = 0; at < text.length; at += textLineBytes) {
      out += lines.write(text.slice(at, at + textLineBytes), out, 'latin1')
      lines[out++] = lineFeed
    }
    yield lines
  }
}

export async function* decodeBase64(reader: MessageReader): AsyncGenerator<Uint8Array> {
  const { window } = reader
  for (let hasEnded = false; await window.fillOrEnd(1, 'base64 line'); ) {
    const lines = takeLines(reader)
    if (lines === undefined) {
      if (window.available > lineBytesLimit)
        throw new ProtocolError(protocolName, 'base64 line', window.position, 'it is too long')
      await window.fill(window.available + 1, 'base64 line')
      continue
    }
    if (lines.raw > 0) {
      if (hasEnded) throw new ProtocolError(protocolName, 'base64 line', window.position, 'it comes after the last one')
      const at = window.position
      const { buffer, byteOffset } = window.bytes
      const text = Buffer.from(buffer, byteOffset + window.at, lines.text).toString('latin1')
      const bytes = Buffer.from(text, 'base64')
      if (bytes.length !== lines.raw)
        throw new ProtocolError(protocolName, 'base64 line', at, 'it has characters that are none of base64')
      window.at += lines.text
      hasEnded = lines.isLast
      yield bytes
      continue
    }
    throw await failureAt(reader, 'a line is not base64')
  }
}

interface Lines {
  /** Characters with their line feeds, and the bytes they stand for. */
  readonly text: number
  readonly raw: number
  readonly isLast: boolean
}

/** As many whole lines as there are in the window; `raw` is 0 when the first is none; `undefined` without a whole line. */
function takeLines({ window }: MessageReader): Lines | undefined {
  let text = 0
  let raw = 0
  for (;;) {
    const begin = window.at + text
    const end = window.bytes.indexOf(lineFeed, begin)
    if (end < 0) return text > 0 ? { text, raw, isLast: false } : undefined
    const length = end - begin
    if (length === 0 || length % 4 !== 0) return { text, raw, isLast: false }
    const padding = window.bytes[end - 1] !== 0x3d ? 0 : window.bytes[end - 2] !== 0x3d ? 1 : 2
    text += length + 1
    raw += (length / 4) * 3 - padding
    if (padding > 0) return { text, raw, isLast: true }
  }
}
