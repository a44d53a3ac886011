import { createHash } from 'node:crypto'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type {
  BackupGroup,
  Repository,
  SnapshotReader,
  SnapshotWriter,
  StoredSnapshot,
  WriteObserver,
  WriteOptions,
} from '../repository.ts'
import { partsOf, type SnapshotPart } from './snapshot-parts.ts'
import { type TreeCounts, TreeDigest } from './tree-digest.ts'

export interface CopyOptions {
  /** Those of the original unless told otherwise. */
  readonly group?: BackupGroup | undefined
  /** Unix seconds; later than every snapshot of the group. */
  readonly time?: number | undefined
  readonly compress: boolean
  readonly cryptMode: WriteOptions['cryptMode']
}

/** Hears how far it is; called often, must return at once. */
export interface CopyObserver {
  /** Bytes of all archives. Each is read once to be copied and once to be verified. */
  total(bytes: bigint): void
  /** A part is begun. */
  part(name: string, phase: 'copy' | 'verify'): void
  bytes(count: number, phase: 'copy' | 'verify'): void
  /** What the target cannot keep of an entry, or of the whole, in a sentence. */
  loss(path: string, reason: string): void
  chunk: WriteObserver['chunk']
}

export interface CopyResult {
  readonly snapshot: StoredSnapshot
  /** Of the content, alike in original and copy. */
  readonly parts: readonly { readonly name: string; readonly kind: SnapshotPart['kind']; readonly digest: string }[]
}

/** What a part was found to hold. */
interface Content {
  readonly digest: string
  readonly counts?: TreeCounts | undefined
}

interface Copying {
  readonly from: SnapshotReader
  readonly observer: CopyObserver
  /** Paths, below the name of their tree, of which the target keeps only name, kind and content. */
  readonly partial: Set<string>
  readonly signal: AbortSignal
}

/**
 * Puts a snapshot into another repository, of whatever kind, then reads it back there and compares digests of everything:
 * paths, metadata, contents. A copy that is not the same is removed again, and `copy/mismatch` is thrown. An aborted copy
 * leaves nothing but chunks.
 */
export async function copySnapshot(
  from: SnapshotReader,
  to: Repository,
  options: CopyOptions,
  observer: CopyObserver,
  signal: AbortSignal,
): Promise<CopyResult> {
  const { ref, notes, protected: isProtected, problem } = from.snapshot
  if (problem !== undefined) throw new HoldfastError('manifest/corrupt', { detail: problem })
  const { group = ref, time = ref.time, compress, cryptMode } = options
  const parts = partsOf(from.snapshot.archives)
  observer.total(parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n))
  const copying: Copying = { from, observer, partial: new Set(), signal }
  const target = { namespace: group.namespace, type: group.type, backupId: group.backupId }
  const writer = await to.write(target, { time, mode: 'data', compress, cryptMode }, signal)
  let snapshot: StoredSnapshot
  const originals = new Map<SnapshotPart, Content>()
  try {
    for (const part of parts) {
      signal.throwIfAborted()
      observer.part(part.name, 'copy')
      originals.set(part, await copyPart(copying, part, writer))
    }
    snapshot = await writer.commit()
  } finally {
    await writer.discard()
  }
  try {
    await verifyCopy(copying, to, snapshot, originals)
  } catch (error) {
    await to.maintenance.forget?.(snapshot.ref)
    throw error
  }
  if (notes !== '') await to.maintenance.setNotes?.(snapshot.ref, notes)
  if (isProtected) await to.maintenance.protect?.(snapshot.ref, true)
  return {
    snapshot: {
      ...snapshot,
      notes: to.maintenance.setNotes ? notes : '',
      protected: isProtected && to.maintenance.protect !== undefined,
    },
    parts: [...originals].map(([{ name, kind }, { digest }]) => ({ name, kind, digest })),
  }
}

