import { createCipheriv, createHash } from 'node:crypto'
import { HoldfastError } from '../../src-shared/errors.ts'
import type { FileContent, Metadata, TreeEntry } from '../archive/tree.ts'

/** A tree in memory that can be changed between backups, and that counts how often its files are opened. */
export interface SampleNode {
  readonly content?: Uint8Array
  readonly children?: Map<string, SampleNode>
  readonly symlink?: string
  readonly hardlink?: string
  readonly metadata?: Partial<Metadata>
  readonly isUnreadable?: boolean
}

export class SampleTree {
  readonly root = new Map<string, SampleNode>()
  /** Paths of the files that were opened, in order. */
  readonly opened: string[] = []

  set(path: string, node: SampleNode): void {
    const names = path.split('/')
    const last = names.pop() ?? ''
    let at = this.root
    for (const name of names) {
      const next = at.get(name)?.children ?? new Map<string, SampleNode>()
      if (at.get(name)?.children === undefined) at.set(name, { children: next })
      at = next
    }
    at.set(last, node)
  }

  get(path: string): SampleNode | undefined {
    let node: SampleNode | undefined = { children: this.root }
    for (const name of path.split('/')) node = node?.children?.get(name)
    return node
  }

  remove(path: string): void {
    const names = path.split('/')
    const last = names.pop() ?? ''
    const parent = names.length === 0 ? this.root : this.get(names.join('/'))?.children
    parent?.delete(last)
  }

  async *entries(): AsyncGenerator<TreeEntry> {
    yield { kind: 'directory', name: bytes(''), metadata: metadataOf({}) }
    yield* this.#below(this.root, '')
    yield { kind: 'leave' }
  }

  /** As it comes out of an archive that has no hard links: each name is a file. */
  async *entriesWithoutLinks(): AsyncGenerator<TreeEntry> {
    for await (const entry of this.entries()) {
      if (entry.kind !== 'hardlink') {
        yield entry
        continue
      }
      const { content = new Uint8Array(0), ...node } = this.get(Buffer.from(entry.target).toString()) ?? {}
      const sizeBytes = BigInt(content.length)
      yield { kind: 'file', name: entry.name, metadata: metadataOf(node), sizeBytes, open: () => contentOf(content) }
    }
  }

  *#below(nodes: ReadonlyMap<string, SampleNode>, prefix: string): Generator<TreeEntry> {
    for (const name of [...nodes.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      const node = nodes.get(name) ?? {}
      const path = prefix + name
      if (node.children !== undefined) {
        yield { kind: 'directory', name: bytes(name), metadata: metadataOf(node) }
        yield* this.#below(node.children, `${path}/`)
        yield { kind: 'leave' }
      } else if (node.symlink !== undefined) {
        yield { kind: 'symlink', name: bytes(name), metadata: metadataOf(node), target: bytes(node.symlink) }
      } else if (node.hardlink !== undefined) {
        yield { kind: 'hardlink', name: bytes(name), target: bytes(node.hardlink) }
      } else {
        const content = node.content ?? new Uint8Array(0)
        yield {
          kind: 'file',
          name: bytes(name),
          metadata: metadataOf(node),
          sizeBytes: BigInt(content.length),
          open: () => {
            this.opened.push(path)
            if (node.isUnreadable === true) throw unreadable(path)
            return contentOf(content)
          },
        }
      }
    }
  }
}

const unreadable = (path: string) => new HoldfastError('file/unreadable', { detail: path })

/** Bytes that do not compress, always the same for a seed. */
export function noise(seed: string, length: number): Uint8Array {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, new Uint8Array(16)).update(new Uint8Array(length))
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function metadataOf(node: SampleNode): Metadata {
  return {
    permissions: node.symlink === undefined ? 0o644 : 0o777,
    uid: 1000,
    gid: 1000,
    mtimeNs: 1_700_000_000_123_456_789n,
    flags: 0n,
    xattrs: [],
    ...node.metadata,
  }
}

function contentOf(content: Uint8Array): FileContent {
  let at = 0
  return {
    read(into) {
      const part = content.subarray(at, at + into.length)
      into.set(part)
      at += part.length
      return part.length
    },
    close() {},
  }
}

/** A tree as one line per entry, with a digest of every content: what two trees are compared by. */
export async function describeTree(entries: AsyncIterable<TreeEntry>): Promise<string[]> {
  const lines: string[] = []
  const folders: string[] = []
  for await (const entry of entries) {
    if (entry.kind === 'leave') {
      folders.pop()
      continue
    }
    const name = new TextDecoder().decode(entry.name)
    const path = [...folders, name].join('/')
    if (entry.kind === 'directory') folders.push(name)
    const parts = [path, entry.kind]
    if (entry.kind !== 'hardlink') {
      const { permissions, uid, gid, mtimeNs, flags, xattrs } = entry.metadata
      parts.push(`${permissions}:${uid}:${gid}:${mtimeNs}:${flags}`)
      for (const xattr of xattrs) parts.push(`${Buffer.from(xattr.name)}=${Buffer.from(xattr.value)}`)
    }
    if (entry.kind === 'file') parts.push(await digestOf(await entry.open()))
    if (entry.kind === 'symlink' || entry.kind === 'hardlink') parts.push(`-> ${Buffer.from(entry.target)}`)
    lines.push(parts.join(' '))
  }
  return lines
}

async function digestOf(content: FileContent): Promise<string> {
  const hash = createHash('sha256')
  const buffer = new Uint8Array(65_536)
  for (let got = await content.read(buffer); got > 0; got = await content.read(buffer)) {
    hash.update(buffer.subarray(0, got))
  }
  await content.close()
  return hash.digest('hex').slice(0, 16)
}
