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
} from './wasm-assembler.ts'

/**
 * The inner loop of the buzhash chunker as a WebAssembly module of about 370 bytes. It is three times as fast as the
 * same in JavaScript, and chunking is the one stage of a backup that cannot be spread over threads.
 *
 * The hash of the last 64 bytes is h(i) = P(i) ^ P(i−64), where P(i) = rotl(P(i−1), 1) ^ T[b(i)] is the hash over
 * everything so far: a byte that is 64 old has been rotated by 64 bits, which on 32 bits is not at all. So the first
 * loop computes P for a block, and the second looks for a break in four positions at a time.
 */

/** How many bytes one call takes. 16 KiB of P stay in the first-level cache. */
export const BLOCK_BYTES = 4096
/** The P of the 64 bytes before the block. */
export const HISTORY = 64

/** Layout of the memory: the table, P of the history, P of the block, the block's bytes. */
const TABLE_AT = 0
const HISTORY_AT = 1024
const SUMS_AT = HISTORY_AT + HISTORY * 4
const BLOCK_AT = SUMS_AT + BLOCK_BYTES * 4

// Locals of the function: three parameters, then its own.
const [length, mask, threshold, at, sum, word, masks, thresholds, hits] = [0, 1, 2, 3, 4, 5, 6, 7, 8]

/** sum = rotl(sum, 1) ^ T[byte]; P[at + byte] = sum. Byte 0…3 of `word`, whose index times four addresses the table. */
const hashByte = (byte: number) => [
  ...[...get(at), ...constant(2), ...i32.shiftLeft],
  ...[...get(sum), ...constant(1), ...i32.rotateLeft, ...get(word)],
  ...(byte === 0 ? [...constant(2), ...i32.shiftLeft] : [...constant(8 * byte - 2), ...i32.shiftRightUnsigned]),
  ...[...constant(0xff << 2), ...i32.and, ...load(TABLE_AT), ...i32.xor, ...tee(sum), ...store(SUMS_AT + 4 * byte)],
]

/** hits |= ((P[i] ^ P[i − 64]) & mask) >= threshold, for four positions at once. `at` counts bytes of P here. */
const testFour = (offset: number) => [
  ...[...get(hits), ...get(at), ...loadVector(SUMS_AT + offset), ...get(at), ...loadVector(HISTORY_AT + offset)],
  ...[...i32x4.xor, ...get(masks), ...i32x4.and],
  ...[...get(thresholds), ...i32x4.greaterOrEqualSigned, ...i32x4.or, ...set(hits)],
]

const body = [
  ...[...constant(0), ...load(SUMS_AT - 4), ...set(sum)],
  ...loopWhile(
    [...get(at), ...load(BLOCK_AT), ...set(word), ...[0, 1, 2, 3].flatMap(hashByte)],
    [...get(at), ...constant(4), ...i32.add, ...tee(at), ...get(length), ...i32.lessThanUnsigned],
  ),
  ...[...get(mask), ...i32x4.splat, ...set(masks), ...get(threshold), ...i32x4.splat, ...set(thresholds)],
  ...[...constant(0), ...set(at), ...get(length), ...constant(2), ...i32.shiftLeft, ...set(length)],
  ...loopWhile([0, 16, 32, 48].flatMap(testFour), [
    ...[...get(at), ...constant(64), ...i32.add, ...tee(at), ...get(length), ...i32.lessThanUnsigned],
  ]),
  ...[...get(hits), ...i32x4.anyTrue],
]

/** One instance is the state of one hash. */
export interface BuzhashWasm {
  /** The block's bytes. */
  readonly block: Uint8Array
  /** P of everything, history first: position i of the block is at HISTORY + i. */
  readonly sums: Int32Array
  /**
   * Hashes the first `length` (1…BLOCK_BYTES) bytes of the block. Returns 0 when `(h & mask) < threshold` everywhere;
   * up to 63 positions behind the block take part in that, so 1 means "look". The caller then moves the history on.
   */
  run(length: number, mask: number, threshold: number): number
}

export function instantiateBuzhash(table: Uint32Array): BuzhashWasm {
  const { memory, run } = instantiate({ parameters: 3, words: 3, vectors: 3, body })
  new Uint32Array(memory.buffer, TABLE_AT, table.length).set(table)
  return {
    block: new Uint8Array(memory.buffer, BLOCK_AT, BLOCK_BYTES),
    sums: new Int32Array(memory.buffer, HISTORY_AT, HISTORY + BLOCK_BYTES),
    run,
  }
}
