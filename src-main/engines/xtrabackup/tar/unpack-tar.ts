import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { extract, type Header } from 'tar-stream'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'
import { asDiskError } from '../../../storage/datastore/disk-error.ts'
import { MemberFolder, makeEmptyFolder } from '../xbstream/member-folder.ts'
import { checkMemberPath } from '../xbstream/member-path.ts'
import type { UnpackedMember, UnpackOptions } from '../xbstream/unpack-xbstream.ts'

const blockBytes = 512

/**
 * Unpacks the tar that an agent sends into a new or empty folder. Old scripts glued archives together, so blocks of zeros
 * end nothing; the last two of them have to be there, since nothing else shows that the stream is whole (spec §6, §7).
 *
 * @throws `mysql/incomplete`, `archive/unsafe-path`, `path/not-empty`, `disk/full`, what `pieces` throws.
 */
export async function unpackTar(
  pieces: AsyncIterable<Uint8Array>,
  folder: string,
  options: UnpackTarOptions,
): Promise<readonly UnpackedMember[]> {
  await makeEmptyFolder(folder)
  return unpackTarInto(pieces, folder, options)
}

export type UnpackTarOptions = Pick<UnpackOptions, 'signal' | 'limitBytes' | 'onBytes'>

/** The same into a folder that may have something in it; files that are there are not touched, but end it. */
export async function unpackTarInto(
  pieces: AsyncIterable<Uint8Array>,
  folder: string,
  { signal, limitBytes, onBytes }: UnpackTarOptions,
): Promise<readonly UnpackedMember[]> {
  const target = new MemberFolder(folder)
  const done = new Map<string, bigint>()
  const end = new EndOfTar()
  let total = 0n
  const archive = pipeline(end.watch(pieces), extract(), () => {}) // its failure ends the loop below
  try {
    for await (const entry of archive) {
      const name = memberName(entry.header)
      if (name === undefined) {
        entry.resume()
        continue
      }
      const handle = await openMember(target, name, done.has(name))
      try {
        for await (const bytes of entry as AsyncIterable<Uint8Array>) {
          signal.throwIfAborted()
          total += BigInt(bytes.length)
          if (limitBytes !== undefined && total > limitBytes)
            throw new HoldfastError('disk/full', { detail: `The backup is larger than ${limitBytes} bytes.` })
          await handle.writeFile(bytes)
          onBytes?.(bytes.length)
        }
      } finally {
        await handle.close()
      }
      done.set(name, BigInt(entry.header.size ?? 0))
    }
  } catch (error) {
    throw asTarError(asDiskError(error, folder))
  }
  if (!end.wasSeen)
    throw new HoldfastError('mysql/incomplete', { detail: 'The archive ends without the blocks that end one.' })
  return Array.from(done, ([path, sizeBytes]) => ({ path, sizeBytes }))
}

function openMember(target: MemberFolder, name: string, isThere: boolean): Promise<FileHandle> {
  return isThere ? target.reopen(name) : target.create(name)
}

/** `./shop/orders.ibd` is `shop/orders.ibd`; folders make themselves. */
function memberName({ name, type }: Header): string | undefined {
  const plain = name.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '')
  if (type === 'directory' && (plain === '' || plain === '.')) return undefined
  checkMemberPath(plain)
  if (type === 'directory') return undefined
  if (type === 'file' || type === 'contiguous-file') return plain
  throw new HoldfastError('archive/unsafe-path', { detail: `${JSON.stringify(plain)} is a ${type ?? 'thing'}.` })
}

/** What the tar parser complains of has no type of its own; an end in the middle is what it nearly always is. */
function asTarError(error: unknown): unknown {
  // An archive that ends inside of a file destroys its own parser.
  if (errorCode(error) === 'STREAM_DESTROYED')
    return new HoldfastError('mysql/incomplete', { detail: 'The archive ends inside of a file.', cause: error })
  if (error instanceof Error && /^(?:Unexpected end of data|Invalid tar header)/.test(error.message))
    return new HoldfastError('mysql/incomplete', { detail: `${error.message}.`, cause: error })
  return error
}

/** Looks at the last two blocks as they pass. */
class EndOfTar {
  #length = 0
  /** How many bytes of zeros came last. */
  #zeros = 0

  get wasSeen(): boolean {
    return this.#length % blockBytes === 0 && this.#zeros >= 2 * blockBytes
  }

  async *watch(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      this.#length += piece.length
      const last = piece.findLastIndex((byte) => byte !== 0)
      this.#zeros = last < 0 ? this.#zeros + piece.length : piece.length - last - 1
      yield piece
    }
  }
}
