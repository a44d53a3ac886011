import { corrupt, goodbyeMarker } from './records.ts'

/** The last 24 bytes of a GOODBYE, by which it is found from its end (spec casync §10.6). */
export interface GoodbyeTail {
  /** From the GOODBYE back to the ENTRY of its directory. */
  readonly entryDistance: bigint
  /** Of the whole record. */
  readonly sizeBytes: bigint
}

/** `offset` is where the tail is in the archive. */
export function readGoodbyeTail(view: DataView, at: number, offset: number): GoodbyeTail {
  const isTail =
    view.getUint32(at + 16, true) === goodbyeMarker.low && view.getUint32(at + 20, true) === goodbyeMarker.high
  if (!isTail) throw corrupt('GOODBYE tail', offset + 16, 'has no marker')
  return { entryDistance: view.getBigUint64(at, true), sizeBytes: view.getBigUint64(at + 8, true) }
}
