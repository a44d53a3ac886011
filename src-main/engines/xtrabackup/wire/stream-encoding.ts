import { decodeBase64, encodeBase64 } from './base64-lines.ts'
import { decodeFrames } from './bkm-frames.ts'
import { failureInTail, failureTailBytes } from './in-band-failure.ts'
import type { KvBlock } from './kv-block.ts'
import type { MessageReader } from './message-reader.ts'
import { decodeUuencode, encodeUuencode } from './uuencode.ts'

/** How data crosses the connection (spec xtrabackup-agent §6, §10), by what `agent-stream-encoding` says. */
export const streamEncodings = {
  uuencode: 'application/x-uuencode-stream',
  base64: 'application/x-base64-stream',
  octets: 'application/octet-stream',
  frames: 'application/x-bkm-frames',
} as const

export type StreamEncoding = keyof typeof streamEncodings

/** Absent is uuencode; `undefined` is one that nobody knows. */
export function parseStreamEncoding(value: string | undefined): StreamEncoding | undefined {
  if (value === undefined) return 'uuencode'
  const names: readonly StreamEncoding[] = ['uuencode', 'base64', 'octets', 'frames']
  return names.find((name) => streamEncodings[name] === value)
}

/** The three encodings of the original: their only end is that of the connection. */
export function encodeStream(
  encoding: Exclude<StreamEncoding, 'frames'>,
  source: AsyncIterable<Uint8Array>,
  blockBytes: number,
): AsyncIterable<Uint8Array> {
  if (encoding === 'uuencode') return encodeUuencode(source, blockBytes)
  return encoding === 'base64' ? encodeBase64(source, blockBytes) : source
}

export interface DecodeOptions {
  readonly encoding: StreamEncoding
  readonly blockBytes: number
  readonly onTrailer: (trailer: KvBlock) => void
}

/** Throws `mysql/agent-refused` where the agent wrote into the data why it stopped. */
export function decodeStream(reader: MessageReader, options: DecodeOptions): AsyncIterable<Uint8Array> {
  switch (options.encoding) {
    case 'uuencode':
      return decodeUuencode(reader, options.blockBytes)
    case 'base64':
      return decodeBase64(reader)
    case 'octets':
      return watchTail(reader.rest())
    case 'frames':
      return decodeFrames(reader, options.onTrailer)
  }
}

async function* watchTail(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let tail = Buffer.alloc(0)
  for await (const piece of source) {
    const kept = piece.length >= failureTailBytes ? [] : [tail.subarray(piece.length - failureTailBytes)]
    tail = Buffer.concat([...kept, piece.subarray(-failureTailBytes)])
    yield piece
  }
  const failure = failureInTail(tail)
  if (failure !== undefined) throw failure
}
