import { createRequire } from 'node:module'
import {
  constants,
  crc32,
  gzipSync,
  inflateRawSync,
  type ZlibOptions,
  type ZstdOptions,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import { gzipHeaderBytes } from './gzip-header.ts'
import { xzContentBytes } from './xz-stream.ts'

/** How chunks may be compressed (spec casync §8). Recorded nowhere: the first bytes tell. */
export type Compression = 'zstd' | 'gzip' | 'xz'

/**
 * Those that Holdfast writes; every casync 2 reads them. What it writes as xz is framed and not made smaller: the library
 * has no more.
 */
export type WritableCompression = Compression

const magics: readonly (readonly [Compression, readonly number[]])[] = [
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
]

/**
 * casync compresses at level 3. This is level 1 with a table of 65,536 places: three quarters of the work, for chunks that
 * are 4 % larger over sources and manuals, and no larger where much is random.
 */
export const zstdParameters = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_hashLog]: 16,
  [constants.ZSTD_c_minMatch]: 6,
}
const gzipTrailerBytes = 8
/** zlib grows its output by whole blocks; no more than this is set aside on the word of a limit. */
const maxBlockBytes = 1 << 20
/** Chunks of the usual size fit into one block. */
const usualBlockBytes = 256 << 10
const slackBytes = 1024

const require = createRequire(import.meta.url)

/** With the first chunk that needs it: few do, and it would take every thread that starts 10 ms. */
function loadXz(): typeof import('@napi-rs/lzma/xz') {
  return require('@napi-rs/lzma/xz') as typeof import('@napi-rs/lzma/xz') // its own declarations
}

/** Undefined when the first bytes are those of none. */
export function detectCompression(bytes: Uint8Array): Compression | undefined {
  return magics.find(([, magic]) => magic.every((byte, at) => bytes[at] === byte))?.[0]
}

export function compress(plain: Uint8Array, compression: WritableCompression): Uint8Array<ArrayBuffer> {
  if (compression === 'gzip') return gzipSync(plain)
  if (compression === 'xz') return new Uint8Array(loadXz().compressSync(plain))
  return zstdCompressSync(plain, {
    chunkSize: zstdBound(plain.length), // one block
    params: zstdParameters,
  })
}

/** No chunk of this length takes more: above zstd's own bound. */
export function zstdBound(plainBytes: number): number {
  return plainBytes + (plainBytes >>> 8) + slackBytes
}

/**
 * The content of exactly one zstd frame, gzip member or xz stream. Throws a plain Error when it is cut short or damaged, when
 * anything follows it, or when it becomes longer than `maxBytes`.
 */
export function decompress(bytes: Uint8Array, compression: Compression, maxBytes: number): Uint8Array {
  switch (compression) {
    case 'zstd':
      return unzstd(bytes, maxBytes)
    case 'gzip':
      return gunzip(bytes, maxBytes)
    case 'xz':
      return unxz(bytes, maxBytes)
  }
}

function unxz(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const sizeBytes = xzContentBytes(bytes)
  if (sizeBytes > maxBytes) throw new Error(`longer than ${maxBytes} bytes`)
  // Its memory is the library's, which cannot be moved to another thread.
  return new Uint8Array(loadXz().decompressSync(bytes))
}

function unzstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const { buffer, engine } = decoded(zstdDecompressSync(bytes, bounded(maxBytes)), maxBytes)
  // Node stops silently behind the first frame.
  if (engine.bytesWritten !== bytes.length) throw new Error('zstd: something follows the frame')
  return buffer
}

/** By hand, since Node's gunzip goes on with a second member and passes over whatever else follows the first. */
function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const bodyStart = gzipHeaderBytes(bytes)
  const { buffer, engine } = decoded(inflateRawSync(bytes.subarray(bodyStart), bounded(maxBytes)), maxBytes)
  const trailer = bodyStart + engine.bytesWritten
  if (trailer + gzipTrailerBytes !== bytes.length) {
    throw new Error(
      trailer + gzipTrailerBytes < bytes.length ? 'gzip: something follows the member' : 'gzip: cut short',
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(trailer, true) !== crc32(buffer)) throw new Error('gzip: wrong checksum')
  if (view.getUint32(trailer + 4, true) !== buffer.length) throw new Error('gzip: wrong length')
  return buffer
}

function bounded(maxBytes: number): ZlibOptions & ZstdOptions {
  return {
    info: true,
    chunkSize: (maxBytes <= maxBlockBytes ? maxBytes : usualBlockBytes) + slackBytes,
    maxOutputLength: Math.max(maxBytes, 1), // 0 is refused
  }
}

interface Decoded {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}

/** With `info` the result is this pair (Node's documentation of zlib); the type declarations leave it out. */
function decoded(result: unknown, maxBytes: number): Decoded {
  const pair = result as Decoded
  if (pair.buffer.length > maxBytes) throw new Error(`longer than ${maxBytes} bytes`)
  return pair
}
