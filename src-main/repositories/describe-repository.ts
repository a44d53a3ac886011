import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Repository, SnapshotReader, StoredSnapshot, WriteObserver, WriteOptions } from './repository.ts'
import { bytes, describeTree, noise, SampleTree } from './sample-tree.fixture.ts'

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

const pbsTraits: RepositoryTraits = {
  modes: ['metadata', 'data', 'legacy'],
  treeFiles: ['root.ppxar.didx', 'root.mpxar.didx'],
  treeFile: 'root.mpxar.didx',
  streamFile: 'dump.sql.didx',
  imageFile: 'disk.img.fidx',
  imageChunks: { count: 6, unique: 5 },
  keepsHardLinks: true,
  chunksOfOneChange: 2,
  bytesOfOneChange: 300_000,
}

export interface RepositoryUnderTest {
  readonly repository: Repository
  dispose(): Promise<void>
}

/** What every repository must do (style G6). `open` is called once; each test uses a group of its own. */
export function describeRepository(
  name: string,
  cryptMode: WriteOptions['cryptMode'],
  open: () => Promise<RepositoryUnderTest>,
  traits: RepositoryTraits = pbsTraits,
): void {
  describe(`${name}, crypt mode ${cryptMode}`, () => {
    let target: RepositoryUnderTest
    let groups = 0
    const { signal } = new AbortController()

    beforeAll(async () => {
      target = await open()
    }, 60_000)
    afterAll(async () => await target.dispose())

    const newGroup = () => ({ namespace: '', type: 'host', backupId: `group-${cryptMode}-${groups++}` }) as const
    type Group = ReturnType<typeof newGroup>

    async function backup(group: Group, time: number, tree: SampleTree, mode: WriteOptions['mode'] = 'metadata') {
      tree.opened.length = 0
      const seen = new Seen()
      const writer = await target.repository.write(group, { time, mode, compress: true, cryptMode }, signal)
      try {
        await writer.addTree('root', tree.entries(), { excludePatterns: [] }, seen)
        return { snapshot: await writer.commit(), seen, opened: [...tree.opened] }
      } finally {
        await writer.discard()
      }
    }

    async function reading<Result>(snapshot: StoredSnapshot, read: (reader: SnapshotReader) => Promise<Result>) {
      const reader = await target.repository.read(snapshot.ref, signal)
      try {
        return await read(reader)
      } finally {
        await reader.close()
      }
    }

    const restored = (snapshot: StoredSnapshot, select?: readonly string[]) =>
      reading(snapshot, (reader) =>
        describeTree(
          reader.walk('root', { contents: true, select: select?.map((path) => path.split('/').map(bytes)) }, signal),
        ),
      )

    const described = (tree: SampleTree) =>
      describeTree(traits.keepsHardLinks ? tree.entries() : tree.entriesWithoutLinks())

    const csumOf = (snapshot: StoredSnapshot, filename: string) =>
      snapshot.archives.find((archive) => archive.filename === filename)?.csum

    test.for(traits.modes)('a tree comes back as it was: %s', async (mode) => {
      const tree = sampleTree()
      const { snapshot } = await backup(newGroup(), 1000, tree, mode)
      expect(await restored(snapshot)).toEqual(await described(tree))
    })

    test('a snapshot is invisible until it is committed, and gone when it is discarded', async () => {
      const group = newGroup()
      const listed = async () => {
        const found: number[] = []
        for await (const { ref } of target.repository.snapshots(signal))
          if (ref.backupId === group.backupId) found.push(ref.time)
        return found
      }
      const options = { time: 1000, mode: 'data', compress: true, cryptMode } as const
      const writer = await target.repository.write(group, options, signal)
      await writer.addTree('root', sampleTree().entries(), { excludePatterns: [] }, new Seen())
      expect(await listed()).toEqual([])
      await writer.discard()
      expect(await listed()).toEqual([])
      const { snapshot } = await backup(group, 1000, sampleTree())
      expect(await listed()).toEqual([1000])
      expect(snapshot.archives.map(({ filename }) => filename)).toEqual(traits.treeFiles)
      await expect(target.repository.read({ ...group, time: 999 }, signal)).rejects.toMatchObject({
        code: 'snapshot/unknown',
      })
    })

    test('an unchanged tree is not read again, stores nothing, and has the same metadata', async () => {
      const group = newGroup()
      const tree = sampleTree()
      const first = await backup(group, 1000, tree)
      const second = await backup(group, 1001, tree)
      const third = await backup(group, 1002, tree)
      for (const again of [second, third]) {
        expect(again.opened).toEqual([])
        expect(again.seen.newChunks).toBe(0)
        expect(again.seen.unchanged).toBe(first.seen.stored)
        expect(again.snapshot.archives).toEqual(first.snapshot.archives)
      }
      expect(second.seen.taken).toBe(first.seen.taken)
    })

    test('one changed byte reads one file and stores its chunk and the metadata', async () => {
      const group = newGroup()
      const tree = sampleTree()
      await backup(group, 1000, tree)
      const content = noise('data/17', 200_000)
      content[100_000] = (content[100_000] ?? 0) ^ 1
      tree.set('data/17', { content, metadata: { mtimeNs: 5n } })
      const { snapshot, seen, opened } = await backup(group, 1001, tree)
      expect(opened).toEqual(['data/17'])
      expect(seen.newChunks).toBeGreaterThan(0)
      expect(seen.newChunks).toBeLessThanOrEqual(traits.chunksOfOneChange)
      expect(seen.newBytes).toBeLessThan(traits.bytesOfOneChange)
      expect(await restored(snapshot)).toEqual(await described(tree))
      const again = await backup(group, 1002, tree)
      expect(again.opened).toEqual([])
      expect(again.snapshot.archives).toEqual(snapshot.archives)
    })

    test('changed metadata alone is noticed, whichever part it is', async () => {
      const group = newGroup()
      const tree = sampleTree()
      const content = noise('data/3', 200_000)
      const xattrs = [{ name: bytes('user.a'), value: bytes('1') }]
      await backup(group, 1000, tree)
      let time = 1001
      for (const metadata of [{ permissions: 0o600 }, { uid: 7 }, { mtimeNs: 6n }, { flags: 0x80000n }, { xattrs }]) {
        tree.set('data/3', { content, metadata })
        const { opened, snapshot } = await backup(group, time++, tree)
        expect(opened).toEqual(['data/3'])
        expect(await restored(snapshot, ['data/3'])).toHaveLength(3)
      }
    })

    test('through generations of random edits every snapshot stays what it was', async () => {
      const group = newGroup()
      const tree = sampleTree()
      const random = randomNumbers(42)
      const snapshots: { readonly snapshot: StoredSnapshot; readonly tree: readonly string[] }[] = []
      for (let generation = 0; generation < 6; generation++) {
        const { snapshot } = await backup(group, 2000 + generation, tree)
        snapshots.push({ snapshot, tree: await described(tree) })
        for (let edit = 0; edit < 5; edit++) {
          const victim = `data/${Math.floor(random() * 60)}`
          const kind = random()
          if (kind < 0.3) tree.remove(victim)
          else {
            const path = kind < 0.6 ? victim : `${victim}-${generation}`
            const content = noise(`${path}/${generation}`, Math.floor(random() * 400_000))
            tree.set(path, { content, metadata: { mtimeNs: BigInt(generation) } })
          }
        }
      }
      for (const { snapshot, tree: before } of snapshots) expect(await restored(snapshot)).toEqual(before)
    }, 60_000)

    test('renamed files and a file that became a folder are stored under their new names', async () => {
      const group = newGroup()
      const tree = sampleTree()
      await backup(group, 1000, tree)
      tree.remove('data/0')
      tree.set('data/0/inside', { content: noise('inside', 1000) })
      tree.remove('data/1')
      tree.set('zebra', { content: noise('data/1', 200_000) })
      const { snapshot, opened } = await backup(group, 1001, tree)
      expect(opened).toEqual(['data/0/inside', 'zebra'])
      expect(await restored(snapshot)).toEqual(await described(tree))
    })

    test('a file that cannot be read is told and left out, with the links to it', async () => {
      const tree = new SampleTree()
      tree.set('a', { content: bytes('readable') })
      tree.set('b', { isUnreadable: true, content: bytes('secret') })
      tree.set('c', { hardlink: 'b' })
      tree.set('d', { hardlink: 'a' })
      for (const mode of traits.modes.filter((each) => each !== 'metadata')) {
        const { snapshot, seen } = await backup(newGroup(), 1000, tree, mode)
        expect(seen.failed).toEqual(['b', 'c'])
        expect((await restored(snapshot)).map((line) => line.split(' ')[0])).toEqual(['', '/a', '/d'])
      }
    })

    test('folders can be listed, entries looked up, and parts of files read', async () => {
      const { snapshot } = await backup(newGroup(), 1000, sampleTree())
      await reading(snapshot, async (reader) => {
        expect(reader.trees).toEqual(['root'])
        const names: string[] = []
        for await (const { name, kind } of reader.list('root', [], signal))
          names.push(`${new TextDecoder().decode(name)} ${kind}`)
        expect(names).toEqual([
          'big file',
          'data directory',
          'empty file',
          traits.keepsHardLinks ? 'hard hardlink' : 'hard file',
          'link symlink',
        ])
        const stat = await reader.stat('root', [bytes('data'), bytes('5')], signal)
        expect(stat).toMatchObject({ kind: 'file', sizeBytes: 200_000n, permissions: 0o644 })
        const parts: Uint8Array[] = []
        const range = { offset: 5_000_000n, length: 2_000_000n }
        for await (const part of reader.content('root', [bytes('big')], range, signal)) parts.push(part)
        expect(Buffer.concat(parts).equals(noise('big', 9_000_000).subarray(5_000_000, 7_000_000))).toBe(true)
        await expect(reader.stat('root', [bytes('nothing')], signal)).rejects.toMatchObject({ code: 'path/not-found' })
        await expect(Array.fromAsync(reader.list('root', [bytes('big')], signal))).rejects.toMatchObject({
          code: 'path/not-a-folder',
        })
      })
    })

    test('a selection brings its folders along, and the file behind a link that is not selected', async () => {
      const { snapshot } = await backup(newGroup(), 1000, sampleTree())
      const whole = await restored(snapshot)
      const line = (path: string) => whole.find((each) => each.startsWith(`${path} `)) ?? ''
      expect(await restored(snapshot, ['data/7', 'link'])).toEqual(['', '/data', '/data/7', '/link'].map(line))
      const linked = await restored(snapshot, ['hard'])
      expect(linked[1]).toBe(line('/data/2').replace('/data/2', '/hard'))
      await expect(restored(snapshot, ['data/none'])).rejects.toMatchObject({ code: 'path/not-found' })
    })

    test('streams, blobs and the facts of the source come back', async () => {
      const group = newGroup()
      const options = { time: 1000, mode: 'data', compress: true, cryptMode } as const
      const writer = await target.repository.write(group, options, signal)
      const data = noise('stream', 7_000_000)
      async function* stream() {
        for (let at = 0; at < data.length; at += 100_000) yield data.subarray(at, at + 100_000)
      }
      await writer.addStream('dump.sql', stream(), new Seen())
      await writer.addBlob('notes.conf', bytes('hello'))
      await writer.addBlob('holdfast.conf', bytes('{"host":"elsa","roots":[{"archive":"root","path":"/home"}]}'))
      await expect(writer.addBlob('notes.conf', bytes('again'))).rejects.toMatchObject({ code: 'input/invalid' })
      await reading(await writer.commit(), async (reader) => {
        expect(Buffer.from(await reader.blob(traits.streamFile, signal)).equals(data)).toBe(true)
        expect(Buffer.from(await reader.blob('notes.conf.blob', signal)).toString()).toBe('hello')
        expect(await reader.facts(signal)).toEqual({ host: 'elsa', roots: [{ archive: 'root', path: '/home' }] })
        expect(JSON.parse(await reader.manifestText(signal))).toMatchObject({ 'backup-id': group.backupId })
        expect((await reader.chunks(traits.streamFile, signal)).count).toBeGreaterThan(0)
      })
    })

    test('a disk image comes back, whole and in parts, and only what changed in it is stored again', async () => {
      const group = newGroup()
      const content = new Uint8Array(noise('image', 21_000_000))
      content.fill(0, 8 << 20, 16 << 20)
      const imageBackup = async (time: number) => {
        const seen = new Seen()
        const options = { time, mode: 'data', compress: true, cryptMode } as const
        const writer = await target.repository.write(group, options, signal)
        const image = {
          sizeBytes: BigInt(content.length),
          read: async (at: bigint, length: number) => content.slice(Number(at), Number(at) + length),
        }
        await writer.addImage('disk', image, seen)
        return { snapshot: await writer.commit(), seen }
      }
      const partOf = (snapshot: StoredSnapshot, offset: number, length?: number) =>
        reading(snapshot, async (reader) => {
          const range = { offset: BigInt(offset), length: length === undefined ? undefined : BigInt(length) }
          return Buffer.concat(await Array.fromAsync(reader.content(traits.imageFile, [], range, signal)))
        })

      const first = await imageBackup(1000)
      expect(first.snapshot.archives).toMatchObject([{ filename: traits.imageFile, sizeBytes: 21_000_000n }])
      expect(first.seen).toMatchObject({ stored: 1, taken: content.length })
      const counted = await reading(first.snapshot, (reader) => reader.chunks(traits.imageFile, signal))
      if (traits.imageChunks !== undefined) expect(counted).toEqual(traits.imageChunks)
      expect(counted.unique).toBeLessThan(counted.count) // two of its parts are zeros
      expect((await partOf(first.snapshot, 0)).equals(content)).toBe(true)
      const before = content.slice()
      content[9_000_000] = 1
      const second = await imageBackup(1001)
      expect(second.seen).toMatchObject({ stored: 1, taken: content.length, newChunks: 1 })
      expect((await partOf(second.snapshot, 8_999_990, 20)).equals(content.slice(8_999_990, 9_000_010))).toBe(true)
      expect((await partOf(second.snapshot, 20_999_999, 20)).equals(content.slice(20_999_999))).toBe(true)
      expect((await partOf(first.snapshot, 0)).equals(before)).toBe(true)
      const third = await imageBackup(1002)
      expect(third.seen.newChunks).toBe(0)
      expect(third.snapshot.archives).toEqual(second.snapshot.archives)
    })

    test('an empty image is refused', async () => {
      const options = { time: 1000, mode: 'data', compress: true, cryptMode } as const
      const writer = await target.repository.write(newGroup(), options, signal)
      const empty = { sizeBytes: 0n, read: async () => new Uint8Array(0) }
      await expect(writer.addImage('disk', empty, new Seen())).rejects.toMatchObject({ code: 'input/invalid' })
      await writer.discard()
    })

    test('a group takes one writer at a time, and only newer snapshots', async () => {
      const group = newGroup()
      const options = { time: 1000, mode: 'data', compress: true, cryptMode } as const
      const writer = await target.repository.write(group, options, signal)
      await expect(target.repository.write(group, { ...options, time: 1001 }, signal)).rejects.toMatchObject({
        code: 'repository/locked',
      })
      await writer.discard()
      await backup(group, 1000, sampleTree())
      await expect(target.repository.write(group, options, signal)).rejects.toMatchObject({ code: 'snapshot/exists' })
    })

    test('an aborted backup ends with the reason and leaves nothing behind', async () => {
      const group = newGroup()
      const abort = new AbortController()
      const options = { time: 1000, mode: 'data', compress: true, cryptMode } as const
      const writer = await target.repository.write(group, options, abort.signal)
      const reason = new Error('stopped by the person')
      const seen = new Seen()
      seen.entryDone = () => {
        if (seen.taken > 4_000_000) abort.abort(reason)
      }
      const adding = writer.addTree('root', sampleTree().entries(), { excludePatterns: [] }, seen)
      await expect(adding).rejects.toBe(reason)
      await writer.discard()
      await backup(group, 1000, sampleTree())
    })

    test('every archive says how it is protected', async () => {
      const { snapshot } = await backup(newGroup(), 1000, sampleTree())
      expect(new Set(snapshot.archives.map((archive) => archive.cryptMode))).toEqual(new Set([cryptMode]))
      expect(snapshot.keyFingerprint === undefined).toBe(cryptMode === 'none')
      expect(csumOf(snapshot, traits.treeFile)).toMatch(/^[0-9a-f]{64}$/)
    })
  })
}

class Seen implements WriteObserver {
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
function sampleTree(): SampleTree {
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
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
