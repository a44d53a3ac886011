import { open } from 'node:fs/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'

/** No key file and no PEM comes near it. */
const maximumBytes = 1024 * 1024

/** A key file or PEM that a person named. */
export async function readKeyText(path: string): Promise<string> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(maximumBytes + 1)
    let length = 0
    while (length <= maximumBytes) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length)
      if (bytesRead === 0) return buffer.toString('utf8', 0, length)
      length += bytesRead
    }
  } finally {
    await file.close()
  }
  throw new HoldfastError('key/invalid', { detail: `${path} is larger than a key can be.` })
}
