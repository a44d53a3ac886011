import { BUZHASH_TABLE } from '../../../storage/buzhash-table.ts'
import {
  type Code,
  constant,
  doIf,
  get,
  i32,
  instantiate,
  leave,
  load,
  loopWhile,
  set,
  store,
  tee,
} from '../../../storage/wasm-assembler.ts'
import { chunkerWindow } from './chunk-sizes.ts'

/**
 * The rolling hash of spec casync §9 and the search for places where it says "cut": where hash mod d is d − 1.
 *
 * A byte that comes is looked up in the table, and one that goes in a second table, the first turned by 48, which is 16 on
 * 32 bits. h mod d = d − 1 is where h + 1 is a multiple of d, and for this there is a test without a division: with
 * d = 2^k · o, multiply by the inverse of o modulo 2^32 and rotate right by k; multiples of d, and no other numbers, become
 * at most (2^32 − 1) / d. It errs only for h + 1 = 2^32, which it takes for 0: what it finds is looked at once more.
 * The code is made for one d, so that all of these are constants in it.
 */

/** How many bytes are looked at in one call. */
const blockBytes = 32 << 10

/** Layout of the memory: both tables, the hash, the window before the block, the block. */
const turnedAt = 1024
const hashAt = 2048
const blockAt = 2112

// Locals of the function: three parameters, then its own.
const [at, end, hash, coming, going] = [0, 1, 2, 3, 4]

/** One of the four bytes of a word, looked up in a table of words. */
const lookUp = (word: number, byte: number, table: number): Code => [
  ...get(word),
  ...(byte === 0 ? [...constant(2), ...i32.shiftLeft] : [...constant(8 * byte - 2), ...i32.shiftRightUnsigned]),
  ...[...constant(0xff << 2), ...i32.and, ...load(table)],
]

const keepHash: Code = [...constant(0), ...get(hash), ...store(hashAt)]

/** Takes whole words from `at` to `end`: where there may be a cut, or −1. The hash of this place is in the memory. */
function searchLoop(divisor: number): Code {
  const shift = 31 - Math.clz32(divisor & -divisor)
  const inverse = inverseOf(divisor >>> shift)
  const largest = Math.floor(0xffff_ffff / divisor)
  const isCut = [
    ...[...get(hash), ...constant(inverse), ...i32.multiply, ...constant(inverse), ...i32.add],
    ...(shift === 0 ? [] : [...constant(shift), ...i32.rotateRight]),
    ...[...constant(largest), ...i32.lessOrEqualUnsigned],
  ]
  const takeByte = (byte: number): Code => [
    ...[...lookUp(coming, byte, 0), ...lookUp(going, byte, turnedAt), ...i32.xor],
    ...[...get(hash), ...constant(1), ...i32.rotateLeft, ...i32.xor, ...set(hash)],
    ...doIf(isCut, [...keepHash, ...get(at), ...constant(byte), ...i32.add, ...leave]),
  ]
  return [
    ...loopWhile(
      [
        ...[...get(at), ...load(0), ...set(coming)],
        ...[...get(at), ...constant(-chunkerWindow), ...i32.add, ...load(0), ...set(going)],
        ...[0, 1, 2, 3].flatMap(takeByte),
      ],
      [...get(at), ...constant(4), ...i32.add, ...tee(at), ...get(end), ...i32.lessThanUnsigned],
    ),
    ...[...keepHash, ...constant(-1)],
  ]
}

export class CasyncBuzhash {
  readonly #divisor: number
  readonly #search: (at: number, end: number, hash: number) => number
  readonly #memory: Uint8Array
  readonly #turned: Uint32Array
  /** The hash that the search ended with. */
  readonly #found: Int32Array
  #hash = 0

  constructor(divisor: number) {
    this.#divisor = divisor
    const { memory, run } = instantiate({ parameters: 3, words: 2, vectors: 0, body: searchLoop(divisor) })
    this.#search = run
    this.#memory = new Uint8Array(memory.buffer)
    this.#found = new Int32Array(memory.buffer, hashAt, 1)
    new Uint32Array(memory.buffer, 0, BUZHASH_TABLE.length).set(BUZHASH_TABLE)
    this.#turned = new Uint32Array(memory.buffer, turnedAt, BUZHASH_TABLE.length)
    this.#turned.set(BUZHASH_TABLE.map((word) => rotateLeft(word, chunkerWindow % 32)))
  }

  /** Forgets everything and takes `bytes[from…from + 48)`, the first full window. True when it makes a cut. */
  start(bytes: Uint8Array, from: number): boolean {
    this.#hash = 0
    for (let at = from; at < from + chunkerWindow; at++) this.#hash = rotateLeft(this.#hash, 1) ^ tableWord(bytes, at)
    return this.#isCut()
  }

  /**
   * The first place in `from…to` whose byte makes a cut, or −1. `bytes[from − 48…from)` are those that it, or `start`, took
   * last. After a cut the hash is started again.
   */
  find(bytes: Uint8Array, from: number, to: number): number {
    for (let next = from; next < to; next += blockBytes) {
      const length = Math.min(blockBytes, to - next)
      this.#memory.set(bytes.subarray(next - chunkerWindow, next + length), blockAt - chunkerWindow)
      const found = this.#findInBlock(blockAt + length)
      if (found >= 0) return next + found - blockAt
    }
    return -1
  }

  #findInBlock(end: number): number {
    let next = blockAt
    while (end - next >= 4) {
      const lastWord = end - ((end - next) % 4)
      const found = this.#search(next, lastWord, this.#hash)
      this.#hash = this.#found[0]! // a view of one word
      if (found >= 0 && this.#isCut()) return found
      next = found >= 0 ? found + 1 : lastWord
    }
    for (; next < end; next++) {
      const gone = this.#turned[this.#memory[next - chunkerWindow]!]! // both are inside: a block follows its window
      this.#hash = rotateLeft(this.#hash, 1) ^ gone ^ tableWord(this.#memory, next)
      if (this.#isCut()) return next
    }
    return -1
  }

  /** The rule itself. */
  #isCut(): boolean {
    return (this.#hash >>> 0) % this.#divisor === this.#divisor - 1
  }
}

function tableWord(bytes: Uint8Array, at: number): number {
  return BUZHASH_TABLE[bytes[at]!]! // a word for every byte; the callers stay inside
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** Of an odd number, modulo 2^32: every step of Newton's method doubles the number of right bits, from three on. */
function inverseOf(odd: number): number {
  let result = odd
  for (let bits = 3; bits < 32; bits *= 2) result = Math.imul(result, 2 - Math.imul(odd, result))
  return result
}
