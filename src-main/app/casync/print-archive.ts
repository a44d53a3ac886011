import { createHash } from 'node:crypto'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText, pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import { CatarAccessor, type CatarNode } from '../../archive/catar/accessor.ts'
import { decodeCatar } from '../../archive/catar/decoder.ts'
import { digestOf } from '../../archive/catar/feature-flags.ts'
import { piecesOf } from '../../archive/pieces-of.ts'
import { readForward } from '../../archive/read-forward.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { DigestAlgorithm } from '../../engines/casync/chunk-digest.ts'
import { describeNode } from '../../engines/casync/text/described-node.ts'
import { type PrintTreeOptions, printTree } from '../../engines/casync/text/print-tree.ts'
import { statLines } from '../../engines/casync/text/stat-lines.ts'
import { contentDigest, listLine, mtreeLine } from '../../engines/casync/text/tree-lines.ts'
import type { OpenArchive } from './open-archive.ts'

export interface PrintChoice {
  readonly how: 'list' | 'mtree'
  /** Of `list`. */
  readonly isRecursive: boolean
  /** Of `mtree`: what the digests are called. */
  readonly digestName: DigestAlgorithm
  /** A part of the archive, from its root; empty for all. */
  readonly path: string
}

/** What `casync list` and `casync mtree` print (spec casync §13). */
export async function* printArchive(
  archive: OpenArchive,
  { how, isRecursive, digestName, path }: PrintChoice,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const print = (entries: AsyncIterable<TreeEntry>, flags: () => bigint, at?: Uint8Array) => {
    const style = () => ({ featureFlags: flags(), digestName, algorithm: digestOf(flags()) })
    const options: PrintTreeOptions = how === 'list' ? { how, isRecursive, path: at } : { how, style, path: at }
    return printTree(entries, options)
  }
  if (path === '') {
    let featureFlags = 0n
    const onFeatureFlags = (flags: bigint): void => {
      featureFlags = flags
    }
    const entries = decodeCatar(archive.pieces(signal), { signal, onFeatureFlags })
    yield* print(entries, () => featureFlags)
    return
  }
  const { accessor, node } = await find(archive, path, signal)
  const { featureFlags } = accessor
  const at = pathTextToBytes(trimmed(path))
  if (node.kind === 'directory') {
    const pieces = piecesOf(accessor.openStored(node), signal)
    yield* print(decodeCatar(pieces, { signal, featureFlags }), () => featureFlags, at)
  } else {
    const described = describeNode(node, accessor, signal)
    const style = { featureFlags, digestName, algorithm: digestOf(featureFlags) }
    yield how === 'list' ? listLine(at, described) : await mtreeLine(at, described, style)
  }
}

/** What `casync stat` prints. */
export async function statArchive(archive: OpenArchive, path: string, signal: AbortSignal): Promise<string> {
  const { accessor, node } = await find(archive, path, signal)
  return await statLines(pathTextToBytes(trimmed(path)), node, accessor, signal)
}

/** What `casync digest` prints: of the whole stream, or of a folder or file in it. */
export async function digestArchive(
  archive: OpenArchive,
  path: string,
  fileAlgorithm: DigestAlgorithm,
  signal: AbortSignal,
): Promise<string> {
  if (path !== '') {
    const { accessor, node } = await find(archive, path, signal)
    const algorithm = digestOf(accessor.featureFlags)
    if (node.kind === 'file') return await contentDigest(readForward(accessor.open(node), signal), algorithm)
    if (node.kind === 'directory') return await contentDigest(readForward(accessor.openStored(node), signal), algorithm)
    throw new HoldfastError('path/not-found', { detail: `${path} is neither a file nor a folder.` })
  }
  if (archive.content === 'blob') {
    // casync does not look at what the index of a blob goes by.
    return await streamDigest(archive.pieces(signal), archive.index === undefined ? fileAlgorithm : 'sha512-256')
  }
  if (archive.header !== undefined) return await streamDigest(archive.pieces(signal), archive.header.algorithm)
  return await catarDigest(archive.pieces(signal))
}

export async function streamDigest(pieces: AsyncIterable<Uint8Array>, algorithm: DigestAlgorithm): Promise<string> {
  const hash = createHash(algorithm)
  for await (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

/** Where the flags of an archive are in it: in its first ENTRY, behind the header. */
const flagsOffset = 16

/** Which digest an archive goes by stands in its first bytes. */
async function catarDigest(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let head = Buffer.alloc(0)
  let hash: ReturnType<typeof createHash> | undefined
  for await (const piece of pieces) {
    if (hash !== undefined) {
      hash.update(piece)
      continue
    }
    head = Buffer.concat([head, piece])
    if (head.length < flagsOffset + 8) continue
    hash = createHash(digestOf(head.readBigUInt64LE(flagsOffset))).update(head)
  }
  if (hash === undefined) throw new HoldfastError('archive/corrupt', { detail: 'It ends before its first entry.' })
  return hash.digest('hex')
}

async function find(
  { access, content, header }: OpenArchive,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly accessor: CatarAccessor; readonly node: CatarNode }> {
  if (content === 'blob') throw new HoldfastError('input/invalid', { detail: 'A blob has no files in it.' })
  if (access === undefined) {
    throw new HoldfastError('repository/unsupported', {
      detail: 'Parts of it can only be looked up in an index, or in an archive on this computer.',
    })
  }
  const accessor = await CatarAccessor.open(access, { signal, featureFlags: header?.featureFlags })
  const names = trimmed(path).split('/').filter(Boolean).map(pathTextToBytes)
  const node = await accessor.lookup(names, signal)
  if (node === undefined) throw new HoldfastError('path/not-found', { detail: bytesToPathText(pathTextToBytes(path)) })
  return { accessor, node }
}

/** Without slashes at its ends. */
function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, '')
}
