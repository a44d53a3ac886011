import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { defaultBlockBytes } from '../wire/limits.ts'
import { MessageReader } from '../wire/message-reader.ts'
import { encodeOldRequest, type OldVersion } from '../wire/old-dialect.ts'
import { send } from '../wire/send.ts'
import { ungzipIfNeeded } from '../wire/ungzip.ts'
import { decodeUuencode, encodeUuencode } from '../wire/uuencode.ts'

export interface OldCopyOptions {
  readonly version: OldVersion
  /** A file, a pattern or `folder/.` to copy from; an existing folder to copy to. */
  readonly path: string
  readonly signal: AbortSignal
}

/** The tar that a server of the dialect 1.8 sends, unpacked from gzip where it is (spec xtrabackup-agent §9). */
export async function* oldCopyFrom(stream: Duplex, options: OldCopyOptions): AsyncGenerator<Uint8Array> {
  await send(stream, requestOf('copy from', options))
  const reader = new MessageReader(stream, options.signal)
  try {
    yield* ungzipIfNeeded(decodeUuencode(reader, defaultBlockBytes))
  } finally {
    stream.destroy()
  }
}

/** Sends a tar. This dialect has no answer: a server that did not like it just closes. */
export async function oldCopyTo(
  stream: Duplex,
  data: AsyncIterable<Uint8Array>,
  options: OldCopyOptions,
): Promise<void> {
  await send(stream, requestOf('copy to', options))
  for await (const frame of encodeUuencode(data, defaultBlockBytes)) await send(stream, frame)
  stream.end()
  stream.resume()
  if (!stream.closed) await once(stream, 'close', { signal: options.signal })
}

function requestOf(action: string, { version, path }: OldCopyOptions): string {
  return encodeOldRequest({ version, action, parameters: path, temporaryFolder: '/tmp', binaryFolder: '/usr/bin' })
}
