import { ProtocolError } from '../../../src-shared/errors.ts'

/** Longest encodings: 64 bits in groups of 7, and a final zero for negative numbers. */
const maxVarintBytes = 10
const maxNegativeBytes = 11

const maxU64 = 2n ** 64n - 1n

/** Spec pbs §7.9: 7 bits a byte, low first, bit 7 set when more follow. */
export function encodeVarint(value: bigint | number, into: number[]): void {
  let rest = BigInt(value)
  if (rest < 0n || rest > maxU64) throw new RangeError(`${value} is not an unsigned number of 64 bits`)
  while (rest >= 0x80n) {
    into.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  into.push(Number(rest))
}

/** Signed: a negative number is its magnitude with bit 7 set in every byte, then a zero. */
export function encodeSignedVarint(value: bigint, into: number[]): void {
  if (value >= 0n) {
    encodeVarint(value, into)
    return
  }
  for (let rest = -value; rest > 0n; rest >>= 7n) into.push(Number(rest & 0x7fn) | 0x80)
  into.push(0)
}

/** Goes through bytes that are all there. `offset` is where they are in the catalog, for messages. */
export class CatalogCursor {
  readonly #bytes: Uint8Array
  readonly #offset: bigint
  at = 0

  constructor(bytes: Uint8Array, offset: bigint) {
    this.#bytes = bytes
    this.#offset = offset
  }

  get position(): bigint {
    return this.#offset + BigInt(this.at)
  }

  get leftBytes(): number {
    return this.#bytes.length - this.at
  }

  byte(field: string): number {
    const byte = this.#bytes[this.at]
    if (byte === undefined) throw corrupt(field, this.position, 'is cut off')
    this.at++
    return byte
  }

  /** A copy. */
  take(count: number, field: string): Uint8Array {
    if (count > this.leftBytes) throw corrupt(field, this.position, `${count} bytes do not fit`)
    const part = this.#bytes.slice(this.at, this.at + count)
    this.at += count
    return part
  }

  varint(field: string): bigint {
    const { position } = this
    let value = 0n
    for (let i = 0; i < maxVarintBytes; i++) {
      const byte = this.byte(field)
      value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte >= 0x80) continue
      if (value > maxU64) break
      return value
    }
    throw corrupt(field, position, 'is not a number of 64 bits')
  }

  /** A length or count, of which each takes at least one byte of what is left. */
  length(field: string): number {
    const { position } = this
    const value = this.varint(field)
    if (value > BigInt(this.leftBytes)) throw corrupt(field, position, `${value} is more than there is`)
    return Number(value)
  }

  signedVarint(field: string): bigint {
    const { position } = this
    let value = 0n
    for (let i = 0; i < maxNegativeBytes; i++) {
      const byte = this.byte(field)
      const isNegative = byte === 0 && i > 0
      if (!isNegative) value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte >= 0x80) continue
      const signed = isNegative ? -value : value
      if (BigInt.asIntN(64, signed) !== signed) break
      return signed
    }
    throw corrupt(field, position, 'is not a signed number of 64 bits')
  }
}

export function corrupt(field: string, offset: bigint | number, problem: string): ProtocolError {
  return new ProtocolError('pcat1', field, offset, problem)
}
