import type { CatarAccessor, CatarNode } from '../../../archive/catar/accessor.ts'
import { digestOf, featureFlag as f, timeGranularity, uidFlags } from '../../../archive/catar/feature-flags.ts'
import { readForward } from '../../../archive/read-forward.ts'
import type { Metadata } from '../../../archive/tree.ts'
import { chunkDigest } from '../chunk-digest.ts'
import { describeNode } from './described-node.ts'
import { escapeText, modeText, splitTime } from './node-text.ts'
import { contentDigest, ownerNamesOf, pathText } from './tree-lines.ts'

/** In the order of casync's columns. */
const chattrLetters: readonly (readonly [letter: string, flag: bigint])[] = [
  ['S', f.sync],
  ['D', f.syncDirectory],
  ['i', f.immutable],
  ['a', f.append],
  ['d', f.noDump],
  ['A', f.noAccessTime],
  ['c', f.compress],
  ['N', f.noCompress],
  ['C', f.noCopyOnWrite],
  ['P', f.projectInherit],
]
const fatLetters: readonly (readonly [letter: string, flag: bigint])[] = [
  ['h', f.hidden],
  ['s', f.system],
  ['a', f.archive],
]

/** What `casync stat` prints of a node (spec casync §13). Reads its content. */
export async function statLines(
  path: Uint8Array,
  node: CatarNode,
  archive: CatarAccessor,
  signal: AbortSignal,
): Promise<string> {
  const { kind, metadata } = node
  const { featureFlags } = archive
  const described = describeNode(node, archive, signal)
  const lines: (readonly [label: string, value: string])[] = [
    ['File', pathText(path)],
    ['Mode', modeText(kind, metadata.permissions)],
  ]
  if (kind === 'file' || kind === 'directory') {
    lines.push(['FileAttr', attributeText(metadata.flags, chattrLetters)])
    lines.push(['FATAttr', attributeText(metadata.flags, fatLetters)])
  }
  lines.push(['Offset', String(node.start)])
  if (timeGranularity(featureFlags) !== 0n) lines.push(['Time', timeText(metadata.mtimeNs)])
  if (kind === 'file') lines.push(['Size', String(node.sizeBytes)])
  lines.push(...ownerLines(metadata, featureFlags))
  if (metadata.quotaProjectId !== undefined) lines.push(['ProjID', String(metadata.quotaProjectId)])
  if (described.target !== undefined) lines.push(['Target', escapeText(described.target)])
  if (described.device !== undefined) {
    lines.push(['Device', `${described.device.major}:${described.device.minor}`])
  }
  for (const { name, value } of metadata.xattrs) lines.push(['XAttr', `${escapeText(name)} → ${escapeText(value)}`])
  lines.push(...(await digestLines(node, archive, signal)))
  return lines.map(([label, value]) => `${label.padStart(8)}: ${value}\n`).join('')
}

async function digestLines(
  node: CatarNode,
  archive: CatarAccessor,
  signal: AbortSignal,
): Promise<(readonly [string, string])[]> {
  if (node.kind === 'directory') return []
  const algorithm = digestOf(archive.featureFlags)
  const whole = await contentDigest(readForward(archive.openStored(node), signal), algorithm)
  const digest = (value: string) => [['Digest', value]] as const
  // casync also gives a block device the digest of nothing.
  if (node.kind === 'block-device') return [...digest(chunkDigest(new Uint8Array(0), algorithm)), ['HLDigest', whole]]
  if (node.kind !== 'file') return [['HLDigest', whole]]
  const content = await contentDigest(readForward(archive.open(node), signal), algorithm)
  return [...digest(content), ['HLDigest', whole]]
}

function ownerLines(metadata: Metadata, featureFlags: bigint): (readonly [string, string])[] {
  const { userName, groupName } = ownerNamesOf(metadata, featureFlags)
  const isNumbered = (featureFlags & uidFlags) !== 0n
  const show = (label: string, id: number, name: string | undefined): (readonly [string, string])[] => {
    if (name !== undefined) return [[label, isNumbered ? `${name} (${id})` : name]]
    return isNumbered ? [[label, String(id)]] : []
  }
  return [...show('User', metadata.uid, userName), ...show('Group', metadata.gid, groupName)]
}

function attributeText(flags: bigint, letters: readonly (readonly [letter: string, flag: bigint])[]): string {
  return letters.map(([letter, flag]) => ((flags & flag) === 0n ? '-' : letter)).join('')
}

/** In the time zone of this computer. */
function timeText(mtimeNs: bigint): string {
  const { seconds, nanoseconds } = splitTime(mtimeNs)
  const at = new Date(Number(seconds) * 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${nanoseconds}`
}
