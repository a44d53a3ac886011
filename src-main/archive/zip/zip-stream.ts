import { crc32, createDeflateRaw } from 'node:zlib'
import { drained } from '../drained.ts'

/**
 * A zip file as a stream (APPNOTE 6.3.9): sizes follow each file in a data descriptor, so nothing is buffered but the central
 * directory, about a hundred bytes an entry. Zip64 where a size, an offset or a count asks for it.
 */
export interface ZipEntry {
  /** Path in the archive, components joined by `/`, without the final slash that marks a directory. */
  readonly name: Uint8Array
  readonly kind: 'directory' | 'file' | 'symlink'
  readonly permissions: number
  /** Unix milliseconds. */
  readonly modifiedAt: number
  /** What is known of the length beforehand; more than that may come, but not more than 4 GiB unless this said so. */
  readonly sizeBytes: number
  /** Content of a file, target of a symlink; read once, before the next entry is asked for. */
  readonly content?: AsyncIterable<Uint8Array> | undefined
  /** False for what is compressed already. */
  readonly compress: boolean
}

const limit32 = 0xffff_ffff
const limit16 = 0xffff
/** From here on an entry gets the long form: deflate may make it a little larger than it is. */
const longFrom = 0xf000_0000
const fileTypes = { directory: 0o040000, file: 0o100000, symlink: 0o120000 } as const

const flagDescriptor = 0x0008
const flagUtf8 = 0x0800
const versionNeeded = 20
const versionNeededZip64 = 45
/** 3 is Unix: the upper half of the external attributes is st_mode. */
const versionMadeBy = (3 << 8) | 63

export async function* zipStream(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const central: Uint8Array[] = []
  let offset = 0
  for await (const entry of entries) {
    const header = localHeader(entry)
    const start = offset
    offset += header.length
    yield header
    const written: Written = { crc: 0, size: 0, packed: 0 }
    if (entry.content !== undefined) {
      for await (const bytes of packed(entry, entry.content, written)) {
        offset += bytes.length
        written.packed += bytes.length
        yield bytes
      }
    }
    if (!isLong(entry) && (written.size >= limit32 || written.packed >= limit32)) {
      throw new RangeError('a file grew over 4 GiB while it was packed')
    }
    const descriptor = dataDescriptor(entry, written)
    offset += descriptor.length
    yield descriptor
    central.push(centralHeader(entry, written, start))
  }
  let directoryBytes = 0
  for (const record of central) {
    directoryBytes += record.length
    yield record
  }
  yield endOfDirectory(central.length, directoryBytes, offset)
}

interface Written {
  crc: number
  size: number
  packed: number
}

async function* packed(
  entry: ZipEntry,
  content: AsyncIterable<Uint8Array>,
  written: Written,
): AsyncGenerator<Uint8Array> {
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const bytes of content) {
      written.crc = crc32(bytes, written.crc)
      written.size += bytes.length
      yield bytes
    }
  }
  if (!isDeflated(entry)) {
    yield* counted()
    return
  }
  const deflate = createDeflateRaw({ level: 6 })
  const pumped = pump(counted(), deflate)
  try {
    for await (const bytes of deflate) yield bytes as Uint8Array // a zlib stream without encoding yields Buffers
    await pumped
  } finally {
    deflate.destroy()
    await pumped.catch(() => {}) // its failure destroyed the stream and was thrown there
  }
}

