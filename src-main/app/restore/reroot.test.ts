import { describe, expect, it } from 'vitest'
import type { Metadata, TreeEntry } from '../../archive/tree.ts'
import { reroot } from './reroot.ts'
import { formatSnapshotPath, outermost, parseSnapshotPath } from './snapshot-path.ts'

const metadata: Metadata = { permissions: 0o644, uid: 0, gid: 0, mtimeNs: 0n, flags: 0n, xattrs: [] }
const bytes = (text: string): Buffer => Buffer.from(text)
const open = (): never => {
  throw new Error('not opened here')
}

/** `a/` opens a folder, `/` leaves it, `x>y` is a hard link, anything else a file. */
async function* tree(...words: string[]): AsyncGenerator<TreeEntry> {
  for (const word of words) {
    const [name = '', target] = word.split('>')
    if (word === '/') yield { kind: 'leave' }
    else if (target !== undefined) yield { kind: 'hardlink', name: bytes(name), target: bytes(target) }
    else if (word.endsWith('/')) yield { kind: 'directory', name: bytes(word.slice(0, -1)), metadata }
    else yield { kind: 'file', name: bytes(word), metadata, sizeBytes: 0n, open }
  }
}

async function words(entries: AsyncIterable<TreeEntry>): Promise<string[]> {
  const all: string[] = []
  for await (const entry of entries) {
    if (entry.kind === 'leave') all.push('/')
    else if (entry.kind === 'directory') all.push(`${Buffer.from(entry.name)}/`)
    else if (entry.kind === 'hardlink') all.push(`${Buffer.from(entry.name)}>${Buffer.from(entry.target)}`)
    else all.push(`${Buffer.from(entry.name)}`)
  }
  return all
}

const root = { kind: 'directory', name: new Uint8Array(0), metadata } as const
async function* rooted(...inner: string[]): AsyncGenerator<TreeEntry> {
  yield root
  yield* tree(...inner, '/')
}

function run(select: string[], entries: AsyncIterable<TreeEntry>, taken = new Set<string>()) {
  const paths = select.map((path) =>
    path
      .split('/')
      .filter((name) => name !== '')
      .map(bytes),
  )
  return words(reroot(entries, { select: paths, rootName: bytes('documents'), taken }))
}

describe('rerooting', () => {
  const entries = () => rooted('a/', 'b/', 'f', 'g>a/b/f', '/', '/', 'c/', 'f', '/', 'top')

  it('takes chosen folders and files out of their folders', async () => {
    expect(await run(['a/b', 'top'], entries())).toEqual(['b/', 'f', 'g>b/f', '/', 'top'])
  })

  it('gives the root its own name', async () => {
    expect(await run([''], rooted('a/', 'f', '/', 'l>a/f'))).toEqual([
      'documents/',
      'a/',
      'f',
      '/',
      'l>documents/a/f',
      '/',
    ])
  })

  it('numbers names that are taken, and links follow', async () => {
    expect(await run(['a/b/f', 'c/f'], rooted('a/', 'b/', 'f', '/', '/', 'c/', 'f', '/'))).toEqual(['f', 'f (2)'])
    expect(await run(['a/x.md', 'l'], rooted('a/', 'x.md', '/', 'l>a/x.md'), new Set(['x.md']))).toEqual([
      'x (2).md',
      'l>x (2).md',
    ])
  })

  it('gives nothing of what was not chosen', async () => {
    expect(await run(['nowhere'], entries())).toEqual([])
  })
})

describe('snapshot paths', () => {
  it('that lie below another one go without saying', () => {
    const paths = outermost(['d/a/b', 'd/a', 'd/ab', 'e', 'd/a'])
    expect(paths?.map(({ tree: name, names }) => formatSnapshotPath(name, names))).toEqual(['d/a', 'd/ab', 'e'])
  })

  it('mean everything when there are none, or when one is the list of archives', () => {
    expect(outermost([])).toBeUndefined()
    expect(outermost(['d/a', ''])).toBeUndefined()
  })

  it.each(['d/../x', 'd/./x', 'd/a\0b'])('%j is refused', (path) => {
    expect(() => parseSnapshotPath(path)).toThrow('not a path inside a snapshot')
  })
})
