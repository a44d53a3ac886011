import { createHash, type Hash } from 'node:crypto'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { AccessControlList, AclRow, FileContent, FileEntry, Metadata, TreeEntry } from '../../archive/tree.ts'

/** What formats differ in, counted so that a loss can be told. */
export interface TreeCounts {
  entries: number
  hardlinks: number
  selinuxLabels: number
  subvolumes: number
  ownerNames: number
}

export interface TreeDigestOptions {
  /** Part of the same tree, to find a further name of a file as that file: the digest knows no hard links. */
  select(path: readonly Uint8Array[]): AsyncIterable<TreeEntry>
  /** Of this entry, by its path text, only name, kind and content count: the target said that it cannot keep the rest. */
  isPartial?(path: string): boolean
  /** Bytes of content that were read. */
  readonly onBytes?: ((count: number) => void) | undefined
  readonly signal: AbortSignal
}

/**
 * A digest over what a tree holds: paths, kinds, metadata, targets, numbers and every byte of the contents, the same for
 * every format that keeps them. Left out is what only some formats know, which is counted instead.
 */
export class TreeDigest {
  readonly counts: TreeCounts = { entries: 0, hardlinks: 0, selinuxLabels: 0, subvolumes: 0, ownerNames: 0 }
  readonly #hash = createHash('sha256')
  readonly #options: TreeDigestOptions
  readonly #path: Uint8Array[] = []

  constructor(options: TreeDigestOptions) {
    this.#options = options
  }

  /** The tree, for whoever reads all of it: what is not opened is read here, since the digest is over all contents. */
  async *pass(entries: AsyncIterable<TreeEntry>): AsyncGenerator<TreeEntry, void, undefined> {
    for await (const entry of entries) {
      this.#options.signal.throwIfAborted()
      if (entry.kind !== 'file') {
        yield entry
        await this.#take(entry)
        continue
      }
      const content = createHash('sha256')
      const watch: Watch = { hash: content, onBytes: this.#options.onBytes, failure: undefined }
      let isOpened = false
      yield {
        ...entry,
        open: async () => {
          isOpened = true
          return watched(await entry.open(), watch)
        },
      }
      // Whoever writes a backup goes on after a file that could not be read to its end; a copy must not.
      if (watch.failure !== undefined) throw watch.failure.error
      if (!isOpened) await this.#readAll(entry, watch)
      this.#add(entry, entry, content.digest('hex'))
    }
  }

  /** Reads a whole tree. */
  async read(entries: AsyncIterable<TreeEntry>): Promise<void> {
    for await (const _ of this.pass(entries)) {
      // The digest is taken as it passes.
    }
  }

  hex(): string {
    return this.#hash.digest('hex')
  }

  async #take(entry: Exclude<TreeEntry, { readonly kind: 'file' }>): Promise<void> {
    if (entry.kind === 'leave') {
      this.#path.pop()
      this.#hash.update('leave\n')
      return
    }
    if (entry.kind === 'hardlink') {
      this.counts.hardlinks++
      await this.#takeLink(entry.name)
      return
    }
    this.#add(entry, entry)
    // The root has no name, and no place in paths.
    if (entry.kind === 'directory' && entry.name.length > 0) this.#path.push(entry.name)
  }

  async #takeLink(name: Uint8Array): Promise<void> {
    for await (const found of this.#options.select([...this.#path, name])) {
      if (found.kind !== 'file') continue
      const hash = createHash('sha256')
      await this.#readAll(found, { hash, onBytes: this.#options.onBytes, failure: undefined })
      this.#add(found, found, hash.digest('hex'))
      return
    }
    throw new HoldfastError('archive/corrupt', { detail: `The hard link ${bytesToPathText(name)} leads nowhere.` })
  }

  #add(
    { name }: Exclude<TreeEntry, { readonly kind: 'leave' }>,
    entry: Exclude<TreeEntry, { readonly kind: 'leave' | 'hardlink' }>,
    content = '',
  ): void {
    const { metadata, kind } = entry
    this.counts.entries++
    if (metadata.selinuxLabel !== undefined) this.counts.selinuxLabels++
    if (metadata.subvolume !== undefined) this.counts.subvolumes++
    if (metadata.ownerName !== undefined || metadata.groupName !== undefined) this.counts.ownerNames++
    const path = [...this.#path, name].map(bytesToPathText).join('/')
    const isPartial = this.#options.isPartial?.(path) ?? false
    const parts: unknown[] = [kind, hex(name), content, isPartial ? undefined : facts(metadata, kind === 'symlink')]
    if (entry.kind === 'symlink') parts.push(hex(entry.target))
    if (entry.kind === 'block-device' || entry.kind === 'char-device') parts.push(`${entry.major}:${entry.minor}`)
    this.#hash.update(`${JSON.stringify(parts)}\n`)
  }

  async #readAll(file: FileEntry, watch: Watch): Promise<void> {
    const content = watched(await file.open(), watch)
    const buffer = new Uint8Array(bufferBytes)
    try {
      while ((await content.read(buffer)) > 0) this.#options.signal.throwIfAborted()
    } finally {
      await content.close()
    }
  }
}

const bufferBytes = 256 << 10

interface Watch {
  readonly hash: Hash
  readonly onBytes: ((count: number) => void) | undefined
  failure: { readonly error: unknown } | undefined
}

/** The content, hashed as it is read; remembers why reading failed. */
function watched(content: FileContent, watch: Watch): FileContent {
  return {
    async read(into) {
      try {
        const got = await content.read(into)
        watch.hash.update(into.subarray(0, got))
        watch.onBytes?.(got)
        return got
      } catch (error) {
        watch.failure = { error }
        throw error
      }
    },
    close: () => content.close(),
  }
}

/** Without names, labels and subvolumes. Modes of symbolic links mean nothing, and not every format keeps them. */
function facts(metadata: Metadata, isSymlink: boolean): readonly unknown[] {
  const { permissions, uid, gid, mtimeNs, flags, xattrs, acl, capability, quotaProjectId } = metadata
  const attributes = xattrs
    .map(({ name, value }) => [hex(name), hex(value)])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
  return [
    ...[isSymlink ? 0o777 : permissions, uid, gid, `${mtimeNs}`, `${flags}`, attributes, aclFacts(acl)],
    ...[capability && hex(capability), quotaProjectId === undefined ? undefined : `${quotaProjectId}`],
  ]
}

function aclFacts(acl: AccessControlList | undefined): readonly unknown[] | undefined {
  if (acl === undefined) return undefined
  const { users, groups, groupObject, defaults } = acl
  const access = [rowFacts(users), rowFacts(groups), groupObject]
  if (defaults === undefined) return access
  const { userObject, groupObject: group, other, mask } = defaults
  return [...access, userObject, group, other, mask, rowFacts(defaults.users), rowFacts(defaults.groups)]
}

function rowFacts(rows: readonly AclRow[]): readonly unknown[] {
  return rows.map(({ id, permissions }) => [id, permissions]).sort(([a = 0], [b = 0]) => a - b)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
