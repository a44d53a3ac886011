import { ProtocolError } from '../../../../src-shared/errors.ts'
import { FORMAT } from './header.ts'

/** Features negotiated by HELLO (spec couchbase §3.2). */
export const feature = {
  tcpNodelay: 0x03,
  xerror: 0x07,
  selectBucket: 0x08,
  snappy: 0x0a,
  json: 0x0b,
  tracing: 0x0f,
} as const

export function encodeFeatures(codes: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(codes.length * 2)
  codes.forEach((code, index) => {
    bytes.writeUInt16BE(code, index * 2)
  })
  return bytes
}

export function decodeFeatures(value: Uint8Array): readonly number[] {
  if (value.length % 2 !== 0) throw new ProtocolError(FORMAT, 'HELLO value', value.length, 'an odd number of bytes')
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  return Array.from({ length: value.length / 2 }, (_, index) => view.getUint16(index * 2))
}
