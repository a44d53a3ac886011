import { decodeHeader, encodeHeader, HEADER_BYTES, type Header, magic } from './header.ts'

/** A whole packet. The parts are views of what arrived: whoever keeps one keeps all of it. */
export interface Packet {
  readonly header: Header
  readonly framingExtras: Uint8Array
  readonly extras: Uint8Array
  readonly key: Uint8Array
  readonly value: Uint8Array
}

const nothing = new Uint8Array()

interface PacketParts {
  readonly opcode: number
  readonly opaque: number
  readonly datatype?: number | undefined
  readonly cas?: bigint | undefined
  readonly framingExtras?: Uint8Array | undefined
  readonly extras?: Uint8Array | undefined
  readonly key?: Uint8Array | undefined
  readonly value?: Uint8Array | undefined
}

export interface RequestParts extends PacketParts {
  readonly vbucket?: number | undefined
}

export interface ResponseParts extends PacketParts {
  readonly status: number
}

/** Written with the flex magic when there are framing extras. */
export function encodeRequest(parts: RequestParts): Uint8Array {
  return encode(parts, parts.framingExtras ? magic.flexRequest : magic.request, parts.vbucket ?? 0)
}

export function encodeResponse(parts: ResponseParts): Uint8Array {
  return encode(parts, parts.framingExtras ? magic.flexResponse : magic.response, parts.status)
}

/** The header of an answer whose value follows in pieces. */
export function encodeStreamHeader(parts: { opcode: number; opaque: number; bodyLength: number }): Uint8Array {
  return encodeHeader({
    magic: magic.response,
    framingExtrasLength: 0,
    keyLength: 0,
    extrasLength: 0,
    datatype: 0,
    vbucketOrStatus: 0,
    cas: 0n,
    ...parts,
  })
}

/** Cuts a body into its parts. `decodeHeader` has seen to it that they fit. */
export function splitBody(header: Header, body: Uint8Array): Packet {
  const extrasAt = header.framingExtrasLength
  const keyAt = extrasAt + header.extrasLength
  const valueAt = keyAt + header.keyLength
  return {
    header,
    framingExtras: body.subarray(0, extrasAt),
    extras: body.subarray(extrasAt, keyAt),
    key: body.subarray(keyAt, valueAt),
    value: body.subarray(valueAt),
  }
}

/** The packet at the start of `bytes`, undefined while it is not there as a whole. */
export function decodePacket(bytes: Uint8Array, maxFrameBytes: number): Packet | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const header = decodeHeader(bytes, maxFrameBytes)
  const end = HEADER_BYTES + header.bodyLength
  if (bytes.length < end) return undefined
  return splitBody(header, bytes.subarray(HEADER_BYTES, end))
}

export function packetBytes({ header }: Packet): number {
  return HEADER_BYTES + header.bodyLength
}

function encode(parts: PacketParts, first: Header['magic'], vbucketOrStatus: number): Uint8Array {
  const { framingExtras = nothing, extras = nothing, key = nothing, value = nothing } = parts
  const header = encodeHeader({
    magic: first,
    opcode: parts.opcode,
    framingExtrasLength: framingExtras.length,
    keyLength: key.length,
    extrasLength: extras.length,
    datatype: parts.datatype ?? 0,
    vbucketOrStatus,
    bodyLength: framingExtras.length + extras.length + key.length + value.length,
    opaque: parts.opaque,
    cas: parts.cas ?? 0n,
  })
  return Buffer.concat([header, framingExtras, extras, key, value])
}
