import { type Compression, parseInlineCompress } from '../wire/compression.ts'
import { type KvBlock, pairValue } from '../wire/kv-block.ts'
import { defaultBlockBytes, largestBlockBytes, smallestBlockBytes } from '../wire/limits.ts'
import { parseStreamEncoding, type StreamEncoding, streamEncodings } from '../wire/stream-encoding.ts'
import { Refusal } from './session.ts'

const smallestHistory = 100
const largestHistory = 10_000

/** What a request for a backup asks for, as far as callers may. */
export interface CopyWishes {
  readonly level: 'full' | 'incremental'
  readonly file: string
  readonly isReplica: boolean
  /** `undefined` is one that nobody knows: that is told after SENDING, as the original does. */
  readonly encoding: StreamEncoding | undefined
  readonly blockBytes: number
  readonly compression: Compression
  /** Asked for by its name, which the answer then repeats. */
  readonly namesCompression: boolean
  /** How many jobs the history keeps after this one; absent is as many as it does by itself. */
  readonly historyJobs: number | undefined
  /** Understands our extensions; only then the answer may hold them (spec xtrabackup-agent §10). */
  readonly isExtended: boolean
  readonly format: 'xbstream' | 'tar'
  /** Page by page since there, instead of the binary logs. */
  readonly incrementalLsn: bigint | undefined
  readonly databases: readonly string[]
}

/** Those that can be served. */
export type KnownWishes = CopyWishes & { readonly encoding: StreamEncoding }

export function readCopyWishes(request: KvBlock): CopyWishes {
  const level = pairValue(request, 'backup-level')
  if (level !== '0' && level !== '1') throw new Refusal('backup-level is neither 0 nor 1.')
  const isExtended = pairValue(request, 'bkm-ext') === '1'
  const extension = (key: string): string | undefined => (isExtended ? pairValue(request, key) : undefined)
  const encoding = parseStreamEncoding(pairValue(request, 'agent-stream-encoding'))
  return {
    level: level === '0' ? 'full' : 'incremental',
    file: pairValue(request, 'file') ?? '',
    isReplica: pairValue(request, 'replication') === '1',
    encoding: encoding === 'frames' && !isExtended ? undefined : encoding,
    blockBytes: readBlockBytes(pairValue(request, 'agent-stream-block-size')),
    compression: readCompression(extension('bkm-compress'), pairValue(request, 'xtrabackup-agent:inline-compress')),
    namesCompression: extension('bkm-compress') !== undefined,
    historyJobs: readHistoryJobs(pairValue(request, 'xtrabackup-agent:stats-history')),
    isExtended,
    format: readFormat(extension('bkm-stream-format')),
    incrementalLsn: readLsn(level, extension('bkm-incremental'), extension('bkm-incremental-lsn')),
    databases: readDatabases(extension('bkm-databases')),
  }
}

/** What the answer says of them. */
export function wishPairs(wishes: CopyWishes): (readonly [string, string])[] {
  if (!wishes.isExtended) return []
  const { format, encoding, compression, namesCompression, incrementalLsn, databases } = wishes
  return [
    ['bkm-ext', '1'],
    ['bkm-stream-format', format],
    ...(encoding === undefined ? [] : [['bkm-stream-encoding', streamEncodings[encoding]] as const]),
    ...(namesCompression ? [['bkm-compress', compression] as const] : []),
    ...(incrementalLsn === undefined
      ? []
      : ([
          ['bkm-incremental', 'lsn'],
          ['bkm-from-lsn', String(incrementalLsn)],
        ] as const)),
    ...(databases.length === 0 ? [] : [['bkm-databases', databases.join(' ')] as const]),
  ]
}

/** Out of range is brought into it: smaller blocks are an error to the original client, larger ones cost memory. */
function readBlockBytes(text: string | undefined): number {
  if (text === undefined) return defaultBlockBytes
  if (!/^\d{1,12}$/.test(text)) throw new Refusal('agent-stream-block-size is not a number.')
  return Math.min(Math.max(Number(text), smallestBlockBytes), largestBlockBytes)
}

/** Brought into the range as well: nobody makes an agent forget what it did yesterday, or keep all of a year. */
function readHistoryJobs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new Refusal('stats-history is not a number.')
  return Math.min(Math.max(Number(text), smallestHistory), largestHistory)
}

function readCompression(ours: string | undefined, inline: string | undefined): Compression {
  if (ours !== undefined && ours !== 'gzip' && ours !== 'none') throw new Refusal('bkm-compress is not known here.')
  const compression = ours ?? parseInlineCompress(inline)
  if (compression === undefined)
    throw new Refusal('inline-compress: this agent runs no commands, and knows gzip and zstd.')
  return compression
}

function readFormat(text: string | undefined): 'xbstream' | 'tar' {
  if (text === undefined || text === 'tar') return 'tar'
  if (text === 'xbstream') return text
  throw new Refusal('bkm-stream-format is neither tar nor xbstream.')
}

function readLsn(level: string, kind: string | undefined, lsn: string | undefined): bigint | undefined {
  if (kind === undefined || level === '0') return undefined
  if (kind !== 'lsn' || lsn === undefined || !/^\d{1,20}$/.test(lsn))
    throw new Refusal('bkm-incremental-lsn is not a number.')
  return BigInt(lsn)
}

/** They become one argument of the tool, separated by spaces. */
function readDatabases(text: string | undefined): readonly string[] {
  const names = (text ?? '').split(' ').filter((name) => name !== '')
  if (names.some((name) => !/^[\w$.][\w$.-]*$/.test(name))) throw new Refusal('bkm-databases has a name that is none.')
  return names
}
