/**
 * BLAKE2b with its own keyed mode and a chosen length (RFC 7693). Node's OpenSSL has only the keyless one of 64 bytes, and
 * tokens are signed with a key and 32 bytes (section 5.2). Made for short messages: it counts in BigInt.
 */
const blockLength = 128
const rounds = 12
const mask = 0xffff_ffff_ffff_ffffn

/** RFC 7693 section 2.6: the fractions of the square roots of the first primes, as for SHA-512. */
const initial = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
] as const

/** RFC 7693 section 2.7; rounds ten and eleven repeat the first two. */
const schedule = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
] as const

/** Columns, then diagonals. */
const quarters = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const

export interface Blake2bOptions {
  /** Up to 64 bytes; empty for the keyless mode. */
  readonly key?: Uint8Array
  /** 1 to 64. */
  readonly length: number
}

export function blake2b(message: Uint8Array, { key = new Uint8Array(), length }: Blake2bOptions): Uint8Array {
  if (key.length > 64 || length < 1 || length > 64)
    throw new RangeError('BLAKE2b takes keys up to 64 and gives 1 to 64 bytes')
  const state = BigUint64Array.from(initial)
  state[0] = (state[0] ?? 0n) ^ 0x0101_0000n ^ (BigInt(key.length) << 8n) ^ BigInt(length)
  const data = key.length === 0 ? message : Buffer.concat([key, Buffer.alloc(blockLength - key.length), message])
  // A whole last block is compressed as the last, and nothing at all is one empty block.
  for (let at = 0; ; at += blockLength) {
    const isLast = data.length - at <= blockLength
    const block = Buffer.alloc(blockLength)
    block.set(data.subarray(at, at + blockLength))
    compress(state, block, BigInt(isLast ? data.length : at + blockLength), isLast)
    if (isLast) break
  }
  const result = Buffer.alloc(64)
  for (const [i, word] of state.entries()) result.writeBigUInt64LE(word, i * 8)
  return Uint8Array.from(result.subarray(0, length))
}

function compress(state: BigUint64Array, block: Buffer, counter: bigint, isLast: boolean): void {
  const words = Array.from({ length: 16 }, (_, i) => block.readBigUInt64LE(i * 8))
  const work = [...state, ...initial]
  const get = (i: number): bigint => work[i] ?? 0n
  work[12] = get(12) ^ counter
  if (isLast) work[14] = get(14) ^ mask
  for (let round = 0; round < rounds; round++) {
    const order = schedule[round % schedule.length] ?? schedule[0]
    for (const [i, [a, b, c, d]] of quarters.entries()) {
      const x = words[order[2 * i] ?? 0] ?? 0n
      const y = words[order[2 * i + 1] ?? 0] ?? 0n
      work[a] = (get(a) + get(b) + x) & mask
      work[d] = rotate(get(d) ^ get(a), 32n)
      work[c] = (get(c) + get(d)) & mask
      work[b] = rotate(get(b) ^ get(c), 24n)
      work[a] = (get(a) + get(b) + y) & mask
      work[d] = rotate(get(d) ^ get(a), 16n)
      work[c] = (get(c) + get(d)) & mask
      work[b] = rotate(get(b) ^ get(c), 63n)
    }
  }
  for (let i = 0; i < 8; i++) state[i] = (state[i] ?? 0n) ^ get(i) ^ get(i + 8)
}

function rotate(word: bigint, bits: bigint): bigint {
  return ((word >> bits) | (word << (64n - bits))) & mask
}