async function pump(source: AsyncIterable<Uint8Array>, into: ReturnType<typeof createDeflateRaw>): Promise<void> {
  try {
    for await (const bytes of source) {
      if (into.destroyed) return
      if (!into.write(bytes)) await drained(into)
    }
    into.end()
  } catch (error) {
    into.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

function isDeflated(entry: ZipEntry): boolean {
  return entry.kind === 'file' && entry.compress
}

function isLong(entry: ZipEntry): boolean {
  return entry.sizeBytes >= longFrom
}

function nameOf(entry: ZipEntry): Uint8Array {
  return entry.kind === 'directory' ? Buffer.concat([entry.name, Buffer.from('/')]) : entry.name
}

/** APPNOTE 4.3.7. */
function localHeader(entry: ZipEntry): Uint8Array {
  const name = nameOf(entry)
  const extra = Buffer.concat([timestampExtra(entry), isLong(entry) ? zip64Extra([0, 0]) : Buffer.alloc(0)])
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x0403_4b50, 0)
  header.writeUInt16LE(isLong(entry) ? versionNeededZip64 : versionNeeded, 4)
  header.writeUInt16LE(flags(name), 6)
  header.writeUInt16LE(isDeflated(entry) ? 8 : 0, 8)
  header.writeUInt32LE(dosTime(entry.modifiedAt), 10)
  if (isLong(entry)) {
    header.writeUInt32LE(limit32, 18)
    header.writeUInt32LE(limit32, 22)
  }
  header.writeUInt16LE(name.length, 26)
  header.writeUInt16LE(extra.length, 28)
  return Buffer.concat([header, name, extra])
}

/** APPNOTE 4.3.9. */
function dataDescriptor(entry: ZipEntry, written: Written): Uint8Array {
  const descriptor = Buffer.alloc(isLong(entry) ? 24 : 16)
  descriptor.writeUInt32LE(0x0807_4b50, 0)
  descriptor.writeUInt32LE(written.crc, 4)
  if (isLong(entry)) {
    descriptor.writeBigUInt64LE(BigInt(written.packed), 8)
    descriptor.writeBigUInt64LE(BigInt(written.size), 16)
  } else {
    descriptor.writeUInt32LE(written.packed, 8)
    descriptor.writeUInt32LE(written.size, 12)
  }
  return descriptor
}

/** APPNOTE 4.3.12. */
function centralHeader(entry: ZipEntry, written: Written, offset: number): Uint8Array {
  const name = nameOf(entry)
  const isFar = offset >= limit32
  const long = [...(isLong(entry) ? [written.size, written.packed] : []), ...(isFar ? [offset] : [])]
  const extra = Buffer.concat([timestampExtra(entry), long.length > 0 ? zip64Extra(long) : Buffer.alloc(0)])
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x0201_4b50, 0)
  header.writeUInt16LE(versionMadeBy, 4)
  header.writeUInt16LE(long.length > 0 ? versionNeededZip64 : versionNeeded, 6)
  header.writeUInt16LE(flags(name), 8)
  header.writeUInt16LE(isDeflated(entry) ? 8 : 0, 10)
  header.writeUInt32LE(dosTime(entry.modifiedAt), 12)
  header.writeUInt32LE(written.crc, 16)
  header.writeUInt32LE(isLong(entry) ? limit32 : written.packed, 20)
  header.writeUInt32LE(isLong(entry) ? limit32 : written.size, 24)
  header.writeUInt16LE(name.length, 28)
  header.writeUInt16LE(extra.length, 30)
  const mode = fileTypes[entry.kind] | (entry.permissions & 0o7777)
  header.writeUInt32LE(((mode << 16) | (entry.kind === 'directory' ? 0x10 : 0)) >>> 0, 38)
  header.writeUInt32LE(isFar ? limit32 : offset, 42)
  return Buffer.concat([header, name, extra])
}

/** APPNOTE 4.3.14 to 4.3.16. */
function endOfDirectory(count: number, directoryBytes: number, offset: number): Uint8Array {
  const isLarge = count >= limit16 || directoryBytes >= limit32 || offset >= limit32
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x0605_4b50, 0)
  end.writeUInt16LE(isLarge ? limit16 : count, 8)
  end.writeUInt16LE(isLarge ? limit16 : count, 10)
  end.writeUInt32LE(isLarge ? limit32 : directoryBytes, 12)
  end.writeUInt32LE(isLarge ? limit32 : offset, 16)
  if (!isLarge) return end

  const long = Buffer.alloc(56)
  long.writeUInt32LE(0x0606_4b50, 0)
  long.writeBigUInt64LE(44n, 4)
  long.writeUInt16LE(versionMadeBy, 12)
  long.writeUInt16LE(versionNeededZip64, 14)
  long.writeBigUInt64LE(BigInt(count), 24)
  long.writeBigUInt64LE(BigInt(count), 32)
  long.writeBigUInt64LE(BigInt(directoryBytes), 40)
  long.writeBigUInt64LE(BigInt(offset), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x0706_4b50, 0)
  locator.writeBigUInt64LE(BigInt(offset + directoryBytes), 8)
  locator.writeUInt32LE(1, 16)
  return Buffer.concat([long, locator, end])
}

function flags(name: Uint8Array): number {
  return flagDescriptor | (isUtf8(name) ? flagUtf8 : 0)
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** APPNOTE 4.5.3: only what the short fields could not hold, in this order: size, packed size, offset. */
function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length)
  extra.writeUInt16LE(0x0001, 0)
  extra.writeUInt16LE(8 * values.length, 2)
  values.forEach((value, index) => {
    extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index)
  })
  return extra
}

/** Info-ZIP's extended timestamp: Unix seconds, since the DOS time is local and even. */
function timestampExtra(entry: ZipEntry): Buffer {
  const seconds = Math.floor(entry.modifiedAt / 1000)
  if (seconds < -0x8000_0000 || seconds > 0x7fff_ffff) return Buffer.alloc(0)
  const extra = Buffer.alloc(9)
  extra.writeUInt16LE(0x5455, 0)
  extra.writeUInt16LE(5, 2)
  extra.writeUInt8(1, 4)
  extra.writeInt32LE(seconds, 5)
  return extra
}

/** Time in the lower half, date in the upper one; 1980 to 2107, in UTC. */
function dosTime(at: number): number {
  const date = new Date(Math.min(Math.max(at, Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31)))
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1)
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate()
  return ((day << 16) | time) >>> 0
}
