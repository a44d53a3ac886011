import { HoldfastError } from '../../../../src-shared/errors.ts'

/** How long chunks are: at least, on average, and at most. */
export interface ChunkSizes {
  readonly minBytes: number
  readonly averageBytes: number
  readonly maxBytes: number
}

/** No chunk is longer, in a store or in an index (spec casync §6, §7). */
export const maxChunkBytes = 128 << 20

/** How many bytes the rolling hash covers (§9). */
export const chunkerWindow = 48

const defaultAverageBytes = 65_536

/** `--chunk-size=AVG`: a quarter at least, four times at most. */
export function chunkSizesAround(averageBytes: number): ChunkSizes {
  return checkChunkSizes({
    minBytes: Math.max(1, Math.floor(averageBytes / 4)),
    averageBytes,
    maxBytes: Math.min(averageBytes * 4, maxChunkBytes),
  })
}

export const defaultChunkSizes: ChunkSizes = chunkSizesAround(defaultAverageBytes)

/** The value of casync's `--chunk-size`: `auto`, `AVG` or `MIN:AVG:MAX`, with suffixes. Throws `input/invalid`. */
export function parseChunkSizes(text: string): ChunkSizes {
  if (text === 'auto') return defaultChunkSizes
  const [first, second, third, ...rest] = text.split(':').map(parseSize)
  if (first !== undefined && second === undefined) return chunkSizesAround(first)
  if (first === undefined || second === undefined || third === undefined || rest.length > 0) {
    throw invalid(`${JSON.stringify(text)} is neither AVERAGE nor MIN:AVERAGE:MAX.`)
  }
  return checkChunkSizes({ minBytes: first, averageBytes: second, maxBytes: third })
}

/** Returns them when a chunker can keep them, else throws `input/invalid`. */
export function checkChunkSizes(sizes: ChunkSizes): ChunkSizes {
  const { minBytes, averageBytes, maxBytes } = sizes
  const areOrdered = minBytes >= 1 && minBytes <= averageBytes && averageBytes <= maxBytes && maxBytes <= maxChunkBytes
  const areWhole = [minBytes, averageBytes, maxBytes].every(Number.isInteger)
  if (!areOrdered || !areWhole) {
    throw invalid(`Chunk sizes must be 1 ≤ minimum ≤ average ≤ maximum ≤ 128 MiB, not ${describe(sizes)}.`)
  }
  if (!isFixedSize(sizes) && maxBytes < chunkerWindow) {
    throw invalid(`The hash covers ${chunkerWindow} bytes: chunks cannot be shorter, as with ${describe(sizes)}.`)
  }
  return sizes
}

/** Three times the same number means chunks of exactly that length. */
export function isFixedSize({ minBytes, averageBytes, maxBytes }: ChunkSizes): boolean {
  return minBytes === averageBytes && averageBytes === maxBytes
}

/** What the hash is divided by (§9). The numbers are casync's, found by experiment; the arithmetic is that of doubles. */
export function discriminator({ minBytes, averageBytes, maxBytes }: ChunkSizes): number {
  const divisor = averageBytes * -1.42888852e-7 + 1.33237515
  if (divisor <= 0) return maxBytes
  return Math.min(Math.max(Math.trunc(averageBytes / divisor), minBytes), maxBytes)
}

const suffixes = ['B', 'K', 'M', 'G', 'T', 'P', 'E']

/** `64K`: bytes, with suffixes that are powers of 1024. Throws `input/invalid`. */
export function parseSize(text: string): number {
  const [, digits, suffix = 'B'] = /^([0-9]{1,15})([BKMGTPE])?$/.exec(text) ?? []
  if (digits === undefined) throw invalid(`${JSON.stringify(text)} is no size.`)
  return Number(digits) * 1024 ** suffixes.indexOf(suffix)
}

function describe({ minBytes, averageBytes, maxBytes }: ChunkSizes): string {
  return `${minBytes}:${averageBytes}:${maxBytes}`
}

function invalid(detail: string): HoldfastError {
  return new HoldfastError('input/invalid', { detail })
}
