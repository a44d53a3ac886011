import { ProtocolError } from '../../../../src-shared/errors.ts'

/**
 * The 24 bytes before every body (spec couchbase §2.1), big-endian:
 *
 *     80 e0 0000  00 01 01ff  00000035  00000006  0000000000000000
 *     magic, opcode, key length, extras length, datatype, vbucket, body length, opaque, cas
 *
 * The flex magics 0x08 and 0x18 split the key length into framing extras length and key length, one byte each.
 */
export const HEADER_BYTES = 24

export const magic = {
  request: 0x80,
  response: 0x81,
  flexRequest: 0x08,
  flexResponse: 0x18,
  serverRequest: 0x82,
  serverResponse: 0x83,
} as const
export type Magic = (typeof magic)[keyof typeof magic]

export interface Header {
  readonly magic: Magic
  readonly opcode: number
  readonly framingExtrasLength: number
  readonly keyLength: number
  readonly extrasLength: number
  readonly datatype: number
  /** The vbucket of a request, the status of an answer: they share their place. */
  readonly vbucketOrStatus: number
  readonly bodyLength: number
  /** Chosen by whoever asks, echoed bit for bit. */
  readonly opaque: number
  readonly cas: bigint
}

export const FORMAT = 'mcbp'

const magics = new Set<number>(Object.values(magic))

/**
 * Reads a header and checks what it says about the body. Nothing may be allocated for a body before this has passed.
 *
 * @param maxFrameBytes header and body together (§2.4)
 * @throws ProtocolError: after it the stream has no meaning any more, and the connection is to be closed.
 */
export function decodeHeader(bytes: Uint8Array, maxFrameBytes: number): Header {
  if (bytes.length < HEADER_BYTES) throw new ProtocolError(FORMAT, 'header', 0, `only ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  const first = view.getUint8(0)
  if (!isMagic(first)) throw new ProtocolError(FORMAT, 'magic', 0, `0x${first.toString(16)} is none`)
  const hasFraming = first === magic.flexRequest || first === magic.flexResponse
  const header: Header = {
    magic: first,
    opcode: view.getUint8(1),
    framingExtrasLength: hasFraming ? view.getUint8(2) : 0,
    keyLength: hasFraming ? view.getUint8(3) : view.getUint16(2),
    extrasLength: view.getUint8(4),
    datatype: view.getUint8(5),
    vbucketOrStatus: view.getUint16(6),
    bodyLength: view.getUint32(8),
    opaque: view.getUint32(12),
    cas: view.getBigUint64(16),
  }
  const parts = header.framingExtrasLength + header.extrasLength + header.keyLength
  if (parts > header.bodyLength) {
    throw new ProtocolError(FORMAT, 'body length', 8, `${header.bodyLength} bytes cannot hold parts of ${parts}`)
  }
  if (HEADER_BYTES + header.bodyLength > maxFrameBytes) {
    throw new ProtocolError(FORMAT, 'body length', 8, `${header.bodyLength} bytes are more than allowed`)
  }
  return header
}

/** @throws RangeError when a field does not fit: a mistake of ours, not of the peer. */
export function encodeHeader(header: Header): Uint8Array {
  const hasFraming = header.magic === magic.flexRequest || header.magic === magic.flexResponse
  requireFit(header.framingExtrasLength, hasFraming ? 0xff : 0)
  requireFit(header.keyLength, hasFraming ? 0xff : 0xffff)
  requireFit(header.extrasLength, 0xff)
  requireFit(header.bodyLength, 0xffff_ffff)
  const bytes = new Uint8Array(HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, header.magic)
  view.setUint8(1, header.opcode)
  if (hasFraming) {
    view.setUint8(2, header.framingExtrasLength)
    view.setUint8(3, header.keyLength)
  } else {
    view.setUint16(2, header.keyLength)
  }
  view.setUint8(4, header.extrasLength)
  view.setUint8(5, header.datatype)
  view.setUint16(6, header.vbucketOrStatus)
  view.setUint32(8, header.bodyLength)
  view.setUint32(12, header.opaque)
  view.setBigUint64(16, header.cas)
  return bytes
}

function isMagic(byte: number): byte is Magic {
  return magics.has(byte)
}

function requireFit(value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`a length of ${value} exceeds ${max}`)
}
