import type { RandomAccess } from '../random-access.ts'
import { Section } from '../section.ts'
import { corrupt, headerBytes, itemType, readHeader } from './items.ts'
import type { PayloadRef } from './payload-ref.ts'

/** The content that a reference of a split archive leads to, after a look at the PAYLOAD header there (spec pbs §7.5). */
export async function openPayload(
  payload: RandomAccess,
  { offset, sizeBytes }: PayloadRef,
  signal: AbortSignal,
): Promise<Section> {
  const start = offset + BigInt(headerBytes)
  if (offset < BigInt(headerBytes) || start + sizeBytes > payload.sizeBytes) {
    throw corrupt('PAYLOAD_REF', offset, `leads out of the payload stream, which has ${payload.sizeBytes} bytes`)
  }
  const bytes = await payload.read(offset, headerBytes, signal)
  if (bytes.length < headerBytes) throw corrupt('PAYLOAD', offset, 'the payload stream is too short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const header = readHeader(view, 0, Number(offset))
  if (header.type !== itemType.payload || BigInt(header.bodyBytes) !== sizeBytes) {
    throw corrupt('PAYLOAD', offset, `is not the header of a content of ${sizeBytes} bytes`)
  }
  return new Section(payload, start, sizeBytes)
}
