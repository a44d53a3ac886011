import { HoldfastError, ProtocolError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { headerBytes } from '../../archive/pxar/items.ts'
import type { PxarFileEntry } from '../../archive/pxar/pxar-entry.ts'
import type { FileEntry, TreeEntry } from '../../archive/tree.ts'
import type { SnapshotReader } from '../repository.ts'

export interface DamagedArchive {
  readonly filename: string
  readonly ranges: readonly { readonly offset: bigint; readonly sizeBytes: bigint }[]
}

/** More are not for a person to read. */
const MAX_FILES = 10_000

/**
 * The files, as `tree/path`, that have bytes in damaged parts of the archives of one snapshot. Damage of a payload stream
 * is traced to the files in it. Where the names themselves are damaged, or an archive holds no tree, the archive's name
 * stands for all that is in it.
 */
export async function filesInRanges(
  ref: SnapshotRef,
  archives: readonly DamagedArchive[],
  open: (ref: SnapshotRef, signal: AbortSignal) => Promise<SnapshotReader>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const files: string[] = []
  for (const archive of archives) {
    const tree = /^(.*)\.ppxar\.didx$/.exec(archive.filename)?.[1]
    const found = tree === undefined ? undefined : await trace(ref, tree, { archive, open, signal })
    files.push(...(found ?? [archive.filename]))
  }
  return [...new Set(files)].slice(0, MAX_FILES)
}

interface TraceOptions {
  readonly archive: DamagedArchive
  readonly open: (ref: SnapshotRef, signal: AbortSignal) => Promise<SnapshotReader>
  readonly signal: AbortSignal
}

/** Undefined when the metadata cannot be read. */
async function trace(ref: SnapshotRef, tree: string, { archive, open, signal }: TraceOptions) {
  let reader: SnapshotReader
  try {
    reader = await open(ref, signal)
  } catch (error) {
    if (error instanceof HoldfastError) return undefined
    throw error
  }
  try {
    return await namesInRanges(reader.walk(tree, { contents: false }, signal), tree, archive.ranges, payloadExtent)
  } catch (error) {
    if (error instanceof HoldfastError || error instanceof ProtocolError) return undefined
    throw error
  } finally {
    await reader.close()
  }
}

/** Where the content of a file is in the stream that the ranges are of; undefined for one that has nothing there. */
export type ExtentOf = (file: FileEntry) => { readonly start: bigint; readonly end: bigint } | undefined

/** The files, as `tree/path`, that have bytes in the ranges. Both entries and ranges come in the order of the stream. */
export async function namesInRanges(
  entries: AsyncIterable<TreeEntry>,
  tree: string,
  ranges: DamagedArchive['ranges'],
  extentOf: ExtentOf,
): Promise<readonly string[]> {
  const names: string[] = []
  const folders = [tree]
  let at = 0
  for await (const entry of entries) {
    if (entry.kind === 'leave') folders.pop()
    else if (entry.kind === 'directory' && entry.name.length > 0) folders.push(bytesToPathText(entry.name))
    const extent = entry.kind === 'file' ? extentOf(entry) : undefined
    if (entry.kind !== 'file' || extent === undefined) continue
    const { start, end } = extent
    let range = ranges[at]
    while (range !== undefined && range.offset + range.sizeBytes <= start) range = ranges[++at]
    if (range === undefined || names.length === MAX_FILES) break
    if (range.offset < end) names.push([...folders, bytesToPathText(entry.name)].join('/'))
  }
  return names
}

function payloadExtent(file: FileEntry): ReturnType<ExtentOf> {
  const ref = (file as PxarFileEntry).payload // entries of a walk over a split archive are those of the decoder
  return ref && { start: ref.offset, end: ref.offset + BigInt(headerBytes) + ref.sizeBytes }
}
