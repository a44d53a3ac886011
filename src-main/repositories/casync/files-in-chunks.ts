import { HoldfastError, ProtocolError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { CatarFileEntry } from '../../archive/catar/catar-entry.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { ByteRange } from '../../storage/datastore/verify-affected.ts'
import type { SnapshotReader } from '../repository.ts'
import { treeSuffix } from './snapshot-manifest.ts'

/** More are not for a person to read. */
const maxFiles = 10_000

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
    return await namesInRanges(reader.walk(tree, { contents: false }, signal), tree, ranges)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof HoldfastError || error instanceof ProtocolError) return [filename]
    throw error
  }
}

/** Both entries and ranges come in the order of the stream. A file begins where the content of the one before ends. */
async function namesInRanges(
  entries: AsyncIterable<TreeEntry>,
  tree: string,
  ranges: readonly ByteRange[],
): Promise<readonly string[]> {
  const names: string[] = []
  const folders = [tree]
  let at = 0
  let start = 0n
  for await (const entry of entries) {
    if (entry.kind === 'leave') folders.pop()
    else if (entry.kind === 'directory' && entry.name.length > 0) folders.push(bytesToPathText(entry.name))
    if (entry.kind !== 'file') continue
    const { contentStart, sizeBytes, name } = entry as CatarFileEntry // walks over catars have no others
    const end = BigInt(contentStart) + sizeBytes
    let range = ranges[at]
    while (range !== undefined && range.offset + range.sizeBytes <= start) range = ranges[++at]
    if (range === undefined || names.length === maxFiles) break
    if (range.offset < end) names.push([...folders, bytesToPathText(name)].join('/'))
    start = end
  }
  return names.length > 0 ? names : [`${tree}${treeSuffix}`]
}
