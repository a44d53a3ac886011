import { ProtocolError } from '../../../../src-shared/errors.ts'
import { FORMAT } from './header.ts'

/** One item of the framing extras of a flex packet (spec couchbase §2.2). */
export interface FrameInfo {
  readonly id: number
  readonly data: Uint8Array
}

/** A nibble of 15 says: 15 plus the next byte. */
const ESCAPE = 15
const MAX_ESCAPED = ESCAPE + 0xff

/** Ids of frame infos that come with answers. */
export const responseFrameId = { serverDuration: 0, readUnits: 1, writeUnits: 2, throttleDuration: 3 } as const

export function decodeFrameInfos(bytes: Uint8Array): readonly FrameInfo[] {
  const items: FrameInfo[] = []
  let at = 0
  const byte = (): number => {
    const value = bytes[at]
    if (value === undefined) throw new ProtocolError(FORMAT, 'framing extras', at, 'an item is cut off')
    at += 1
    return value
  }
  while (at < bytes.length) {
    const nibbles = byte()
    const id = nibbles >>> 4 === ESCAPE ? ESCAPE + byte() : nibbles >>> 4
    const length = (nibbles & 0x0f) === ESCAPE ? ESCAPE + byte() : nibbles & 0x0f
    if (at + length > bytes.length) {
      throw new ProtocolError(FORMAT, 'framing extras', at, `an item of ${length} bytes is cut off`)
    }
    items.push({ id, data: bytes.subarray(at, at + length) })
    at += length
  }
  return items
}

/** @throws RangeError when an id or a length cannot be written. */
export function encodeFrameInfos(items: readonly FrameInfo[]): Uint8Array {
  const bytes: number[] = []
  for (const { id, data } of items) {
    if (id > MAX_ESCAPED || data.length > MAX_ESCAPED) throw new RangeError('a frame info that cannot be written')
    bytes.push((Math.min(id, ESCAPE) << 4) | Math.min(data.length, ESCAPE))
    if (id >= ESCAPE) bytes.push(id - ESCAPE)
    if (data.length >= ESCAPE) bytes.push(data.length - ESCAPE)
    bytes.push(...data)
  }
  return Uint8Array.from(bytes)
}

/** How long the server took, in microseconds: two bytes hold it roughly, encoded^1.74 / 2. */
export function serverDurationUs(items: readonly FrameInfo[]): number | undefined {
  const item = items.find(({ id, data }) => id === responseFrameId.serverDuration && data.length === 2)
  if (item === undefined) return undefined
  const [high = 0, low = 0] = item.data
  return (high * 256 + low) ** 1.74 / 2
}
