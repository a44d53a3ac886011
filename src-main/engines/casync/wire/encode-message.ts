import { DIGEST_BYTES, writeDigest } from '../../../storage/digest-bytes.ts'
import {
  compressedFlag,
  headerBytes,
  highPriorityFlag,
  type Message,
  type MessageType,
  maxErrno,
  maxMessageBytes,
  messageRules,
} from './message.ts'

/** Of a reason; the rest is cut off. casync does not show it anyway. */
const maxReasonBytes = 4096

/**
 * A message as it travels: its pieces, in order, of which the last may be the caller's own data. Throws a RangeError for
 * what may not be sent: nothing in it, or too much for 16 MiB.
 */
export function encodeMessage(message: Message): readonly Uint8Array[] {
  switch (message.type) {
    case 'hello': {
      const { bytes, view } = start(message.type, 8)
      view.setBigUint64(headerBytes, message.featureFlags, true)
      return [bytes]
    }
    case 'index':
    case 'archive':
      return [start(message.type, 0, message.data.length).bytes, message.data]
    case 'index-eof':
    case 'archive-eof':
    case 'goodbye':
      return [start(message.type, 0).bytes]
    case 'request': {
      const { bytes, view } = start(message.type, 8 + message.ids.length * DIGEST_BYTES)
      view.setBigUint64(headerBytes, message.isHighPriority ? highPriorityFlag : 0n, true)
      for (const [position, id] of message.ids.entries()) {
        writeDigest(id, bytes, headerBytes + 8 + position * DIGEST_BYTES)
      }
      return [bytes]
    }
    case 'chunk': {
      const { bytes, view } = start(message.type, 8 + DIGEST_BYTES, message.data.length)
      view.setBigUint64(headerBytes, message.isCompressed ? compressedFlag : 0n, true)
      writeDigest(message.id, bytes, headerBytes + 8)
      return [bytes, message.data]
    }
    case 'missing': {
      const { bytes } = start(message.type, DIGEST_BYTES)
      writeDigest(message.id, bytes, headerBytes)
      return [bytes]
    }
    case 'abort': {
      const { errno, reason } = message
      if (!Number.isInteger(errno) || errno < 0 || errno > maxErrno) throw new RangeError(`errno ${errno}`)
      const text = printable(reason)
      const { bytes, view } = start(message.type, 8 + text.length + 1)
      view.setBigUint64(headerBytes, BigInt(errno), true)
      bytes.set(text, headerBytes + 8)
      return [bytes]
    }
  }
}

/** Room for header and body, with the header in place. `moreBytes` follow in a piece of their own. */
function start(
  type: MessageType,
  bodyBytes: number,
  moreBytes = 0,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly view: DataView } {
  const { magic, minBytes } = messageRules[type]
  const size = headerBytes + bodyBytes + moreBytes
  if (size < minBytes || size > maxMessageBytes) throw new RangeError(`a message ${type} cannot have ${size} bytes`)
  const bytes = new Uint8Array(headerBytes + bodyBytes)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(size), true)
  view.setBigUint64(8, magic, true)
  return { bytes, view }
}

/** Control characters are not allowed: a space stands for them. */
function printable(reason: string): Uint8Array {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to replace
  const clean = reason.replace(/[\x00-\x1f]+/g, ' ')
  let bytes = new TextEncoder().encode(clean)
  if (bytes.length > maxReasonBytes) {
    // Not in the middle of a character.
    let end = maxReasonBytes
    while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
    bytes = bytes.slice(0, end)
  }
  return bytes
}
