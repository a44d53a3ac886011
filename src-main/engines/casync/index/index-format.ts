import type { HoldfastError } from '../../../../src-shared/errors.ts'
import { featureProblem } from '../../../archive/catar/feature-flags.ts'
import { damaged } from '../../../storage/damage.ts'
import { type ChunkSizes, maxChunkBytes } from '../chunker/chunk-sizes.ts'

/**
 * .caidx and .caibx (spec casync §6): header, table header, one item a chunk, tail. All little-endian. Item and tail are
 * of one length, and only a tail begins with zeros, since the end of a chunk is above 0.
 */
export const indexHeaderBytes = 64
export const indexItemBytes = 40
export const itemDigestOffset = 8

const headerSize = 48n
const headerMagic = 0x96824d9c7b129ff9n
const tableSize = 2n ** 64n - 1n
const tableMagic = 0xe75b9e112f17417dn
const tailMarker = 0x4b4f050e5549ecd1n
const tableHeaderBytes = 16

/** Ours: 2.5 GiB of index, a stream of 4 TiB in the chunks of 64 KiB that casync makes by default. */
export const maxIndexItems = 1 << 26

/** What an index says about the stream as a whole. */
export interface IndexHeader {
  readonly featureFlags: bigint
  readonly sizes: ChunkSizes
}

export function writeIndexHeader(view: DataView, { featureFlags, sizes }: IndexHeader): void {
  view.setBigUint64(0, headerSize, true)
  view.setBigUint64(8, headerMagic, true)
  view.setBigUint64(16, featureFlags, true)
  view.setBigUint64(24, BigInt(sizes.minBytes), true)
  view.setBigUint64(32, BigInt(sizes.averageBytes), true)
  view.setBigUint64(40, BigInt(sizes.maxBytes), true)
  view.setBigUint64(48, tableSize, true)
  view.setBigUint64(56, tableMagic, true)
}

/** The 64 bytes at the start of the view. */
export function readIndexHeader(view: DataView): IndexHeader {
  expectWord(view, 0, { at: 0, field: 'header size', expected: headerSize })
  expectWord(view, 8, { at: 8, field: 'header magic', expected: headerMagic })
  const featureFlags = view.getBigUint64(16, true)
  const problem = featureProblem(featureFlags)
  if (problem !== undefined) throw corruptIndex('feature flags', 16, problem)
  const [min = 0n, average = 0n, max = 0n] = [24, 32, 40].map((at) => view.getBigUint64(at, true))
  if (min < 1n) throw corruptIndex('minimum', 24, 'is 0')
  if (average < min) throw corruptIndex('average', 32, `${average} is below the minimum`)
  if (max < average) throw corruptIndex('maximum', 40, `${max} is below the average`)
  if (max > BigInt(maxChunkBytes)) throw corruptIndex('maximum', 40, `${max} is above 128 MiB`)
  expectWord(view, 48, { at: 48, field: 'table size', expected: tableSize })
  expectWord(view, 56, { at: 56, field: 'table magic', expected: tableMagic })
  const sizes = { minBytes: Number(min), averageBytes: Number(average), maxBytes: Number(max) }
  return { featureFlags, sizes }
}

/** Of an index with so many items. */
export function writeIndexTail(view: DataView, at: number, count: number): void {
  view.setBigUint64(at, 0n, true)
  view.setBigUint64(at + 8, 0n, true)
  view.setBigUint64(at + 16, headerSize, true)
  view.setBigUint64(at + 24, tableBytesOf(count), true)
  view.setBigUint64(at + 32, tailMarker, true)
}

/** How far a reader has come. */
export interface ItemPlace {
  readonly count: number
  /** Where the chunk before ends. */
  readonly end: bigint
  readonly maxBytes: number
}

/** Checks the 40 bytes at `at`: where the chunk ends, or undefined when they are the tail. */
export function readIndexItem(view: DataView, at: number, { count, end, maxBytes }: ItemPlace): bigint | undefined {
  const offset = indexHeaderBytes + count * indexItemBytes
  const next = view.getBigUint64(at, true)
  if (next === 0n) {
    expectWord(view, at + 8, { at: offset + 8, field: 'tail', expected: 0n })
    expectWord(view, at + 16, { at: offset + 16, field: 'tail index offset', expected: headerSize })
    expectWord(view, at + 24, { at: offset + 24, field: 'tail table size', expected: tableBytesOf(count) })
    expectWord(view, at + 32, { at: offset + 32, field: 'tail marker', expected: tailMarker })
    return undefined
  }
  if (next <= end) throw corruptIndex('item end', offset, `${next} does not come after ${end}`)
  if (next - end > BigInt(maxBytes)) {
    throw corruptIndex('item end', offset, `makes a chunk of ${next - end} bytes, longer than ${maxBytes}`)
  }
  if (count >= maxIndexItems) throw corruptIndex('item', offset, `more than ${maxIndexItems} chunks`)
  return next
}

export function corruptIndex(field: string, offset: bigint | number, problem: string): HoldfastError {
  return damaged('index/corrupt', { format: 'casync index', field, offset, problem })
}

function tableBytesOf(count: number): bigint {
  return BigInt(tableHeaderBytes + count * indexItemBytes + indexItemBytes)
}

interface ExpectedWord {
  readonly at: number
  readonly field: string
  readonly expected: bigint
}

function expectWord(view: DataView, index: number, { at, field, expected }: ExpectedWord): void {
  const found = view.getBigUint64(index, true)
  if (found !== expected) throw corruptIndex(field, at, `0x${found.toString(16)} is not 0x${expected.toString(16)}`)
}
