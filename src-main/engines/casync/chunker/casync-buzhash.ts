import { BUZHASH_TABLE } from '../../../storage/buzhash-table.ts'
import {
  constant,
  get,
  i32,
  i32x4,
  instantiate,
  load,
  loadVector,
  loopWhile,
  set,
  store,
  tee,
} from '../../../storage/wasm-assembler.ts'
import { chunkerWindow } from './chunk-sizes.ts'

/**
 * The rolling hash of spec casync §9 and the search for places where it says "cut": where hash mod d is d − 1.
 *
 * The hash of the last 48 bytes is h(i) = P(i) ^ rotl(P(i−48), 48), where P(i) = rotl(P(i−1), 1) ^ T[b(i)] is the hash over
 * everything so far, and 48 is 16 on 32 bits. So a first loop computes P for a block, and a second one looks at four
 * places at a time.
 *
 * h mod d = d − 1 is where h + 1 is a multiple of d, and for this there is a test without a division: with d = 2^k · o,
 * multiply by the inverse of o modulo 2^32 and rotate right by k; multiples of d, and no other numbers, become at most
 * (2^32 − 1) / d. It errs only for h + 1 = 2^32, which it takes for 0: what it finds is looked at once more.
 */

/** Room for the window, and round. */
const history = 64
const largestBlock = 4096
const smallestBlock = 64

/** Layout of the memory: the table, P of the history, P of the block, the block's bytes. */
const historyAt = 1024
const sumsAt = historyAt + history * 4
const blockAt = sumsAt + largestBlock * 4
const windowBytes = chunkerWindow * 4

// Locals of the function: four parameters, then its own.
const [length, inverse, shift, largest, at, sum, word, shiftBack] = [0, 1, 2, 3, 4, 5, 6, 7]
const [inverses, limits, ones, old, hits] = [8, 9, 10, 11, 12]

/** sum = rotl(sum, 1) ^ T[byte]; P[at + byte] = sum. Byte 0…3 of `word`, whose index times four addresses the table. */
const hashByte = (byte: number): number[] => [
  ...[...get(at), ...constant(2), ...i32.shiftLeft],
  ...[...get(sum), ...constant(1), ...i32.rotateLeft, ...get(word)],
  ...(byte === 0 ? [...constant(2), ...i32.shiftLeft] : [...constant(8 * byte - 2), ...i32.shiftRightUnsigned]),
  ...[...constant(0xff << 2), ...i32.and, ...load(0), ...i32.xor, ...tee(sum), ...store(sumsAt + 4 * byte)],
]

/** Looks at four places. `at` counts bytes of P here, `old` is P of 48 places before, then the product. */
const testFour = (offset: number): number[] => [
  ...[...get(at), ...loadVector(sumsAt + offset)],
  ...[...get(at), ...loadVector(sumsAt - windowBytes + offset), ...tee(old), ...constant(16), ...i32x4.shiftLeft],
  ...[...get(old), ...constant(16), ...i32x4.shiftRightUnsigned, ...i32x4.or, ...i32x4.xor],
  ...[...get(ones), ...i32x4.add, ...get(inverses), ...i32x4.multiply, ...tee(old)],
  ...[...get(shift), ...i32x4.shiftRightUnsigned, ...get(old), ...get(shiftBack), ...i32x4.shiftLeft, ...i32x4.or],
  ...[...get(limits), ...i32x4.lessOrEqualUnsigned, ...get(hits), ...i32x4.or, ...set(hits)],
]

