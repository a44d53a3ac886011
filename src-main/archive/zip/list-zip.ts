import { ProtocolError } from '../../../src-shared/errors.ts'
import type { RandomAccess } from '../random-access.ts'
import {
  type CentralHeader,
  type DirectoryEnd,
  endBytes,
  findEnd,
  locatorBytes,
  maximumTailBytes,
  readEnd,
  readHeader,
  readLocator,
  readZip64End,
  zip64EndBytes,
} from './central-directory.ts'

/** Longer than one header can be (46 and three times 65,535 bytes), so that each window brings at least one. */
const windowBytes = 256 * 1024

/** A list that can be read as far as somebody wants it. */
export interface ZipListing {
  /** As the archive says. */
  readonly total: bigint
  /** Each in the order of the archive. Throws `ProtocolError` where the list is damaged. */
  headers(): AsyncGenerator<CentralHeader>
}

/**
 * The entries of a zip file, read from its end in ranges: nothing of the contents is fetched. Undefined when it has no end
 * record. Something may stand before the archive, as in programs that unpack themselves.
 */
export async function listZip(file: RandomAccess, signal: AbortSignal): Promise<ZipListing | undefined> {
  const tailBytes = Math.min(Number(file.sizeBytes), maximumTailBytes)
  const tail = await readExactly(file, file.sizeBytes - BigInt(tailBytes), tailBytes, signal)
  const at = findEnd(tail)
  if (at === undefined) return undefined
  const end = readEnd(tail.subarray(at, at + endBytes))
  let endAt = file.sizeBytes - BigInt(tail.length - at)
  let directory: DirectoryEnd = end
  if (end.needsZip64) {
    const long = await zip64End(file, endAt, signal)
    if (long !== undefined) [directory, endAt] = [long.end, long.at]
  }
  const start = endAt - directory.directoryBytes
  if (start < 0n) throw new ProtocolError('zip', 'size of the central directory', endAt, 'larger than the file')
  return {
    total: directory.entries,
    headers: () => headers(file, { start, end: endAt, total: directory.entries }, signal),
  }
}

async function zip64End(
  file: RandomAccess,
  endAt: bigint,
  signal: AbortSignal,
): Promise<{ readonly end: DirectoryEnd; readonly at: bigint } | undefined> {
  const locatorAt = endAt - BigInt(locatorBytes)
  if (locatorAt < 0n) return undefined
  // Without a locator the fields mean what they say: 65,535 entries are possible.
  const said = readLocator(await readExactly(file, locatorAt, locatorBytes, signal))
  if (said === undefined) return undefined
  const latest = locatorAt - BigInt(zip64EndBytes)
  if (said > latest) throw new ProtocolError('zip', 'offset of the zip64 end record', locatorAt, 'behind its locator')
  return { end: readZip64End(await readExactly(file, said, zip64EndBytes, signal)), at: said }
}

interface Directory {
  readonly start: bigint
  readonly end: bigint
  readonly total: bigint
}

async function* headers(
  file: RandomAccess,
  { start, end, total }: Directory,
  signal: AbortSignal,
): AsyncGenerator<CentralHeader> {
  let offset = start
  for (let left = total; left > 0n; ) {
    const length = Number(end - offset < windowBytes ? end - offset : windowBytes)
    const window = await readExactly(file, offset, length, signal)
    let at = 0
    for (; left > 0n; left--) {
      const found = readHeader(window, at)
      if (found === undefined) break
      yield found.header
      at = found.next
    }
    if (at === 0) throw new ProtocolError('zip', 'central directory', offset, `ends with ${left} entries to come`)
    offset += BigInt(at)
  }
}

async function readExactly(file: RandomAccess, at: bigint, length: number, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = length === 0 ? new Uint8Array(0) : await file.read(at, length, signal)
  if (bytes.length !== length)
    throw new ProtocolError('zip', 'end of the file', at, `${bytes.length} of ${length} bytes`)
  return bytes
}
