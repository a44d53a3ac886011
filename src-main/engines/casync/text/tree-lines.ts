import { createHash } from 'node:crypto'
import { featureFlag as f, timeGranularity, uidFlags } from '../../../archive/catar/feature-flags.ts'
import type { NodeKind } from '../../../archive/node-kind.ts'
import type { FileContent } from '../../../archive/tree.ts'
import type { DigestAlgorithm } from '../chunk-digest.ts'
import type { DescribedNode } from './described-node.ts'
import { escapeText, modeText, splitTime } from './node-text.ts'

/** A line of `casync list`. `path` is from the root of the archive, which is `.`. */
export function listLine(path: Uint8Array, { kind, metadata }: DescribedNode): string {
  return `${modeText(kind, metadata.permissions)} ${pathText(path)}\n`
}

export function pathText(path: Uint8Array): string {
  return path.length === 0 ? '.' : escapeText(path)
}

export interface MtreeStyle {
  readonly featureFlags: bigint
  /** The name that the digest goes by: casync takes that of `--digest`, whatever the archive's own is. */
  readonly digestName: DigestAlgorithm
  /** Of the archive. */
  readonly algorithm: DigestAlgorithm
}

const types: Readonly<Record<NodeKind, string>> = {
  directory: 'dir',
  file: 'file',
  symlink: 'link',
  'block-device': 'block',
  'char-device': 'char',
  fifo: 'fifo',
  socket: 'socket',
}

const mtreeFlags: readonly (readonly [name: string, flag: bigint])[] = [
  ['hidden', f.hidden],
  ['system', f.system],
  ['archive', f.archive],
  ['sappend', f.append],
  ['nodump', f.noDump],
  ['simmutable', f.immutable],
]

/** A line of `casync mtree`, with its quirks (spec casync §13). Reads the content of a file. */
export async function mtreeLine(path: Uint8Array, node: DescribedNode, style: MtreeStyle): Promise<string> {
  const { kind, metadata, sizeBytes, target, device, open } = node
  const { featureFlags } = style
  const words = [pathText(path), `type=${types[kind]}`, `mode=${metadata.permissions.toString(8).padStart(4, '0')}`]
  if (sizeBytes !== undefined) words.push(`size=${sizeBytes}`)
  if (target !== undefined) words.push(`link=${escapeText(target)}`)
  if (device !== undefined) words.push(`device=linux,${device.major},${device.minor}`)
  words.push(...ownerWords(node, featureFlags))
  const flags = flagWords(node, featureFlags)
  if (flags !== '') words.push(`flags=${flags}`)
  if (timeGranularity(featureFlags) !== 0n) {
    const { seconds, nanoseconds } = splitTime(metadata.mtimeNs)
    words.push(`time=${seconds}.${nanoseconds}`)
  }
  if (open !== undefined) {
    words.push(`${style.digestName.replace('-', '')}digest=${await contentDigest(await open(), style.algorithm)}`)
  }
  return `${words.join(' ')}\n`
}

function ownerWords({ metadata }: DescribedNode, featureFlags: bigint): string[] {
  const { uid, gid } = metadata
  const words: string[] = []
  if ((featureFlags & uidFlags) !== 0n) words.push(`uid=${uid}`, `gid=${gid}`)
  const { userName, groupName } = ownerNamesOf(metadata, featureFlags)
  if (userName !== undefined) words.push(`uname=${userName}`)
  if (groupName !== undefined) words.push(`gname=${groupName}`)
  return words
}

/** Everybody knows what 0 is called, if names are kept at all. */
export function ownerNamesOf(
  { uid, gid, ownerName, groupName }: DescribedNode['metadata'],
  featureFlags: bigint,
): { readonly userName: string | undefined; readonly groupName: string | undefined } {
  if ((featureFlags & f.userNames) === 0n) return { userName: undefined, groupName: undefined }
  return {
    userName: ownerName ?? (uid === 0 ? 'root' : undefined),
    groupName: groupName ?? (gid === 0 ? 'root' : undefined),
  }
}

/** Nodes that have no flags show them all as set. */
function flagWords({ kind, metadata }: DescribedNode, featureFlags: bigint): string {
  const set = kind === 'file' || kind === 'directory' ? metadata.flags : featureFlags
  return mtreeFlags
    .filter(([, flag]) => (featureFlags & flag) !== 0n)
    .map(([name, flag]) => ((set & flag) === 0n ? `no${name}` : name))
    .join(',')
}

const pieceBytes = 1 << 17

/** Reads and closes it. */
export async function contentDigest(content: FileContent, algorithm: DigestAlgorithm): Promise<string> {
  const hash = createHash(algorithm)
  const buffer = new Uint8Array(pieceBytes)
  try {
    for (;;) {
      const length = await content.read(buffer)
      if (length === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, length))
    }
  } finally {
    await content.close()
  }
}
