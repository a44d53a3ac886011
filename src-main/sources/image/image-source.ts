import { type FileHandle, open, readFile, realpath } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { displayPath, pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { ImageSource } from '../../../src-shared/model/source.ts'
import { errorCode } from '../../os/system-error.ts'
import { archiveNames } from '../files/archive-names.ts'
import type { ArchiveInput, Source, SourceView } from '../source.ts'

/** The kernel counts sizes of block devices in these, whatever the device's own are. */
const sectorBytes = 512n

interface OpenImage {
  readonly archive: string
  readonly path: string
  readonly handle: FileHandle
  readonly sizeBytes: bigint
}

/** Disk images and block devices of this computer: a file of fixed size each, readable anywhere. */
export function createImageSource(plan: ImageSource): Source {
  return {
    async open(_observer, signal) {
      const images: OpenImage[] = []
      try {
        for (const [index, archive] of archiveNames(plan.paths).entries()) {
          signal.throwIfAborted()
          const path = plan.paths[index] ?? ''
          images.push({ archive, path, ...(await openImage(path)) })
        }
      } catch (error) {
        await closeAll(images)
        throw error
      }
      return view(images, signal)
    },
  }
}

function view(images: readonly OpenImage[], signal: AbortSignal): SourceView {
  let seen = 0
  return {
    async *archives(): AsyncGenerator<ArchiveInput> {
      for (const { archive, path, handle, sizeBytes } of images) {
        seen += 1
        yield {
          type: 'image',
          name: archive,
          sizeBytes,
          read: (at, length) => readAt({ path, handle }, { at, length }, signal),
        }
      }
    },
    facts: () => ({ host: hostname(), roots: images.map(({ archive, path }) => ({ archive, path })) }),
    counts: () => ({ seen, handedOver: seen, skipped: 0, failed: 0 }),
    close: () => closeAll(images),
  }
}

/** Exactly `length` bytes: an image that became shorter while it was read is no image of anything. */
async function readAt(
  { path, handle }: Pick<OpenImage, 'path' | 'handle'>,
  { at, length }: { readonly at: bigint; readonly length: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(length)
  for (let filled = 0; filled < length; ) {
    signal.throwIfAborted()
    let bytesRead: number
    try {
      ;({ bytesRead } = await handle.read(buffer, filled, length - filled, at + BigInt(filled)))
    } catch (cause) {
      const detail = `${displayPath(path)} at byte ${at + BigInt(filled)}`
      throw new HoldfastError('file/unreadable', { detail, hint: 'Check the disk.', cause })
    }
    if (bytesRead === 0) {
      const detail = `${displayPath(path)} ends at byte ${at + BigInt(filled)}, earlier than it did at the start.`
      throw new HoldfastError('file/unreadable', { detail, hint: 'Back it up while nothing changes its size.' })
    }
    filled += bytesRead
  }
  return buffer
}

async function openImage(path: string): Promise<{ handle: FileHandle; sizeBytes: bigint }> {
  const detail = displayPath(path)
  const bytes = Buffer.from(pathTextToBytes(path))
  let handle: FileHandle
  try {
    handle = await open(bytes, 'r')
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') {
      throw new HoldfastError('source/vanished', { detail, hint: 'Connect the disk it is on.', cause })
    }
    throw new HoldfastError('file/unreadable', {
      detail,
      hint: 'Reading a disk needs the rights of an administrator.',
      cause,
    })
  }
  try {
    const facts = await handle.stat({ bigint: true })
    if (facts.isFile()) return { handle, sizeBytes: facts.size }
    if (facts.isBlockDevice()) return { handle, sizeBytes: await deviceBytes(bytes) }
    throw new HoldfastError('input/invalid', { detail: `${detail} is neither a disk nor an image of one.` })
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Linux: `stat` tells no size of a device, sysfs does. */
async function deviceBytes(path: Buffer): Promise<bigint> {
  const device = basename(await realpath(path, 'utf8'))
  const sectors = await readFile(`/sys/class/block/${device}/size`, 'utf8')
  return BigInt(sectors.trim()) * sectorBytes
}

async function closeAll(images: readonly OpenImage[]): Promise<void> {
  for (const { handle } of images) await handle.close()
}