/** Hashes the first `length` bytes of the block. Not 0 when there may be a cut; a few places behind it take part. */
const body = [
  ...[...constant(0), ...load(sumsAt - 4), ...set(sum)],
  ...loopWhile(
    [...get(at), ...load(blockAt), ...set(word), ...[0, 1, 2, 3].flatMap(hashByte)],
    [...get(at), ...constant(4), ...i32.add, ...tee(at), ...get(length), ...i32.lessThanUnsigned],
  ),
  ...[...get(inverse), ...i32x4.splat, ...set(inverses), ...get(largest), ...i32x4.splat, ...set(limits)],
  ...[...constant(1), ...i32x4.splat, ...set(ones)],
  // Shifts count modulo 32, so −k is as good as 32 − k, also for 0.
  ...[...constant(0), ...set(at), ...constant(-1), ...get(shift), ...i32.xor, ...constant(1), ...i32.add],
  ...[...set(shiftBack), ...get(length), ...constant(2), ...i32.shiftLeft, ...set(length)],
  ...loopWhile([0, 16, 32, 48].flatMap(testFour), [
    ...[...get(at), ...constant(64), ...i32.add, ...tee(at), ...get(length), ...i32.lessThanUnsigned],
  ]),
  ...[...get(hits), ...i32x4.anyTrue],
]

export class CasyncBuzhash {
  readonly #divisor: number
  readonly #shift: number
  readonly #inverse: number
  readonly #largest: number
  /** Small where cuts are near: what is hashed behind a cut is in vain. */
  readonly #blockBytes: number
  readonly #wasm = instantiate({ parameters: 4, words: 4, vectors: 5, body })
  readonly #block = new Uint8Array(this.#wasm.memory.buffer, blockAt, largestBlock)
  /** P, history first: place i of the block is at history + i. */
  readonly #sums = new Int32Array(this.#wasm.memory.buffer, historyAt, history + largestBlock)

  constructor(divisor: number) {
    this.#divisor = divisor
    this.#shift = 31 - Math.clz32(divisor & -divisor)
    this.#inverse = inverseOf(divisor >>> this.#shift)
    this.#largest = Math.floor(0xffff_ffff / divisor)
    this.#blockBytes = Math.min(Math.max(2 ** Math.floor(Math.log2(divisor) - 3), smallestBlock), largestBlock)
    new Uint32Array(this.#wasm.memory.buffer, 0, BUZHASH_TABLE.length).set(BUZHASH_TABLE)
  }

  /** Forgets everything and takes `bytes[from…from + 48)`, the first full window. True when it makes a cut. */
  start(bytes: Uint8Array, from: number): boolean {
    this.#sums.fill(0, 0, history)
    this.#hash(bytes, from, from + chunkerWindow)
    this.#advance(chunkerWindow)
    return this.#isCut(history - 1)
  }

  /** The first place in `from…to` whose byte makes a cut, or −1. After a cut the hash is started again. */
  find(bytes: Uint8Array, from: number, to: number): number {
    for (let next = from; next < to; next += this.#blockBytes) {
      const end = Math.min(next + this.#blockBytes, to)
      if (this.#hash(bytes, next, end)) {
        for (let i = 0; i < end - next; i++) if (this.#isCut(history + i)) return next + i
      }
      this.#advance(end - next)
    }
    return -1
  }

  #hash(bytes: Uint8Array, from: number, to: number): boolean {
    this.#block.set(bytes.subarray(from, to))
    return this.#wasm.run(to - from, this.#inverse, this.#shift, this.#largest) !== 0
  }

  /** The rule itself. Both places are inside: `place` is at least `history − 1`. */
  #isCut(place: number): boolean {
    const before = this.#sums[place - chunkerWindow]!
    const hash = this.#sums[place]! ^ ((before << 16) | (before >>> 16))
    return (hash >>> 0) % this.#divisor === this.#divisor - 1
  }

  #advance(count: number): void {
    this.#sums.copyWithin(0, count, count + history)
  }
}

/** Of an odd number, modulo 2^32: every step of Newton's method doubles the number of right bits, from three on. */
function inverseOf(odd: number): number {
  let result = odd
  for (let bits = 3; bits < 32; bits *= 2) result = Math.imul(result, 2 - Math.imul(odd, result))
  return result
}
