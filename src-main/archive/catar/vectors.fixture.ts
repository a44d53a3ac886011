import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { AccessControlList, DefaultAcl, FileContent, Metadata, TreeEntry } from '../tree.ts'
import { chooseFeatures, featureFlag as f, featureSet } from './feature-flags.ts'

/** A file of testdata (see its README), unpacked. */
export function vector(name: string): Uint8Array<ArrayBuffer> {
  const bytes = readFileSync(new URL(`testdata/${name}`, import.meta.url))
  return Uint8Array.from(name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
}

/** Archives that are made from a tree.json, with the features they were made with. */
export const madeArchives: readonly (readonly [archive: string, tree: string, featureFlags: bigint])[] = [
  ['tiny.best.catar', 'tiny.tree.json', chooseFeatures()],
  ['dev.best.catar', 'dev.tree.json', chooseFeatures()],
  ['longname.best.catar', 'longname.tree.json', chooseFeatures()],
  ['bst.best.catar', 'bst.tree.json.gz', chooseFeatures()],
  ['basic.best.catar.gz', 'basic.tree.json', chooseFeatures()],
  ['basic.best.sha256.catar.gz', 'basic.tree.json', chooseFeatures({ digest: 'sha256' })],
  ['basic.unix.catar.gz', 'basic.tree.json', chooseFeatures({ with: featureSet.unix })],
  ['basic.fat.catar.gz', 'basic.tree.json', chooseFeatures({ with: featureSet.fat })],
  ['basic.none.catar.gz', 'basic.tree.json', chooseFeatures({ without: featureSet.all })],
  [
    'basic.sec-permissions-symlinks.catar.gz',
    'basic.tree.json',
    chooseFeatures({ with: f.secondTime | f.permissions | f.symlinks }),
  ],
  [
    'basic.names-32bit-readonly.catar.gz',
    'basic.tree.json',
    chooseFeatures({ with: f.userNames | f.uids32Bit | f.readOnly | f.twoSecondTime }),
  ],
  ['meta.best.catar', 'meta.tree.json', chooseFeatures()],
  ['meta.best.nodump-included.catar', 'meta.tree.json', chooseFeatures({ excludeNoDump: false })],
  ['meta.xattrs-only.catar', 'meta.tree.json', chooseFeatures({ with: f.xattrs })],
  ['meta.acl-only.catar', 'meta.tree.json', chooseFeatures({ with: f.acl })],
  ['meta.no-privileged.catar', 'meta.tree.json', chooseFeatures({ without: featureSet.privileged })],
  ['meta.chattr.catar', 'meta.tree.json', chooseFeatures({ with: featureSet.chattr })],
]

interface JsonEntry {
  readonly path?: string
  readonly path_hex?: string
  readonly type: 'dir' | 'file' | 'symlink' | 'fifo' | 'socket' | 'char' | 'block'
  readonly mode: string
  readonly uid: number
  readonly gid: number
  readonly mtime_ns: string
  readonly size?: number
  readonly content_base64?: string
  readonly content_ref?: string
  readonly tail_base64?: string
  readonly target?: string
  readonly major?: number
  readonly minor?: number
  readonly xattrs_hex?: Readonly<Record<string, string>>
  readonly acl_access?: readonly JsonAclRow[]
  readonly acl_default?: readonly JsonAclRow[]
  readonly selinux?: string
  readonly fcaps_hex?: string
  readonly chattr?: string
}

interface JsonAclRow {
  readonly tag: 'user_obj' | 'user' | 'group_obj' | 'group' | 'mask' | 'other'
  readonly perm: number
  readonly id: number | null
}

/** The entries of a tree.json, as a source would give them. */
export async function* readTree(name: string): AsyncGenerator<TreeEntry> {
  const list = JSON.parse(Buffer.from(vector(name)).toString()) as readonly JsonEntry[] // ours, as the README says
  const paths = list.map(({ path, path_hex: hex }) =>
    hex === undefined ? Buffer.from(path ?? '') : Buffer.from(hex, 'hex'),
  )
  const order = list
    .map((entry, at) => ({ entry, parts: splitPath(paths[at] ?? Buffer.alloc(0)) }))
    .sort((a, b) => comparePaths(a.parts, b.parts))
  let open = 0
  for (const { entry, parts } of order) {
    for (; open > Math.max(parts.length, 0) && open > 0; open--) yield { kind: 'leave' }
    yield toEntry(entry, parts.at(-1) ?? new Uint8Array(0))
    if (entry.type === 'dir') open = parts.length + 1
  }
  for (; open > 0; open--) yield { kind: 'leave' }
}

function splitPath(path: Buffer): Uint8Array[] {
  return path.length === 0
    ? []
    : path
        .toString('latin1')
        .split('/')
        .map((part) => Uint8Array.from(Buffer.from(part, 'latin1')))
}

/** Depth first, children in the order of their bytes. */
function comparePaths(a: readonly Uint8Array[], b: readonly Uint8Array[]): number {
  for (const [at, part] of a.entries()) {
    const other = b[at]
    const order = other === undefined ? 1 : Buffer.compare(part, other)
    if (order !== 0) return order
  }
  return a.length - b.length
}

function toEntry(entry: JsonEntry, name: Uint8Array): TreeEntry {
  const metadata = toMetadata(entry)
  switch (entry.type) {
    case 'dir':
      return { kind: 'directory', name, metadata }
    case 'file': {
      const content = contentOf(entry)
      return { kind: 'file', name, metadata, sizeBytes: BigInt(content.length), open: () => streamOf(content) }
    }
    case 'symlink':
      return { kind: 'symlink', name, metadata, target: Uint8Array.from(Buffer.from(entry.target ?? '')) }
    case 'char':
    case 'block': {
      const kind = entry.type === 'char' ? 'char-device' : 'block-device'
      return { kind, name, metadata, major: BigInt(entry.major ?? 0), minor: BigInt(entry.minor ?? 0) }
    }
    default:
      return { kind: entry.type, name, metadata }
  }
}

function contentOf(entry: JsonEntry): Uint8Array {
  if (entry.content_ref !== undefined) return vector('text180.txt.gz')
  if (entry.content_base64 !== undefined) return Uint8Array.from(Buffer.from(entry.content_base64, 'base64'))
  const content = new Uint8Array(entry.size ?? 0)
  const tail = Buffer.from(entry.tail_base64 ?? '', 'base64')
  content.set(tail, content.length - tail.length)
  return content
}

/** Forward reading, in steps, so that readers meet short reads. */
export function streamOf(content: Uint8Array, stepBytes = 50_000): FileContent {
  let at = 0
  return {
    read(into) {
      const part = content.subarray(at, at + Math.min(into.length, stepBytes))
      into.set(part)
      at += part.length
      return part.length
    },
    close() {},
  }
}

const userNames = new Map([
  [1, 'daemon'],
  [65_534, 'nobody'],
])
const groupNames = new Map([
  [1, 'daemon'],
  [65_534, 'nogroup'],
])
const letters = new Map([
  ['A', f.noAccessTime],
  ['D', f.syncDirectory],
  ['d', f.noDump],
])

function toMetadata(entry: JsonEntry): Metadata {
  const xattrs = Object.entries(entry.xattrs_hex ?? {}).map(([name, hex]) => ({
    name: Uint8Array.from(Buffer.from(name)),
    value: Uint8Array.from(Buffer.from(hex, 'hex')),
  }))
  const acl = toAcl(entry)
  const ownerName = userNames.get(entry.uid)
  const groupName = groupNames.get(entry.gid)
  return {
    permissions: Number.parseInt(entry.mode, 8),
    uid: entry.uid,
    gid: entry.gid,
    mtimeNs: BigInt(entry.mtime_ns),
    flags: [...(entry.chattr ?? '')].reduce((bits, letter) => bits | (letters.get(letter) ?? 0n), 0n),
    xattrs,
    ...(acl && { acl }),
    ...(entry.fcaps_hex !== undefined && { capability: Uint8Array.from(Buffer.from(entry.fcaps_hex, 'hex')) }),
    ...(entry.selinux !== undefined && { selinuxLabel: Uint8Array.from(Buffer.from(entry.selinux)) }),
    ...(ownerName && { ownerName }),
    ...(groupName && { groupName }),
  }
}

function toAcl({ acl_access: access, acl_default: defaults }: JsonEntry): AccessControlList | undefined {
  if (access === undefined && defaults === undefined) return undefined
  const one = (rows: readonly JsonAclRow[], tag: string): number | undefined =>
    rows.find((row) => row.tag === tag)?.perm
  const many = (rows: readonly JsonAclRow[], tag: string, names: ReadonlyMap<number, string>) =>
    rows
      .filter((row) => row.tag === tag)
      .map(({ id, perm }) => {
        const name = names.get(id ?? 0)
        return { id: id ?? 0, permissions: perm, ...(name && { name }) }
      })
  const rowsOf = (rows: readonly JsonAclRow[]) => ({
    users: many(rows, 'user', userNames),
    groups: many(rows, 'group', groupNames),
  })
  const groupObject = one(access ?? [], 'mask') === undefined ? undefined : one(access ?? [], 'group_obj')
  const fullDefaults: DefaultAcl | undefined = defaults && {
    userObject: one(defaults, 'user_obj'),
    groupObject: one(defaults, 'group_obj'),
    other: one(defaults, 'other'),
    mask: one(defaults, 'mask'),
    ...rowsOf(defaults),
  }
  return {
    ...rowsOf(access ?? []),
    ...(groupObject !== undefined && { groupObject }),
    ...(fullDefaults && { defaults: fullDefaults }),
  }
}
