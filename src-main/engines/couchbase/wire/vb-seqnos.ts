import { ProtocolError } from '../../../../src-shared/errors.ts'
import { FORMAT } from './header.ts'

/** GET_ALL_VB_SEQNOS answers with rows of vbucket (u16) and sequence number (u64), big-endian (spec couchbase §9.4). */
const ROW_BYTES = 10

export function decodeVbSeqnos(value: Uint8Array): ReadonlyMap<number, bigint> {
  if (value.length % ROW_BYTES !== 0) {
    throw new ProtocolError(FORMAT, 'sequence numbers', value.length, 'the last row is cut off')
  }
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  const found = new Map<number, bigint>()
  for (let at = 0; at < value.length; at += ROW_BYTES) found.set(view.getUint16(at), view.getBigUint64(at + 2))
  return found
}

export function encodeVbSeqnos(seqnos: Iterable<readonly [number, bigint]>): Uint8Array {
  const rows = [...seqnos]
  const bytes = Buffer.alloc(rows.length * ROW_BYTES)
  rows.forEach(([vbid, seqno], index) => {
    bytes.writeUInt16BE(vbid, index * ROW_BYTES)
    bytes.writeBigUInt64BE(seqno, index * ROW_BYTES + 2)
  })
  return bytes
}