async function copyPart(copying: Copying, part: SnapshotPart, writer: SnapshotWriter): Promise<Content> {
  const { from, observer, partial, signal } = copying
  const { kind, name, filename, sizeBytes } = part
  const written: WriteObserver = {
    entry() {},
    entryDone() {},
    bytes() {},
    chunk: (chunk) => observer.chunk(chunk),
    entryFailed(path, reason, isPartial) {
      if (!isPartial) throw new HoldfastError('file/unreadable', { detail: `${name}/${path}: ${reason}` })
      partial.add(`${name}/${path}`)
      observer.loss(`${name}/${path}`, reason)
    },
  }
  const onBytes = (count: number) => observer.bytes(count, 'copy')
  if (kind === 'tree') {
    const digest = digestOf(from, filename, { partial, onBytes, signal })
    const entries = digest.pass(from.walk(filename, { contents: true }, signal))
    await writer.addTree(name, entries, { excludePatterns: [] }, written)
    return { digest: digest.hex(), counts: digest.counts }
  }
  const hash = createHash('sha256')
  const take = <Bytes extends Uint8Array>(bytes: Bytes): Bytes => {
    hash.update(bytes)
    onBytes(bytes.length)
    return bytes
  }
  if (kind === 'blob') await writer.addBlob(name, take(await from.blob(filename, signal)))
  else if (kind === 'stream')
    await writer.addStream(name, mapped(from.content(filename, [], { offset: 0n }, signal), take), written)
  else {
    const read = async (at: bigint, length: number) => {
      const range = { offset: at, length: BigInt(length) }
      return take(Buffer.concat(await Array.fromAsync(from.content(filename, [], range, signal))))
    }
    await writer.addImage(name, { sizeBytes, read }, written)
  }
  return { digest: hash.digest('hex') }
}

async function verifyCopy(
  copying: Copying,
  to: Repository,
  snapshot: StoredSnapshot,
  originals: ReadonlyMap<SnapshotPart, Content>,
): Promise<void> {
  const { observer, partial, signal } = copying
  const reader = await to.read(snapshot.ref, signal)
  try {
    const copies = partsOf(reader.snapshot.archives)
    for (const [part, original] of originals) {
      signal.throwIfAborted()
      observer.part(part.name, 'verify')
      const copy = copies.find(({ kind, name }) => kind === part.kind && withoutImg(name) === withoutImg(part.name))
      const content =
        copy && (await readPart(reader, copy, { partial, onBytes: (count) => observer.bytes(count, 'verify'), signal }))
      if (content?.digest !== original.digest) {
        throw new HoldfastError('copy/mismatch', {
          detail: copy === undefined ? `${part.name} is missing.` : `${part.name} differs.`,
          hint: 'Verify the original, then copy it again.',
        })
      }
      if (original.counts !== undefined && content.counts !== undefined) {
        for (const loss of lossesOf(original.counts, content.counts)) observer.loss(part.name, loss)
      }
    }
  } finally {
    await reader.close()
  }
}

interface ReadOptions {
  readonly partial: ReadonlySet<string>
  readonly onBytes: (count: number) => void
  readonly signal: AbortSignal
}

async function readPart(reader: SnapshotReader, part: SnapshotPart, options: ReadOptions): Promise<Content> {
  const { kind, filename } = part
  const { onBytes, signal } = options
  if (kind === 'tree') {
    const digest = digestOf(reader, filename, options)
    await digest.read(reader.walk(filename, { contents: true }, signal))
    return { digest: digest.hex(), counts: digest.counts }
  }
  const hash = createHash('sha256')
  const pieces =
    kind === 'blob' ? [await reader.blob(filename, signal)] : reader.content(filename, [], { offset: 0n }, signal)
  for await (const piece of pieces) {
    hash.update(piece)
    onBytes(piece.length)
  }
  return { digest: hash.digest('hex') }
}

function digestOf(reader: SnapshotReader, tree: string, { partial, onBytes, signal }: ReadOptions): TreeDigest {
  return new TreeDigest({
    onBytes,
    signal,
    isPartial: (path) => partial.has(`${tree}/${path}`),
    // A selected link whose first name is not selected comes as the file itself.
    select: (path) => reader.walk(tree, { contents: true, select: [path] }, signal),
  })
}

async function* mapped(
  pieces: AsyncIterable<Uint8Array>,
  take: (bytes: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield take(piece)
}

/** An image may get the ending that its new repository knows images by. */
function withoutImg(name: string): string {
  return name.replace(/\.img$/, '')
}

function* lossesOf(original: TreeCounts, copy: TreeCounts): Generator<string> {
  const lost = (key: keyof TreeCounts) => original[key] - copy[key]
  if (lost('hardlinks') > 0) yield `${lost('hardlinks')} further names of files became files of their own`
  if (lost('selinuxLabels') > 0) yield `${lost('selinuxLabels')} SELinux labels are not kept`
  if (lost('subvolumes') > 0) yield `${lost('subvolumes')} subvolumes became folders`
  if (lost('ownerNames') > 0) yield `${lost('ownerNames')} entries keep the numbers of their owners, not the names`
}
