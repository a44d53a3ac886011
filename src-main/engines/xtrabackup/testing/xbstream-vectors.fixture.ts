import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'

const folder = new URL('../testdata/xbstream/', import.meta.url)
const read = (name: string): Buffer => readFileSync(new URL(name, folder))

const constructed = z.array(
  z.object({
    file: z.string(),
    hex: z.string(),
    expect: z.enum(['ok', 'error']),
    expectFiles: z.record(z.string(), z.string()).nullable(),
  }),
)

const chunk = z.object({
  at: z.number(),
  flags: z.number(),
  type: z.string(),
  path: z.string(),
  length: z.number().optional(),
})

/** Streams written by hand, with what they must unpack to (testdata/README.md). */
export const constructedVectors = constructed.parse(JSON.parse(read('constructed.json').toString())).map((vector) => ({
  ...vector,
  bytes: Buffer.from(vector.hex, 'hex'),
}))

export const basicVector = read('basic.xbs')
export const realVector = gunzipSync(read('mariadb-10.11-incremental-partial.xbs.gz'))
export const realChunks = z
  .array(chunk)
  .parse(JSON.parse(read('mariadb-10.11-incremental-partial.chunks.json').toString()))
export const basicFiles: readonly (readonly [string, Uint8Array])[] = [
  ['hello.txt', Buffer.from('hello world\n')],
  ['empty.bin', Buffer.alloc(0)],
  ['dir/bytes.bin', Uint8Array.from({ length: 256 }, (_, byte) => byte)],
  ['dir/name with space.txt', Buffer.from('a name with spaces\n')],
]
