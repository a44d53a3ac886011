import type { FileHandle } from 'node:fs/promises'
import { assertNever } from '../../../../src-shared/assert-never.ts'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { asDiskError } from '../../../storage/datastore/disk-error.ts'
import { MemberFolder, makeEmptyFolder } from './member-folder.ts'
import { readXbstream, type XbDialect, type XbEvent } from './xbstream-reader.ts'

export interface UnpackOptions {
  readonly signal: AbortSignal
  readonly dialect?: XbDialect
  /** Ends with `disk/full` when the members would take more than this. */
  readonly limitBytes?: bigint
  /** Hears of each piece that was written. */
  readonly onBytes?: (count: number) => void
}

export interface UnpackedMember {
  readonly path: string
  readonly sizeBytes: bigint
}

/**
 * Unpacks a stream into a folder that is new or empty, with all that renames, rewrites and removals did. Nothing is
 * followed or written outside. Returns the members that are there at the end; when it throws, what was written so far
 * stays and is worth nothing.
 *
 * @throws as `readXbstream`, and `path/not-empty`, `disk/full`, `disk/read-only`.
 */
export async function unpackXbstream(
  pieces: AsyncIterable<Uint8Array>,
  folder: string,
  options: UnpackOptions,
): Promise<readonly UnpackedMember[]> {
  await makeEmptyFolder(folder)
  const unpacker = new Unpacker(folder, options)
  try {
    for await (const event of readXbstream(pieces, options)) await unpacker.take(event)
    return unpacker.members()
  } catch (error) {
    throw asDiskError(error, folder)
  } finally {
    await unpacker.close()
  }
}

class Unpacker {
  readonly #folder: MemberFolder
  readonly #options: UnpackOptions
  readonly #open = new Map<string, FileHandle>()
  readonly #done = new Map<string, bigint>()
  #writtenBytes = 0n
  /** With holes, which are read back as zeros. */
  #doneBytes = 0n

  constructor(folder: string, options: UnpackOptions) {
    this.#folder = new MemberFolder(folder)
    this.#options = options
  }

  async take(event: XbEvent): Promise<void> {
    switch (event.kind) {
      case 'open':
        await this.#openMember(event.path, event.replace)
        return
      case 'data':
        await this.#write(event.path, event.offset, event.bytes)
        return
      case 'close': {
        const handle = this.#handle(event.path)
        this.#doneBytes += event.sizeBytes
        this.#requireRoom(this.#doneBytes)
        await handle.truncate(Number(event.sizeBytes)) // a hole at the end; sizes of files are below 2^53
        await handle.close()
        this.#open.delete(event.path)
        this.#done.set(event.path, event.sizeBytes)
        return
      }
      case 'rename':
        await this.#rename(event.path, event.to)
        return
      case 'remove':
        await this.#folder.remove(event.path)
        this.#done.delete(event.path)
        return
      case 'ignored':
        return
      default:
        assertNever(event)
    }
  }

  members(): readonly UnpackedMember[] {
    return Array.from(this.#done, ([path, sizeBytes]) => ({ path, sizeBytes }))
  }

  async close(): Promise<void> {
    for (const handle of this.#open.values()) await handle.close().catch(() => undefined) // the first error counts
  }

  async #openMember(member: string, replace: boolean): Promise<void> {
    const isThere = replace && this.#done.has(member)
    this.#done.delete(member)
    this.#open.set(member, await (isThere ? this.#folder.reopen(member) : this.#folder.create(member)))
  }

  async #write(member: string, offset: bigint, bytes: Uint8Array): Promise<void> {
    this.#writtenBytes += BigInt(bytes.length)
    this.#requireRoom(this.#writtenBytes)
    const handle = this.#handle(member)
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, Number(offset) + done)
      done += bytesWritten
    }
    this.#options.onBytes?.(bytes.length)
  }

  #requireRoom(bytes: bigint): void {
    const { limitBytes } = this.#options
    if (limitBytes !== undefined && bytes > limitBytes)
      throw new HoldfastError('disk/full', {
        detail: `The backup is larger than the ${limitBytes} bytes that may be used for staging.`,
      })
  }

  async #rename(from: string, to: string): Promise<void> {
    await this.#folder.rename(from, to)
    const sizeBytes = this.#done.get(from) ?? 0n
    this.#done.delete(from)
    this.#done.set(to, sizeBytes)
  }

  #handle(member: string): FileHandle {
    const handle = this.#open.get(member)
    if (handle === undefined) throw new Error(`${member} is not open`) // the reader says open before data
    return handle
  }
}
