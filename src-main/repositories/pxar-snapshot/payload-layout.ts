import type { ChunkIndex } from '../../storage/chunk-index.ts'
import type { PayloadLayout } from './reuse-planner.ts'

/** The chunks of a payload stream as numbers: 12 bytes a chunk, whatever the stream holds. */
export function layoutOf(index: ChunkIndex): PayloadLayout {
  const ends = new Float64Array(index.count)
  const identities = new Uint32Array(index.count)
  const firstByDigest = new Map<string, number>()
  let end = 0
  for (const { position, digest, sizeBytes } of index) {
    end += sizeBytes
    ends[position] = end
    const first = firstByDigest.get(digest)
    if (first === undefined) firstByDigest.set(digest, position)
    identities[position] = first ?? position
  }
  return createLayout(ends, identities)
}

/** From the end of each chunk, and for each the first position with the same content. */
export function createLayout(ends: Float64Array, identities: Uint32Array): PayloadLayout {
  const count = ends.length
  const start = (position: number): number => (position === 0 ? 0 : ends[position - 1]!) // asked for 0…count only
  let hint = 0
  return {
    count,
    start,
    find(offset) {
      // Files come in order: mostly it is the chunk of the last answer or the next one.
      for (let i = hint; i < Math.min(hint + 2, count); i++) {
        if (start(i) <= offset && offset < start(i + 1)) {
          hint = i
          return i
        }
      }
      let low = 0
      let high = count - 1
      while (low < high) {
        const middle = (low + high) >>> 1
        if (start(middle + 1) > offset) high = middle
        else low = middle + 1
      }
      hint = low
      return low
    },
    identity: (position) => identities[position]!, // asked for 0…count−1 only
  }
}
