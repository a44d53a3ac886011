/**
 * The inner loop of the buzhash chunker as a WebAssembly module of about 300 bytes, put together here instruction by
 * instruction, so that there is no binary and no compiler to trust. It is three times as fast as the same in
 * JavaScript, and chunking is the one stage of a backup that cannot be spread over threads.
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
export const TABLE_AT = 0
export const HISTORY_AT = 1024
const SUMS_AT = HISTORY_AT + HISTORY * 4
export const BLOCK_AT = SUMS_AT + BLOCK_BYTES * 4

export interface BuzhashExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  /**
   * Hashes the first `length` (1…BLOCK_BYTES) bytes of the block. Returns 0 when `(h & mask) < threshold` everywhere;
   * up to 63 positions behind the block take part in that, so 1 means "look". The caller then moves the history on.
   */
  hash(length: number, mask: number, threshold: number): number
}

/** The little of the global that is used: neither Node's types nor the compiler's libraries without DOM declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

// Locals of the function: three parameters, then its own.
const [length, mask, threshold, at, sum, word, masks, thresholds, hits] = [0, 1, 2, 3, 4, 5, 6, 7, 8]
const I32 = 0x7f
const V128 = 0x7b
const EMPTY = 0x40

const get = (local: number) => [0x20, local]
const set = (local: number) => [0x21, local]
const tee = (local: number) => [0x22, local]
const constant = (value: number) => [0x41, ...signedLeb(value)]
const load32 = (offset: number) => [0x28, 2, ...leb(offset)]
const store32 = (offset: number) => [0x36, 2, ...leb(offset)]
const loadVector = (offset: number) => [0xfd, 0, 4, ...leb(offset)]
const vector = (operation: number) => [0xfd, ...leb(operation)]
const loopWhile = (body: number[], condition: number[]) => [0x03, EMPTY, ...body, ...condition, 0x0d, 0, 0x0b]

const shl = [0x74]
const shrU = [0x76]
const and = [0x71]
const xor = [0x73]
const rotl = [0x77]
const add = [0x6a]
const ltU = [0x49]
const splat = vector(17)
const vectorAnd = vector(78)
const vectorOr = vector(80)
const vectorXor = vector(81)
const anyTrue = vector(83)
const greaterOrEqual = vector(63)

/** sum = rotl(sum, 1) ^ T[byte]; P[at + byte] = sum. Byte 0…3 of `word`, whose index times four addresses the table. */
const hashByte = (byte: number) => [
  ...[...get(at), ...constant(2), ...shl],
  ...[...get(sum), ...constant(1), ...rotl],
  ...[...get(word), ...(byte === 0 ? [...constant(2), ...shl] : [...constant(8 * byte - 2), ...shrU])],
  ...[...constant(0xff << 2), ...and, ...load32(TABLE_AT), ...xor, ...tee(sum), ...store32(SUMS_AT + 4 * byte)],
]

/** hits |= ((P[i] ^ P[i − 64]) & mask) >= threshold, for four positions at once. `at` counts bytes of P here. */
const testFour = (offset: number) => [
  ...[...get(hits), ...get(at), ...loadVector(SUMS_AT + offset), ...get(at), ...loadVector(HISTORY_AT + offset)],
  ...[...vectorXor, ...get(masks), ...vectorAnd, ...get(thresholds), ...greaterOrEqual, ...vectorOr, ...set(hits)],
]

const code = [
  ...[...constant(0), ...load32(SUMS_AT - 4), ...set(sum)],
  ...loopWhile(
    [...get(at), ...load32(BLOCK_AT), ...set(word), ...[0, 1, 2, 3].flatMap(hashByte)],
    [...get(at), ...constant(4), ...add, ...tee(at), ...get(length), ...ltU],
  ),
  ...[...get(mask), ...splat, ...set(masks), ...get(threshold), ...splat, ...set(thresholds)],
  ...[...constant(0), ...set(at), ...get(length), ...constant(2), ...shl, ...set(length)],
  ...loopWhile([0, 16, 32, 48].flatMap(testFour), [
    ...get(at),
    ...constant(64),
    ...add,
    ...tee(at),
    ...get(length),
    ...ltU,
  ]),
  ...[...get(hits), ...anyTrue],
]

/** P of everything, history first: position i of the block is at HISTORY + i. */
export function sumsOf({ memory }: BuzhashExports): Int32Array {
  return new Int32Array(memory.buffer, HISTORY_AT, HISTORY + BLOCK_BYTES)
}

/** One instance is the state of one hash. It has no imports and 64 KiB of memory. */
export function instantiateBuzhash(table: Uint32Array): BuzhashExports {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(assemble()))
  const exports = instance.exports as BuzhashExports // the export section below
  new Uint32Array(exports.memory.buffer, TABLE_AT, table.length).set(table)
  return exports
}

function assemble(): Uint8Array<ArrayBuffer> {
  const body = [...[2, 3, I32, 3, V128], ...code, 0x0b] // two kinds of locals, three of each
  const memory = [1, 1, 1, 1] // one, at least and at most one page
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, I32, I32, I32, 1, I32]),
    ...section(3, [1, 0]),
    ...section(5, memory),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('hash'), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ])
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content]
}

function name(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)]
}

/** WebAssembly's unsigned numbers: seven bits a byte, low first. */
function leb(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest]
    bytes.push((rest & 0x7f) | 0x80)
  }
}

/** The same for signed numbers, of which only non-negative ones occur here: bit 6 of the last byte is the sign. */
function signedLeb(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x40) return [...bytes, rest]
    bytes.push((rest & 0x7f) | 0x80)
  }
}
