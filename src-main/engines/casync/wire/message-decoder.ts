import type { Digest } from '../../../../src-shared/model/digest.ts'
import { DIGEST_BYTES, readDigest } from '../../../storage/digest-bytes.ts'
import { CaprotocolError } from './errno.ts'
import {
  compressedFlag,
  headerBytes,
  highPriorityFlag,
  type Message,
  type MessageType,
  maxErrno,
  maxMessageBytes,
  messageRules,
  typeOfMagic,
} from './message.ts'

const firstBufferBytes = 4096
/** Most chunks are no longer than this. */
const secondBufferBytes = 64 << 10

/**
 * Takes the bytes of a peer as they come and gives its messages (spec casync §3.1). A header is judged as soon as it is
 * there; what follows is never held beyond the size it said, which is at most 16 MiB. Throws a CaprotocolError, after
 * which there is nothing more to get.
 */
export class MessageDecoder {
  /** What of a message has come so far. */
  #buffer = new Uint8Array(firstBufferBytes)
  #filled = 0
  /** Size and type of the message that is being filled, when its header is there. */
  #header: Header | undefined
  /** Where that message begins in the stream. */
  #offset = 0;

  /**
   * The messages that these bytes complete, one by one: what is wrong with a later one does not spoil those before. Data
   * in them may be views of `bytes`: do not use these again.
   */
  *push(bytes: Uint8Array): Generator<Message, void, undefined> {
    for (let taken = 0; taken < bytes.length; ) {
      if (this.#filled === 0) {
        const whole = this.#readWhole(bytes.subarray(taken))
        if (whole !== undefined) {
          taken += whole.sizeBytes
          yield whole.message
          continue
        }
      }
      taken += this.#take(bytes.subarray(taken))
      const message = this.#complete()
      if (message !== undefined) yield message
    }
  }

  /** Says that the stream has ended: throws when it did so within a message. */
  finish(): void {
    if (this.#filled > 0) throw new CaprotocolError('message', this.#offset, `ends after ${this.#filled} bytes`)
  }

  /** A message that is all there needs no copy. */
  #readWhole(bytes: Uint8Array): { readonly message: Message; readonly sizeBytes: number } | undefined {
    if (bytes.length < headerBytes) return undefined
    const header = readHeader(bytes, this.#offset)
    if (bytes.length < header.sizeBytes) return undefined
    const message = readMessage(bytes.subarray(0, header.sizeBytes), header.type, this.#offset)
    this.#offset += header.sizeBytes
    return { message, sizeBytes: header.sizeBytes }
  }

  #take(bytes: Uint8Array): number {
    const wanted = this.#header?.sizeBytes ?? headerBytes
    const part = bytes.subarray(0, wanted - this.#filled)
    const filled = this.#filled + part.length
    if (filled > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(Math.max(this.#buffer.length * 2, filled, secondBufferBytes), wanted))
      larger.set(this.#buffer.subarray(0, this.#filled))
      this.#buffer = larger
    }
    this.#buffer.set(part, this.#filled)
    this.#filled = filled
    return part.length
  }

  #complete(): Message | undefined {
    if (this.#filled < headerBytes) return undefined
    this.#header ??= readHeader(this.#buffer, this.#offset)
    const { type, sizeBytes } = this.#header
    if (this.#filled < sizeBytes) return undefined
    // The buffer is handed over with the message.
    const message = readMessage(this.#buffer.subarray(0, sizeBytes), type, this.#offset)
    this.#buffer = new Uint8Array(firstBufferBytes)
    this.#filled = 0
    this.#header = undefined
    this.#offset += sizeBytes
    return message
  }
}

interface Header {
  readonly type: MessageType
  readonly sizeBytes: number
}

function readHeader(bytes: Uint8Array, offset: number): Header {
  const view = viewOf(bytes)
  const size = view.getBigUint64(0, true)
  if (size < BigInt(headerBytes) || size > BigInt(maxMessageBytes)) {
    throw new CaprotocolError('message size', offset, `${size} is not from ${headerBytes} to ${maxMessageBytes}`)
  }
  const magic = view.getBigUint64(8, true)
  const type = typeOfMagic(magic)
  if (type === undefined) throw new CaprotocolError('message type', offset + 8, `unknown type 0x${magic.toString(16)}`)
  const sizeBytes = Number(size) // at most 16 MiB
  const { minBytes, maxBytes } = messageRules[type]
  const isPartOfId = type === 'request' && (sizeBytes - headerBytes - 8) % DIGEST_BYTES !== 0
  if (sizeBytes < minBytes || sizeBytes > maxBytes || isPartOfId) {
    throw new CaprotocolError('message size', offset, `a message ${type} cannot have ${size} bytes`)
  }
  return { type, sizeBytes }
}

/** `bytes` is exactly one message, whose size was checked. */
function readMessage(bytes: Uint8Array, type: MessageType, offset: number): Message {
  const view = viewOf(bytes)
  switch (type) {
    case 'hello': {
      const featureFlags = view.getBigUint64(headerBytes, true)
      if (featureFlags === 0n || featureFlags === 2n ** 64n - 1n) {
        throw new CaprotocolError('HELLO flags', offset + headerBytes, `impossible value ${featureFlags}`)
      }
      return { type, featureFlags }
    }
    case 'index':
    case 'archive':
      return { type, data: bytes.subarray(headerBytes) }
    case 'index-eof':
    case 'archive-eof':
    case 'goodbye':
      return { type }
    case 'request': {
      const isHighPriority = readFlag(view, 'REQUEST flags', offset) === highPriorityFlag
      const ids: Digest[] = []
      for (let at = headerBytes + 8; at < bytes.length; at += DIGEST_BYTES) ids.push(readDigest(bytes, at))
      return { type, isHighPriority, ids }
    }
    case 'chunk': {
      const isCompressed = readFlag(view, 'CHUNK flags', offset) === compressedFlag
      const id = readDigest(bytes, headerBytes + 8)
      return { type, id, isCompressed, data: bytes.subarray(headerBytes + 8 + DIGEST_BYTES) }
    }
    case 'missing':
      return { type, id: readDigest(bytes, headerBytes) }
    case 'abort':
      return { type, ...readAbort(bytes, view, offset) }
  }
}

function readFlag(view: DataView, field: string, offset: number): bigint {
  const flags = view.getBigUint64(headerBytes, true)
  if (flags > 1n) throw new CaprotocolError(field, offset + headerBytes, `unknown flags 0x${flags.toString(16)}`)
  return flags
}

function readAbort(bytes: Uint8Array, view: DataView, offset: number): { errno: number; reason: string } {
  const error = view.getBigUint64(headerBytes, true)
  if (error > BigInt(maxErrno)) throw new CaprotocolError('ABORT error', offset + headerBytes, `${error} is no error`)
  const reasonStart = headerBytes + 8
  const end = bytes.length - 1
  if (bytes[end] !== 0) throw new CaprotocolError('ABORT reason', offset + end, 'does not end in NUL')
  const reason = bytes.subarray(reasonStart, end)
  const control = reason.findIndex((byte) => byte < 0x20)
  if (control >= 0) throw new CaprotocolError('ABORT reason', offset + reasonStart + control, 'has a control character')
  return { errno: Number(error), reason: new TextDecoder().decode(reason) }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
