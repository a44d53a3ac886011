import { createHash } from 'node:crypto'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import { writeDigest } from '../../storage/digest-bytes.ts'
import type { ManifestFile } from './snapshot-manifest.ts'

const itemBytes = 40
const itemsAtOnce = 4096

/** SHA-256 of the items of an index, ends and ids: as PBS has it for its dynamic indexes (spec pbs §2.5). */
export function indexCsum(index: CasyncIndex): Digest {
  const hash = createHash('sha256')
  const block = Buffer.alloc(itemsAtOnce * itemBytes)
  let used = 0
  for (const { offset, sizeBytes, digest } of index) {
    block.writeBigUInt64LE(offset + BigInt(sizeBytes), used)
    writeDigest(digest, block, used + 8)
    used += itemBytes
    if (used < block.length) continue
    hash.update(block)
    used = 0
  }
  // 64 lower-case digits.
  return hash.update(block.subarray(0, used)).digest('hex') as Digest
}

/** Returns the index when it is the one that the manifest lists, else throws `index/corrupt`. */
export function checkIndex(index: CasyncIndex, { filename, size, csum }: ManifestFile): CasyncIndex {
  if (index.sizeBytes === BigInt(size) && indexCsum(index) === csum) return index
  throw new HoldfastError('index/corrupt', { detail: `${filename} is not what the manifest says.` })
}
