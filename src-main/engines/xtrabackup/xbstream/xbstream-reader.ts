import { crc32 } from 'node:zlib'
import { ProtocolError } from '../../../../src-shared/errors.ts'
import { ByteWindow } from '../../../archive/byte-window.ts'
import {
  chunkMagic,
  chunkTypes,
  fixedBytes,
  ignorableFlag,
  memberBytesLimit,
  pathBytesLimit,
  payloadBytesLimit,
  payloadHeadBytes,
  replaceFlag,
  sparseHeadBytes,
  sparseRowsLimit,
} from './chunk-format.ts'
import { readMemberPath } from './member-path.ts'
import { type OpenMember, OpenMembers } from './open-members.ts'

/**
 * What a stream says, in its order. Members interleave. Bytes of a payload come before its CRC was compared: what was made
 * of them is worth something only when the stream was read to its end without an error.
 */
export type XbEvent =
  /** `replace`: a file of this name came before and is written anew. */
  | { readonly kind: 'open'; readonly path: string; readonly replace: boolean }
  /** `bytes` is a view that the next event may reuse. What lies between two pieces is a hole. */
  | { readonly kind: 'data'; readonly path: string; readonly offset: bigint; readonly bytes: Uint8Array }
  /** `sizeBytes` may lie beyond the last piece when the file ends with a hole. */
  | { readonly kind: 'close'; readonly path: string; readonly sizeBytes: bigint }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string }
  /** A chunk of a type nobody knows that said it may be passed over. */
  | { readonly kind: 'ignored'; readonly path: string; readonly type: number }

/** `S` is a seek with MariaDB and a sparse payload with Percona; `auto` looks at what follows (spec §14.2). */
export type XbDialect = 'auto' | 'mariadb' | 'percona'

export interface XbReadOptions {
  readonly signal: AbortSignal
  readonly dialect?: XbDialect
}

/** Throws a ProtocolError with its offset, `archive/unsafe-path`, what `pieces` throws, or the signal's reason. */
export async function* readXbstream(
  pieces: AsyncIterable<Uint8Array>,
  { signal, dialect = 'auto' }: XbReadOptions,
): AsyncGenerator<XbEvent, void, undefined> {
  const window = new ByteWindow(pieces, { signal, format: 'xbstream' })
  try {
    yield* new XbstreamReader(window, dialect).events()
  } finally {
    await window.close()
  }
}

interface Head {
  readonly at: number
  readonly flags: number
  readonly type: number
  readonly path: string
}

class XbstreamReader {
  readonly #window: ByteWindow
  readonly #members = new OpenMembers()
  #dialect: XbDialect

  constructor(window: ByteWindow, dialect: XbDialect) {
    this.#window = window
    this.#dialect = dialect
  }

  async *events(): AsyncGenerator<XbEvent, void, undefined> {
    const window = this.#window
    while (await window.fillOrEnd(fixedBytes, 'chunk')) yield* this.#chunk(await this.#head())
    this.#members.requireNoneOpen(window.position)
  }

  async #head(): Promise<Head> {
    const window = this.#window
    const at = window.position
    if (!startsWithMagic(window.bytes, window.at)) throw new ProtocolError('xbstream', 'magic', at, 'not XBSTCK01')
    const flags = window.view.getUint8(window.at + 8)
    const type = window.view.getUint8(window.at + 9)
    const length = window.view.getUint32(window.at + 10, true)
    window.at += fixedBytes
    return { at, flags, type, path: await this.#path(length) }
  }

