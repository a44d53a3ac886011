import { randomBytes } from 'node:crypto'

/** Crockford's base 32. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const randomBits = 80n

/**
 * Makes ids in the order of time (section 6.4): 48 bits of milliseconds, 80 of chance. Two of one millisecond, or made after the
 * clock went back, still sort as they were made: the later is the earlier plus one.
 */
export function createUlids(now: () => number): () => string {
  let last = 0n
  return () => {
    const fresh = (BigInt(now()) << randomBits) | BigInt(`0x${randomBytes(10).toString('hex')}`)
    last = fresh >> randomBits > last >> randomBits ? fresh : last + 1n
    return encode(last)
  }
}

function encode(value: bigint): string {
  let text = ''
  for (let shift = 125n; shift >= 0n; shift -= 5n) text += alphabet[Number((value >> shift) & 31n)] ?? ''
  return text
}
