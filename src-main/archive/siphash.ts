/** The 16 bytes of a key as two little-endian words, in 32-bit halves. */
export interface SipHashKey {
  readonly key0: { readonly low: number; readonly high: number }
  readonly key1: { readonly low: number; readonly high: number }
}

/**
 * SipHash-2-4 of some bytes, into `into[0]` (low half) and `into[1]` (high half). In 32-bit halves: the same with bigint
 * takes about fifty times as long, and it runs once for every entry of a backup.
 */
export function sipHash24({ key0, key1 }: SipHashKey, bytes: Uint8Array, into: Uint32Array): void {
  const { length } = bytes
  const words = length >>> 3
  let v0l = key0.low ^ 0x70736575
  let v0h = key0.high ^ 0x736f6d65
  let v1l = key1.low ^ 0x6e646f6d
  let v1h = key1.high ^ 0x646f7261
  let v2l = key0.low ^ 0x6e657261
  let v2h = key0.high ^ 0x6c796765
  let v3l = key1.low ^ 0x79746573
  let v3h = key1.high ^ 0x74656462

  // Whole words, then the word of the rest and the length, then the finalization.
  for (let word = 0; word <= words + 1; word++) {
    let ml = 0
    let mh = 0
    let rounds = 2
    if (word <= words) {
      ml = bytesAt(bytes, word * 8)
      mh = bytesAt(bytes, word * 8 + 4)
      if (word === words) mh |= length << 24
      v3l ^= ml
      v3h ^= mh
    } else {
      v2l ^= 0xff
      rounds = 4
    }
    for (; rounds > 0; rounds--) {
      let sum = (v0l >>> 0) + (v1l >>> 0)
      v0l = sum | 0
      v0h = (v0h + v1h + (sum > 0xffffffff ? 1 : 0)) | 0
      let low = (v1l << 13) | (v1h >>> 19)
      v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0h
      v1l = low ^ v0l
      low = v0h
      v0h = v0l
      v0l = low

      sum = (v2l >>> 0) + (v3l >>> 0)
      v2l = sum | 0
      v2h = (v2h + v3h + (sum > 0xffffffff ? 1 : 0)) | 0
      low = (v3l << 16) | (v3h >>> 16)
      v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h
      v3l = low ^ v2l

      sum = (v0l >>> 0) + (v3l >>> 0)
      v0l = sum | 0
      v0h = (v0h + v3h + (sum > 0xffffffff ? 1 : 0)) | 0
      low = (v3l << 21) | (v3h >>> 11)
      v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h
      v3l = low ^ v0l

      sum = (v2l >>> 0) + (v1l >>> 0)
      v2l = sum | 0
      v2h = (v2h + v1h + (sum > 0xffffffff ? 1 : 0)) | 0
      low = (v1l << 17) | (v1h >>> 15)
      v1h = ((v1h << 17) | (v1l >>> 15)) ^ v2h
      v1l = low ^ v2l
      low = v2h
      v2h = v2l
      v2l = low
    }
    v0l ^= ml
    v0h ^= mh
  }
  into[0] = v0l ^ v1l ^ v2l ^ v3l
  into[1] = v0h ^ v1h ^ v2h ^ v3h
}

/** Four bytes as a little-endian word, zeros behind the end. */
function bytesAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
}
