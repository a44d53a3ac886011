import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { pngChunk, pngSignature } from './png.ts'

/** Writes files by their path below `folder`, with the folders above them. */
export async function writeTree(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content)
  }
}

/** Bytes that do not compress, the same for the same seed (xorshift32). */
export function noise(length: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4))
  let state = seed | 1
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[at] = state
  }
  return new Uint8Array(words.buffer, 0, length)
}

/** A picture that a browser can show: a sky over water. */
export function picture(width: number, height: number): Uint8Array {
  const rows = Buffer.alloc((width * 3 + 1) * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (width * 3 + 1) + 1 + x * 3
      const isWater = y > height * 0.6
      rows[at] = isWater ? 40 : 120 + Math.round((100 * y) / height)
      rows[at + 1] = isWater ? 90 + (x % 16) : 160
      rows[at + 2] = isWater ? 120 : 210
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    pngSignature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

/** Where below the folder a file of this name is. */
export async function findFile(folder: string, name: string): Promise<string> {
  const found = (await readdir(folder, { recursive: true })).find((path) => path.endsWith(name))
  if (found === undefined) throw new Error(`${name} is nowhere in ${folder}`)
  return join(folder, found)
}

/** A file that takes minutes to read and no space: a hole. */
export async function writeHole(path: string, length: number): Promise<void> {
  await writeTree(dirname(path), { [path.slice(dirname(path).length + 1)]: '' })
  await truncate(path, length)
}
