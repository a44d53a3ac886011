import type { Header, Pack } from 'tar-stream'
import { assertNever } from '../../../src-shared/assert-never.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import { drained } from '../drained.ts'
import type { FileEntry, TreeEntry } from '../tree.ts'

const readBytes = 256 * 1024

/** Entries of a tree as a tar file (PAX headers where names or sizes ask for it), hard links and devices included. */
export async function* tarStream(entries: AsyncIterable<TreeEntry>): AsyncGenerator<Uint8Array> {
  const { pack } = await import('tar-stream') // with the first: hardly any start needs it
  const tar = pack()
  const filling = fill(tar, entries)
  try {
    for await (const bytes of tar) yield bytes as Uint8Array // a stream without encoding yields Buffers
    await filling
  } finally {
    tar.destroy()
    await filling.catch(() => {}) // its failure destroyed the stream and was thrown there
  }
}

type Headers = Partial<Header> & Pick<Header, 'name'>

async function fill(tar: Pack, entries: AsyncIterable<TreeEntry>): Promise<void> {
  const folders: string[] = []
  try {
    for await (const entry of entries) {
      if (tar.destroyed) return
      if (entry.kind === 'leave') {
        folders.pop()
        continue
      }
      const name = [...folders, bytesToPathText(entry.name)].join('/').toWellFormed()
      if (entry.kind === 'directory') folders.push(bytesToPathText(entry.name))
      if (entry.kind === 'file') {
        await addFile(tar, name, entry)
        continue
      }
      const headers = header(name, entry)
      if (headers !== undefined) await add(tar, headers)
    }
    tar.finalize()
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

function header(name: string, entry: Exclude<TreeEntry, { kind: 'leave' | 'file' }>): Headers | undefined {
  if (entry.kind === 'hardlink') return { name, type: 'link', linkname: bytesToPathText(entry.target).toWellFormed() }
  const base = { name, ...metadataOf(entry) }
  switch (entry.kind) {
    case 'directory':
      return { ...base, name: `${name}/`, type: 'directory' }
    case 'symlink':
      return { ...base, type: 'symlink', linkname: bytesToPathText(entry.target).toWellFormed() }
    case 'fifo':
      return { ...base, type: 'fifo' }
    case 'socket':
      return undefined // tar has none, and they mean nothing without their process
    case 'block-device':
    case 'char-device':
      return {
        ...base,
        type: entry.kind === 'block-device' ? 'block-device' : 'character-device',
        devmajor: Number(entry.major),
        devminor: Number(entry.minor),
      }
    default:
      return assertNever(entry)
  }
}

function metadataOf({ metadata }: Pick<FileEntry, 'metadata'>) {
  const { permissions, uid, gid, mtimeNs } = metadata
  return { mode: permissions, uid, gid, mtime: new Date(Number(mtimeNs / 1_000_000n)) }
}

function add(tar: Pack, headers: Headers): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry(headers, (error) => (error ? reject(error) : resolve()))
  })
}

async function addFile(tar: Pack, name: string, file: FileEntry): Promise<void> {
  const content = await file.open()
  try {
    await new Promise<void>((resolve, reject) => {
      const sink = tar.entry({ name, type: 'file', size: Number(file.sizeBytes), ...metadataOf(file) }, (error) =>
        error ? reject(error) : resolve(),
      )
      pump(content, sink).catch(reject)
      sink.on('close', () => resolve())
    })
  } finally {
    await content.close()
  }
}

async function pump(content: Awaited<ReturnType<FileEntry['open']>>, sink: ReturnType<Pack['entry']>): Promise<void> {
  while (true) {
    const into = new Uint8Array(readBytes)
    const length = await content.read(into)
    if (length === 0) break
    if (sink.destroyed) return
    if (!sink.write(into.subarray(0, length))) await drained(sink)
  }
  sink.end(null)
}
