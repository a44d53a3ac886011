import type { Metadata, TreeEntry } from '../../src-main/archive/tree.ts'
import { openDatastoreRepository } from '../../src-main/repositories/datastore/datastore-repository.ts'
import type { WriteObserver } from '../../src-main/repositories/repository.ts'

/**
 * Run by Node: fills a local repository that is there already, through the writer that backups use.
 *
 *     fill-large.ts <repository> <entries> <snapshots>
 *
 * `host/archive` gets one snapshot of so many entries, 100,000 of them in the folder `Scans`; `host/diary` so many daily
 * snapshots, in each of which one file changed.
 */
const [path = '', entries = '0', snapshots = '0'] = process.argv.slice(2)

const scans = 100_000
const perFolder = 100
const day = 86_400
const newest = Math.floor(Date.now() / 1000) - day
const signal = new AbortController().signal
const unobserved: WriteObserver = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }

const repository = await openDatastoreRepository(path, { keys: [], now: Date.now })
try {
  for (let at = Number(snapshots) - 1; at >= 0; at--)
    await write('diary', newest - at * day, diary(newest - at * day, at))
  await write('archive', newest, archive(Number(entries)))
} finally {
  await repository.close()
}

async function write(backupId: string, time: number, tree: AsyncIterable<TreeEntry>): Promise<void> {
  const writer = await repository.write(
    { namespace: '', type: 'host', backupId },
    { time, mode: 'metadata', compress: true, cryptMode: 'none' },
    signal,
  )
  await writer.addTree(backupId, tree, { excludePatterns: [] }, unobserved)
  await writer.commit()
}

async function* diary(time: number, at: number): AsyncGenerator<TreeEntry> {
  yield folder('', newest - 3000 * day)
  yield file('diary.txt', time, `Day ${at}\n`)
  for (let i = 0; i < 20; i++)
    yield file(`notes-${String(i).padStart(2, '0')}.txt`, newest - 2000 * day, `Notes ${i}\n`)
  yield { kind: 'leave' }
}

/** Folders of a hundred files below years, besides the one large folder. */
async function* archive(count: number): AsyncGenerator<TreeEntry> {
  yield folder('', newest)
  yield folder('Scans', newest)
  for (let i = 0; i < scans; i++) yield file(`scan-${String(i).padStart(6, '0')}.tif`, newest - i, '')
  yield { kind: 'leave' }
  const rest = Math.max(0, count - scans)
  for (let at = 0; at < rest; at += perFolder) {
    yield folder(`box-${String(at / perFolder).padStart(5, '0')}`, newest - at)
    for (let i = at; i < Math.min(rest, at + perFolder); i++) yield file(`letter-${i}.txt`, newest - i, '')
    yield { kind: 'leave' }
  }
  yield { kind: 'leave' }
}

function folder(name: string, time: number): TreeEntry {
  return { kind: 'directory', name: Buffer.from(name), metadata: metadata(0o755, time) }
}

function file(name: string, time: number, content: string): TreeEntry {
  const bytes = Buffer.from(content)
  return {
    kind: 'file',
    name: Buffer.from(name),
    metadata: metadata(0o644, time),
    sizeBytes: BigInt(bytes.length),
    linkCount: 1,
    open() {
      let offset = 0
      return {
        read(into) {
          const part = bytes.subarray(offset, offset + into.length)
          into.set(part)
          offset += part.length
          return part.length
        },
        close() {},
      }
    },
  }
}

function metadata(permissions: number, time: number): Metadata {
  return { permissions, uid: 1000, gid: 1000, mtimeNs: BigInt(time) * 1_000_000_000n, flags: 0n, xattrs: [] }
}