  async #path(length: number): Promise<string> {
    const window = this.#window
    if (length === 0 || length > pathBytesLimit)
      throw new ProtocolError('xbstream', 'path length', window.position - 4, `${length} is not 1 to ${pathBytesLimit}`)
    await window.fill(length, 'path')
    const path = readMemberPath(window.bytes.subarray(window.at, window.at + length))
    window.at += length
    return path
  }

  async *#chunk(head: Head): AsyncGenerator<XbEvent, void, undefined> {
    const { path, at } = head
    switch (head.type) {
      case chunkTypes.payload:
        yield* this.#payload(head)
        return
      case chunkTypes.end: {
        const member = this.#members.get(path)
        if (member === undefined) yield this.#open(head)
        this.#members.close(path)
        yield { kind: 'close', path, sizeBytes: member?.sizeBytes ?? 0n }
        return
      }
      case chunkTypes.seekOrSparse:
        if (await this.#isSeek()) yield* this.#seek(head)
        else yield* this.#sparse(head)
        return
      case chunkTypes.rename: {
        await this.#window.fill(4, 'length of the new path')
        const length = this.#window.view.getUint32(this.#window.at, true)
        this.#window.at += 4
        const to = await this.#path(length)
        if (this.#members.rename(path, to, at)) yield { kind: 'rename', path, to }
        return
      }
      case chunkTypes.remove:
        if (this.#members.remove(path, at)) yield { kind: 'remove', path }
        return
      default:
        yield* this.#unknown(head)
    }
  }

  #open({ path, flags, at }: Head): XbEvent {
    const replace = (flags & replaceFlag) !== 0
    this.#members.open(path, replace, at)
    return { kind: 'open', path, replace }
  }

  /** Opens the member where this is its first chunk. */
  *#ensureOpen(head: Head): Generator<XbEvent, OpenMember, undefined> {
    if (this.#members.get(head.path) === undefined) yield this.#open(head)
    return this.#members.get(head.path)! // opened in the line above
  }

  async *#payload(head: Head): AsyncGenerator<XbEvent, void, undefined> {
    const window = this.#window
    await window.fill(payloadHeadBytes, 'payload')
    const lengthAt = window.position
    const length = requirePayload(window.view.getBigUint64(window.at, true), lengthAt)
    const offset = window.view.getBigUint64(window.at + 8, true)
    const expected = window.view.getUint32(window.at + 16, true)
    window.at += payloadHeadBytes
    const member = yield* this.#ensureOpen(head)
    requireOrder(member, offset, lengthAt + 8)
    const crc = yield* this.#bytes(head.path, offset, length, 0)
    requireCrc(crc, expected, lengthAt + 16)
    advance(member, offset + BigInt(length))
  }

  /** Percona: a map of holes and runs, then the bytes of the runs. Its CRC begins with the map. */
  async *#sparse(head: Head): AsyncGenerator<XbEvent, void, undefined> {
    const window = this.#window
    await window.fill(sparseHeadBytes, 'sparse payload')
    const at = window.position
    const rows = window.view.getUint32(window.at, true)
    if (rows > sparseRowsLimit) throw new ProtocolError('xbstream', 'sparse rows', at, `${rows} are too many`)
    const length = requirePayload(window.view.getBigUint64(window.at + 4, true), at + 4)
    const offset = window.view.getBigUint64(window.at + 12, true)
    const expected = window.view.getUint32(window.at + 20, true)
    window.at += sparseHeadBytes
    const member = yield* this.#ensureOpen(head)
    requireOrder(member, offset, at + 12)

    await window.fill(rows * 8, 'sparse map')
    const map = window.bytes.slice(window.at, window.at + rows * 8)
    window.at += map.length
    const runs = sparseRuns(map)
    if (runs.reduce((total, { bytes }) => total + bytes, 0) !== length)
      throw new ProtocolError('xbstream', 'sparse map', at + sparseHeadBytes, `its runs are not the ${length} bytes`)
    let crc = crc32(map)
    let position = offset
    for (const { skip, bytes } of runs) {
      position += BigInt(skip)
      crc = yield* this.#bytes(head.path, position, bytes, crc)
      position += BigInt(bytes)
    }
    requireCrc(crc, expected, at + 20)
    if (position > memberBytesLimit)
      throw new ProtocolError('xbstream', 'sparse map', at, `it leads to ${position}, which is too far`)
    advance(member, position)
  }

  async *#seek(head: Head): AsyncGenerator<XbEvent, void, undefined> {
    const window = this.#window
    await window.fill(8, 'seek')
    const target = window.view.getBigUint64(window.at, true)
    if (target > memberBytesLimit) throw new ProtocolError('xbstream', 'seek', window.position, `${target} is too far`)
    window.at += 8
    const member = yield* this.#ensureOpen(head)
    member.position = target
  }

  /**
   * A seek has 8 bytes, then comes the next chunk: a stream cannot end there, its file would be open. In a sparse payload
   * those bytes begin with the high half of a length, which is never part of the magic.
   */
  async #isSeek(): Promise<boolean> {
    if (this.#dialect === 'auto') {
      await this.#window.fill(16, 'seek or sparse payload')
      this.#dialect = startsWithMagic(this.#window.bytes, this.#window.at + 8) ? 'mariadb' : 'percona'
    }
    return this.#dialect === 'mariadb'
  }

  async *#unknown({ flags, type, path, at }: Head): AsyncGenerator<XbEvent, void, undefined> {
    const window = this.#window
    if ((flags & ignorableFlag) === 0)
      throw new ProtocolError('xbstream', 'type', at + 9, `0x${type.toString(16)} is unknown`)
    await window.fill(payloadHeadBytes, 'payload')
    const length = requirePayload(window.view.getBigUint64(window.at, true), window.position)
    window.at += payloadHeadBytes
    await window.skip(length, 'payload')
    yield { kind: 'ignored', path, type }
  }

  /** Hands over `length` bytes as they arrive and returns the CRC. */
  async *#bytes(path: string, from: bigint, length: number, seed: number): AsyncGenerator<XbEvent, number, undefined> {
    const window = this.#window
    let crc = seed
    for (let done = 0; done < length; ) {
      if (window.available === 0) await window.fill(1, 'payload')
      const bytes = window.bytes.subarray(window.at, window.at + Math.min(window.available, length - done))
      crc = crc32(bytes, crc)
      window.at += bytes.length
      yield { kind: 'data', path, offset: from + BigInt(done), bytes }
      done += bytes.length
    }
    return crc
  }
}

function startsWithMagic(bytes: Uint8Array, at: number): boolean {
  return chunkMagic.every((byte, index) => bytes[at + index] === byte)
}

function requirePayload(length: bigint, at: number): number {
  if (length > payloadBytesLimit) throw new ProtocolError('xbstream', 'payload length', at, `${length} is too long`)
  return Number(length)
}

function requireOrder(member: OpenMember, offset: bigint, at: number): void {
  if (offset !== member.position)
    throw new ProtocolError('xbstream', 'payload offset', at, `${offset} is out of order, expected ${member.position}`)
}

function requireCrc(crc: number, expected: number, at: number): void {
  if (crc !== expected) throw new ProtocolError('xbstream', 'crc', at, 'the bytes do not match their checksum')
}

function advance(member: OpenMember, position: bigint): void {
  member.position = position
  if (position > member.sizeBytes) member.sizeBytes = position
}

function sparseRuns(map: Uint8Array): { skip: number; bytes: number }[] {
  const view = new DataView(map.buffer, map.byteOffset, map.length)
  return Array.from({ length: map.length / 8 }, (_, row) => ({
    skip: view.getUint32(row * 8, true),
    bytes: view.getUint32(row * 8 + 4, true),
  }))
}
