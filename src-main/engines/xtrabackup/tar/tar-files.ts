import { open, opendir, stat } from 'node:fs/promises'
import path from 'node:path'
import { tarStream } from '../../../archive/tar/tar-stream.ts'
import type { FileContent, FileEntry } from '../../../archive/tree.ts'

/** Who owns the files inside the archive: the account that the database server runs as. */
export interface TarOwner {
  readonly uid: number
  readonly gid: number
}

/** Files of a folder, by their paths in it, as a tar: no folders, mode 0640 (spec xtrabackup-agent §12.6). */
export function tarFiles(folder: string, names: AsyncIterable<string>, owner: TarOwner): AsyncGenerator<Uint8Array> {
  return tarStream(entries(folder, names, owner))
}

/** Regular files below a folder in the order of their names; links are neither followed nor listed. */
export async function* walkFiles(folder: string, below = ''): AsyncGenerator<string> {
  const names: { readonly name: string; readonly isFolder: boolean }[] = []
  for await (const entry of await opendir(path.join(folder, below))) {
    if (entry.isDirectory() || entry.isFile()) names.push({ name: entry.name, isFolder: entry.isDirectory() })
  }
  names.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, isFolder } of names) {
    const member = below === '' ? name : `${below}/${name}`
    if (isFolder) yield* walkFiles(folder, member)
    else yield member
  }
}

async function* entries(folder: string, names: AsyncIterable<string>, owner: TarOwner): AsyncGenerator<FileEntry> {
  for await (const name of names) {
    const file = path.join(folder, name)
    const { size, mtimeNs } = await stat(file, { bigint: true })
    yield {
      kind: 'file',
      name: Buffer.from(name),
      sizeBytes: size,
      metadata: { permissions: 0o640, ...owner, mtimeNs, flags: 0n, xattrs: [] },
      open: () => openContent(file),
    }
  }
}

async function openContent(file: string): Promise<FileContent> {
  const handle = await open(file)
  return {
    async read(into) {
      return (await handle.read(into, 0, into.length)).bytesRead
    },
    close: () => handle.close(),
  }
}
