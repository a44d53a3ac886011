import { HoldfastError } from '../../../../src-shared/errors.ts'
import { type Compression, decompressStream } from '../wire/compression.ts'
import { type KvBlock, pairValue } from '../wire/kv-block.ts'
import { defaultBlockBytes } from '../wire/limits.ts'
import { decodeStream, parseStreamEncoding, type StreamEncoding, streamEncodings } from '../wire/stream-encoding.ts'
import type { AgentClient } from './agent-client.ts'
import type { Exchange } from './exchange.ts'

export interface CopyFromOptions {
  readonly level: 'full' | 'incremental'
  readonly sid?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** Since this place in the server's log; an incremental without it is the binary logs from `binlog` on. */
  readonly incrementalLsn?: bigint | undefined
  readonly binlog?: string | undefined
  /** As the plug-in is called by ZRM; made up when absent. */
  readonly file?: string | undefined
  readonly isReplica?: boolean | undefined
  readonly databases?: readonly string[] | undefined
  /** What the server's own timeouts are to be meanwhile; absent leaves them to our agents, and the original's do as they do. */
  readonly timeouts?: WantedTimeouts | undefined
  /** An agent of the original packs by a command of that name, where it is let. */
  readonly compression?: 'gzip' | 'none' | undefined
  /** Ours where the agent knows it, else base64. One of the original's asks for nothing that is ours. */
  readonly encoding?: Exclude<StreamEncoding, 'frames'> | undefined
  readonly blockBytes?: number | undefined
}

export interface WantedTimeouts {
  readonly waitSeconds?: number | undefined
  readonly netSeconds?: number | undefined
  /** No backup where they cannot be set. */
  readonly isNeeded: boolean
}

export type CopyReply =
  /** `status=OK`: there is nothing to send for this file, or it was sent before. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'stream'
      readonly format: 'xbstream' | 'tar'
      /** All pairs of the SENDING block but its status: on a replica, its slave status. */
      readonly facts: KvBlock
      /** To be read to its end, which closes the connection; so does leaving early. */
      readonly data: AsyncIterable<Uint8Array>
      /** What our own agents say after the data; `undefined` with others, and before. */
      trailer(): KvBlock | undefined
      /** For whoever does not read `data`. Harmless when it was read. */
      close(): void
    }

/**
 * Asks an agent for a backup (spec xtrabackup-agent §5, §10). Our extensions are asked for, and what an agent of the
 * original makes of that is understood. A failure is thrown wherever it is told: before READY, after it, or in the data.
 *
 * @throws `mysql/agent-refused`, `mysql/agent-unreachable`, `mysql/incomplete`, ProtocolError, the signal's reason.
 */
export async function copyFrom(client: AgentClient, options: CopyFromOptions, signal: AbortSignal): Promise<CopyReply> {
  const wantsFrames = options.encoding === undefined
  const exchange = await client.open(request(options, options.encoding ?? 'frames'), signal)
  try {
    const block = await exchange.block()
    if (block.get('status') === 'OK') {
      exchange.close()
      return { kind: 'nothing' }
    }
    if (block.get('status') !== 'SENDING')
      throw new HoldfastError('mysql/agent-refused', { detail: 'Its answer is neither OK nor SENDING.' })
    const knowsUs = block.get('bkm-ext') === '1'
    if (options.incrementalLsn !== undefined && block.get('bkm-incremental') !== 'lsn')
      throw new HoldfastError('mysql/agent-refused', {
        detail: 'It knows incremental backups of binary logs alone, not of pages.',
        hint: 'Run an agent of Holdfast on the database host.',
      })
    if (wantsFrames && !knowsUs) {
      // It does not know the encoding either, and would say so where the data should be.
      exchange.close()
      if ((options.databases ?? []).length > 0)
        throw new HoldfastError('mysql/agent-refused', { detail: 'It cannot back up some databases only.' })
      // Binary logs are sent once a session.
      const sid = options.sid === undefined ? undefined : `${options.sid}-again`
      return await copyFrom(client, { ...options, sid, encoding: 'base64' }, signal)
    }
    return reply(exchange, block, options)
  } catch (error) {
    exchange.close()
    signal.throwIfAborted()
    throw error
  }
}

function reply(exchange: Exchange, block: KvBlock, options: CopyFromOptions): CopyReply {
  let trailer: KvBlock | undefined
  const encoding = options.encoding ?? parseStreamEncoding(pairValue(block, 'bkm-stream-encoding')) ?? 'uuencode'
  const decoded = decodeStream(exchange.reader, {
    encoding,
    blockBytes: options.blockBytes ?? defaultBlockBytes,
    onTrailer: (found) => {
      trailer = found
    },
  })
  const isPacked = encoding === 'frames' ? block.get('bkm-compress') === 'gzip' : options.compression === 'gzip'
  const compression: Compression = isPacked ? 'gzip' : 'none'
  return {
    kind: 'stream',
    format: block.get('bkm-stream-format') === 'xbstream' ? 'xbstream' : 'tar',
    facts: new Map(Array.from(block).filter(([key]) => key !== 'status')),
    data: closing(decompressStream(decoded, compression), exchange),
    trailer: () => trailer,
    close: () => exchange.close(),
  }
}

async function* closing(data: AsyncIterable<Uint8Array>, exchange: Exchange): AsyncGenerator<Uint8Array> {
  try {
    yield* data
  } finally {
    exchange.close()
  }
}

function request(options: CopyFromOptions, encoding: StreamEncoding) {
  const { level, sid, user, password, incrementalLsn, binlog, databases = [], compression, timeouts } = options
  const pairs: (readonly [string, string | undefined])[] = [
    ['user', user],
    ['password', password],
    ['backup-level', level === 'full' ? '0' : '1'],
    ['replication', options.isReplica === true ? '1' : '0'],
    ['file', options.file ?? `/holdfast/${sid ?? 'backup'}/ZRM_LINKS/.`],
    ['binlog', binlog],
    ['agent-stream-encoding', streamEncodings[encoding]],
    ['agent-stream-block-size', String(options.blockBytes ?? defaultBlockBytes)],
    ['xtrabackup-agent:mysql-wait-timeout', timeouts?.waitSeconds?.toString()],
    ['xtrabackup-agent:mysql-net-timeout', timeouts?.netSeconds?.toString()],
    // Setting them needs rights that a backup does not.
    ['xtrabackup-agent:must-set-mysql-timeouts', timeouts?.isNeeded === true ? '1' : '0'],
  ]
  if (encoding === 'frames') {
    pairs.push(['bkm-ext', '1'])
    pairs.push(['bkm-stream-format', level === 'full' || incrementalLsn !== undefined ? 'xbstream' : 'tar'])
    if (incrementalLsn !== undefined) {
      pairs.push(['bkm-incremental', 'lsn'])
      pairs.push(['bkm-incremental-lsn', String(incrementalLsn)])
    }
    if (databases.length > 0) pairs.push(['bkm-databases', databases.join(' ')])
    if (compression !== undefined) pairs.push(['bkm-compress', compression])
  } else if (compression === 'gzip') pairs.push(['xtrabackup-agent:inline-compress', 'gzip -c'])
  return {
    action: 'copy from',
    sid,
    pairs: pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined),
  }
}
