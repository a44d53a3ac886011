import { HoldfastError } from '../../src-shared/errors.ts'
import type { FileContent, Metadata, TreeEntry } from '../archive/tree.ts'
import type { Repository, SnapshotReader, StoredEntry, WalkOptions } from './repository.ts'

/** Under this name the disks of a snapshot stand beside its folders. */
const TREE_NAME = 'images'
const suffix = /\.(?:fidx|didx|caibx)$/
const encoder = new TextEncoder()

interface Image {
  readonly filename: string
  readonly name: Uint8Array
  readonly sizeBytes: bigint
}

/**
 * Disk images and streams are archives without a tree. They become the files of one more tree, so that whatever browses,
 * searches, compares or restores needs no second way for them.
 */
export function withImageTree(repository: Repository): Repository {
  const { wrappedKey, reach } = repository
  return {
    capabilities: repository.capabilities,
    maintenance: repository.maintenance,
    ...(wrappedKey !== undefined && { wrappedKey }),
    ...(reach !== undefined && { reach }),
    snapshots: (signal) => repository.snapshots(signal),
    write: (group, options, signal) => repository.write(group, options, signal),
    async read(ref, signal) {
      const reader = await repository.read(ref, signal)
      const images = imagesOf(reader)
      return images.length === 0 ? reader : new ImageTreeReader(reader, images)
    },
    close: () => repository.close(),
  }
}

function imagesOf({ snapshot, trees }: SnapshotReader): Image[] {
  const isTree = (filename: string) =>
    /\.(?:m?pxar|ppxar|pcat1)\.didx$|\.entries\.caibx$/.test(filename) ||
    trees.some((tree) => filename === `${tree}.caidx` || filename === `${tree}.entries.caibx`)
  return snapshot.archives
    .filter(({ filename }) => suffix.test(filename) && !isTree(filename))
    .map(({ filename, sizeBytes }) => ({ filename, sizeBytes, name: encoder.encode(filename.replace(suffix, '')) }))
}

class ImageTreeReader implements SnapshotReader {
  readonly snapshot: SnapshotReader['snapshot']
  readonly trees: readonly string[]
  readonly #reader: SnapshotReader
  readonly #images: readonly Image[]
  readonly #tree: string

  constructor(reader: SnapshotReader, images: readonly Image[]) {
    this.#reader = reader
    this.#images = images
    let tree = TREE_NAME
    for (let number = 2; reader.trees.includes(tree); number++) tree = `${TREE_NAME}-${number}`
    this.#tree = tree
    this.snapshot = reader.snapshot
    this.trees = [...reader.trees, tree]
  }

  facts(signal: AbortSignal) {
    return this.#reader.facts(signal)
  }

  list(tree: string, path: readonly Uint8Array[], signal: AbortSignal): AsyncIterable<StoredEntry> {
    return tree === this.#tree ? this.#list(path) : this.#reader.list(tree, path, signal)
  }

  async stat(tree: string, path: readonly Uint8Array[], signal: AbortSignal): Promise<StoredEntry> {
    if (tree !== this.#tree) return this.#reader.stat(tree, path, signal)
    return path.length === 0 ? this.#folder() : this.#entry(this.#find(path))
  }

  content(...[tree, path, range, signal]: Parameters<SnapshotReader['content']>): AsyncIterable<Uint8Array> {
    if (tree !== this.#tree) return this.#reader.content(tree, path, range, signal)
    return this.#reader.content(this.#find(path).filename, [], range, signal)
  }

  walk(tree: string, options: WalkOptions, signal: AbortSignal): AsyncIterable<TreeEntry> {
    return tree === this.#tree ? this.#walk(options, signal) : this.#reader.walk(tree, options, signal)
  }

  blob(filename: string, signal: AbortSignal) {
    return this.#reader.blob(filename, signal)
  }

  manifestText(signal: AbortSignal) {
    return this.#reader.manifestText(signal)
  }

  chunks(filename: string, signal: AbortSignal) {
    return this.#reader.chunks(filename, signal)
  }

  close() {
    return this.#reader.close()
  }

  async *#list(path: readonly Uint8Array[]): AsyncGenerator<StoredEntry> {
    if (path.length > 0) {
      this.#find(path)
      throw new HoldfastError('path/not-a-folder')
    }
    for (const image of this.#images) yield this.#entry(image)
  }

  async *#walk({ select }: WalkOptions, signal: AbortSignal): AsyncGenerator<TreeEntry> {
    const isWanted = ({ name }: Image) =>
      select === undefined ||
      select.some(([first]) => first === undefined || Buffer.compare(Buffer.from(first), Buffer.from(name)) === 0)
    const metadata = this.#metadata(0o755)
    yield { kind: 'directory', name: new Uint8Array(), metadata }
    for (const image of this.#images.filter(isWanted)) {
      yield {
        kind: 'file',
        name: image.name,
        metadata: this.#metadata(0o600),
        sizeBytes: image.sizeBytes,
        linkCount: 1,
        open: () => new ImageContentReader(this.#reader.content(image.filename, [], { offset: 0n }, signal)),
      }
    }
    yield { kind: 'leave' }
  }

  #find(path: readonly Uint8Array[]): Image {
    const [wanted] = path
    const found =
      path.length === 1 && wanted !== undefined
        ? this.#images.find(({ name }) => Buffer.compare(Buffer.from(name), Buffer.from(wanted)) === 0)
        : undefined
    if (found === undefined) throw new HoldfastError('path/not-found')
    return found
  }

  #entry({ name, sizeBytes }: Image): StoredEntry {
    return { ...this.#folder(), name, kind: 'file', sizeBytes, permissions: 0o600 }
  }

  #folder(): StoredEntry {
    const { permissions, uid, gid, mtimeNs } = this.#metadata(0o755)
    const name = new Uint8Array()
    return { name, kind: 'directory', sizeBytes: 0n, mtimeNs, permissions, uid, gid, target: undefined }
  }

  /** An archive keeps none for itself: it is as old as its snapshot, and its owner's alone. */
  #metadata(permissions: number): Metadata {
    const mtimeNs = BigInt(this.snapshot.ref.time) * 1_000_000_000n
    return { permissions, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mtimeNs, flags: 0n, xattrs: [] }
  }
}

class ImageContentReader implements FileContent {
  readonly #pieces: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array()

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#pieces.next()
      if (done === true) return 0
      this.#rest = value
    }
    const count = Math.min(into.length, this.#rest.length)
    into.set(this.#rest.subarray(0, count))
    this.#rest = this.#rest.subarray(count)
    return count
  }

  async close(): Promise<void> {
    await this.#pieces.return?.()
  }
}
