import { type Duplex, pipeline } from 'node:stream'
import { createGunzip, createGzip, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'

/** What a stream may be packed with, in this process. */
export type Compression = 'gzip' | 'zstd' | 'none'

/**
 * `xtrabackup-agent:inline-compress` is a shell command with the original. Only the names of two programs mean anything to
 * us, with or without `-c` and a folder before them (spec xtrabackup-agent §4); `undefined` is everything else.
 */
export function parseInlineCompress(value: string | undefined): Compression | undefined {
  if (value === undefined || value === 'none') return 'none'
  const match = /^(?:\/(?:[\w.-]+\/)*)?(gzip|zstd)(?: -c)?$/.exec(value)
  return match === null ? undefined : (match[1] as 'gzip' | 'zstd') // one of the two in the pattern
}

export function compressStream(source: AsyncIterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  if (compression === 'none') return source
  return through(source, compression === 'gzip' ? createGzip({ level: 1 }) : createZstdCompress())
}

/**
 * Node does not notice when a zstd stream was cut: what is inside must say where it ends, as tar and xbstream do. Throws
 * `mysql/incomplete` for what cannot be unpacked.
 */
export function decompressStream(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncIterable<Uint8Array> {
  if (compression === 'none') return source
  return through(source, compression === 'gzip' ? createGunzip() : createZstdDecompress())
}

async function* through(source: AsyncIterable<Uint8Array>, transform: Duplex): AsyncGenerator<Uint8Array> {
  // The failure of any part destroys the last one with it, and the loop throws it.
  const out = pipeline(source, transform, () => {})
  try {
    for await (const bytes of out) yield bytes as Uint8Array // a stream without encoding yields Buffers
  } catch (error) {
    // `Z_BUF_ERROR` where it was cut, `Z_DATA_ERROR` where it is damaged, `ZSTD_error_…` of the other.
    if (!(error instanceof Error) || !/^Z(?:_|STD_)/.test(errorCode(error) ?? '')) throw error
    throw new HoldfastError('mysql/incomplete', { detail: `It cannot be unpacked: ${error.message}.`, cause: error })
  }
}
