import { HoldfastError, ProtocolError } from '../../../src-shared/errors.ts'
import type { CatarFileEntry } from '../../archive/catar/catar-entry.ts'
import type { ByteRange } from '../../storage/datastore/verify-affected.ts'
import { type ExtentOf, namesInRanges } from '../pxar-snapshot/files-in-ranges.ts'
import type { SnapshotReader } from '../repository.ts'
import { treeSuffix } from './snapshot-manifest.ts'

/**
 * The files, as `tree/path`, that have bytes in damaged parts of an archive. Where the names themselves are damaged, or
 * the archive holds no tree, its own name stands for all that is in it.
 */
export async function filesInChunks(
  reader: SnapshotReader,
  filename: string,
  ranges: readonly ByteRange[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (!filename.endsWith(treeSuffix)) return [filename]
  const tree = filename.slice(0, -treeSuffix.length)
  try {
    const entries = reader.walk(tree, { contents: false }, signal)
    const names = await namesInRanges(entries, tree, ranges, followingExtents())
    return names.length > 0 ? names : [filename]
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof HoldfastError || error instanceof ProtocolError) return [filename]
    throw error
  }
}

/** A file begins where the content of the one before ends. */
function followingExtents(): ExtentOf {
  let start = 0n
  return (file) => {
    const { contentStart, sizeBytes } = file as CatarFileEntry // walks over catars have no others
    const extent = { start, end: BigInt(contentStart) + sizeBytes }
    start = extent.end
    return extent
  }
}
