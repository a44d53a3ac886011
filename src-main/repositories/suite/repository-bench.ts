import type { Repository, SnapshotReader, StoredSnapshot, WriteObserver, WriteOptions } from '../repository.ts'
import { bytes, describeTree, noise, SampleTree } from '../sample-tree.fixture.ts'

/** What differs between repositories that keep the same law. */
export interface RepositoryTraits {
  readonly modes: readonly WriteOptions['mode'][]
  /** What a snapshot with the tree `root` consists of; the one whose checksum stands for the tree; other archives. */
  readonly treeFiles: readonly string[]
  readonly treeFile: string
  readonly streamFile: string
  readonly imageFile: string
  /** Chunks of an image of 21 MB, of which two of its six parts are zeros; undefined where it is cut by its content. */
  readonly imageChunks: { readonly count: number; readonly unique: number } | undefined
  /** Whether each further name of a file comes back as such, or as a file of its own. */
  readonly keepsHardLinks: boolean
  /** New chunks after one changed byte and a new time of a small file: as many as this at most. */
  readonly chunksOfOneChange: number
  readonly bytesOfOneChange: number
}

export interface RepositoryUnderTest {
  readonly repository: Repository
  dispose(): Promise<void>
}

type Group = ReturnType<RepositoryBench['newGroup']>

/** One repository as the tests of the suite use it. Its methods stand by themselves, and can be taken out of it. */
export class RepositoryBench {
  readonly traits: RepositoryTraits
  readonly cryptMode: WriteOptions['cryptMode']
  readonly signal = new AbortController().signal
  #target: RepositoryUnderTest | undefined
  #groups = 0

  constructor(cryptMode: WriteOptions['cryptMode'], traits: RepositoryTraits) {
    this.cryptMode = cryptMode
    this.traits = traits
  }

  async open(open: () => Promise<RepositoryUnderTest>): Promise<void> {
    this.#target = await open()
  }

  async close(): Promise<void> {
    await this.#target?.dispose()
  }

  get repository(): Repository {
    if (this.#target === undefined) throw new Error('the repository is not open yet')
    return this.#target.repository
  }

  /** Each test has a group of its own. */
  readonly newGroup = () =>
    ({ namespace: '', type: 'host', backupId: `group-${this.cryptMode}-${this.#groups++}` }) as const

  readonly backup = async (group: Group, time: number, tree: SampleTree, mode: WriteOptions['mode'] = 'metadata') => {
    tree.opened.length = 0
    const seen = new Seen()
    const { cryptMode, signal } = this
    const writer = await this.repository.write(group, { time, mode, compress: true, cryptMode }, signal)
    try {
      await writer.addTree('root', tree.entries(), { excludePatterns: [] }, seen)
      return { snapshot: await writer.commit(), seen, opened: [...tree.opened] }
    } finally {
      await writer.discard()
    }
  }

  readonly reading = async <Result>(
    snapshot: StoredSnapshot,
    read: (reader: SnapshotReader) => Promise<Result>,
  ): Promise<Result> => {
    const reader = await this.repository.read(snapshot.ref, this.signal)
    try {
      return await read(reader)
    } finally {
      await reader.close()
    }
  }

  readonly restored = (snapshot: StoredSnapshot, select?: readonly string[]) =>
    this.reading(snapshot, (reader) =>
      describeTree(
        reader.walk('root', { contents: true, select: select?.map((path) => path.split('/').map(bytes)) }, this.signal),
      ),
    )

  readonly described = (tree: SampleTree) =>
    describeTree(this.traits.keepsHardLinks ? tree.entries() : tree.entriesWithoutLinks())

  readonly csumOf = (snapshot: StoredSnapshot, filename: string) =>
    snapshot.archives.find((archive) => archive.filename === filename)?.csum
}

/** Counts what a writer says. */
export class Seen implements WriteObserver {
  stored = 0
  unchanged = 0
  taken = 0
  newChunks = 0
  newBytes = 0
  readonly failed: string[] = []

  entry(): void {}
  entryDone(outcome: 'stored' | 'unchanged'): void {
    this[outcome]++
  }
  entryFailed(path: string): void {
    this.failed.push(path)
  }
  bytes(count: number): void {
    this.taken += count
  }
  chunk({ isNew, storedBytes }: { isNew: boolean; storedBytes: number }): void {
    if (!isNew) return
    this.newChunks++
    this.newBytes += storedBytes
  }
}

/** 12 MB of small files and one large one: several chunks, with files in the midst of them. */
export function sampleTree(): SampleTree {
  const tree = new SampleTree()
  tree.set('big', { content: noise('big', 9_000_000) })
  tree.set('data', { children: new Map(), metadata: { permissions: 0o755 } })
  for (let i = 0; i < 60; i++) tree.set(`data/${i}`, { content: noise(`data/${i}`, 200_000) })
  tree.set('empty', {})
  tree.set('hard', { hardlink: 'data/2' })
  tree.set('link', { symlink: 'data/3' })
  return tree
}

/** Mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
