import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ChunkIndex } from '../../storage/chunk-index.ts'
import type { DamagedArchive } from '../pxar-snapshot/files-in-ranges.ts'
import type { StoredArchive } from '../repository.ts'

export interface DamageReport {
  /** Digests of damaged chunks. */
  readonly corrupt: ReadonlySet<string>
  /** What the server said was wrong, line by line. */
  readonly lines: readonly string[]
}

export interface FoundDamage extends DamagedArchive {
  /** No chunk explains it: the archive counts as damaged from end to end. */
  readonly isWhole: boolean
}

/**
 * Which parts of a snapshot's archives are damaged: those in damaged chunks, and the whole of an archive that the server
 * names without a chunk that explains it.
 */
export async function damagedArchives(
  archives: readonly StoredArchive[],
  { corrupt, lines }: DamageReport,
  readIndex: (filename: string) => Promise<ChunkIndex>,
): Promise<readonly FoundDamage[]> {
  const damaged: FoundDamage[] = []
  for (const { filename, sizeBytes } of archives) {
    const ranges = filename.endsWith('.blob') ? [] : await rangesOf(() => readIndex(filename), corrupt)
    if (ranges.length > 0) damaged.push({ filename, ranges, isWhole: false })
    else if (lines.some((line) => line.includes(filename)))
      damaged.push({ filename, ranges: [{ offset: 0n, sizeBytes }], isWhole: true })
  }
  return damaged
}

async function rangesOf(
  read: () => Promise<ChunkIndex>,
  corrupt: ReadonlySet<string>,
): Promise<readonly { readonly offset: bigint; readonly sizeBytes: bigint }[]> {
  if (corrupt.size === 0) return []
  const ranges: { offset: bigint; sizeBytes: bigint }[] = []
  try {
    for (const { digest, offset, sizeBytes } of await read()) {
      if (corrupt.has(digest)) ranges.push({ offset, sizeBytes: BigInt(sizeBytes) })
    }
    return ranges
  } catch (error) {
    // An index that is itself damaged tells nothing; the server has named it then.
    if (error instanceof HoldfastError && error.code !== 'repository/unreachable') return []
    throw error
  }
}
