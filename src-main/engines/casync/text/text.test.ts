import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CatarAccessor } from '../../../archive/catar/accessor.ts'
import { decodeCatar } from '../../../archive/catar/decoder.ts'
import { digestOf } from '../../../archive/catar/feature-flags.ts'
import { madeArchives, vector } from '../../../archive/catar/vectors.fixture.ts'
import { MemoryAccess } from '../../../archive/memory-access.fixture.ts'
import { escapeText, modeText, splitTime } from './node-text.ts'
import { printTree } from './print-tree.ts'
import { statLines } from './stat-lines.ts'

const { signal } = new AbortController()

/** What casync 2 printed (see testdata/README.md). */
function printed(name: string): string {
  const bytes = readFileSync(new URL(`../testdata/text/${name}`, import.meta.url))
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
}

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function print(archive: string, how: 'list' | 'mtree'): Promise<string> {
  const bytes = vector(archive)
  let featureFlags = 0n
  const onFeatureFlags = (flags: bigint): void => {
    featureFlags = flags
  }
  const entries = decodeCatar(whole(bytes), { signal, onFeatureFlags })
  // casync was not told of any digest.
  const style = () => ({ featureFlags, digestName: 'sha512-256', algorithm: digestOf(featureFlags) }) as const
  const lines = await Array.fromAsync(printTree(entries, how === 'list' ? { how } : { how, style }))
  return lines.join('')
}

describe('O-01: what casync prints', () => {
  const archives = madeArchives.map(([archive]) => archive)
  test.each(archives)('of every node of %s', async (archive) => {
    const name = archive.replace(/\.catar(?:\.gz)?$/, '')
    expect(await print(archive, 'list')).toBe(printed(`${name}.list.txt`))
    const packed = name === 'bst.best' ? '.gz' : ''
    expect(await print(archive, 'mtree')).toBe(printed(`${name}.mtree.txt${packed}`))
  })

  test('of the first level alone', async () => {
    const entries = decodeCatar(whole(vector('basic.best.catar.gz')), { signal })
    const lines = await Array.fromAsync(printTree(entries, { how: 'list', isRecursive: false }))
    const all = printed('basic.best.list.txt').trimEnd().split('\n')
    expect(lines.join('').trimEnd().split('\n')).toEqual(all.filter((line) => !line.slice(11).includes('/')))
  })

  const known: Readonly<Record<string, string>> = JSON.parse(printed('stat-digest.json')) // of strings, as its README says
  const stats = Object.keys(known).filter((call) => call.startsWith('stat '))
  test.each(stats)('with %s', async (call) => {
    const [, archive = '', path = ''] = call.split(' ')
    const file = madeArchives.find(([name]) => name.startsWith(`${archive}.catar`))?.[0] ?? ''
    const accessor = await CatarAccessor.open(new MemoryAccess(vector(file)), { signal })
    const node = await accessor.lookup([Buffer.from(path)], signal)
    if (node === undefined) return expect.unreachable()
    const zone = process.env.TZ
    process.env.TZ = 'UTC'
    try {
      expect(await statLines(Buffer.from(path), node, accessor, signal)).toBe(known[call])
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })

  test('odd bits, bytes and times', () => {
    expect(modeText('directory', 0o1776)).toBe('drwxrwxrwT')
    expect(modeText('file', 0o7111)).toBe('---s--s--x')
    expect(modeText('fifo', 0o6644)).toBe('prwSr-Sr--')
    expect(escapeText(Uint8Array.of(0, 0x20, 0x23, 0x41, 0x5c, 0x7e, 0x7f, 0xff))).toBe(
      '\\000\\040\\043A\\134~\\177\\377',
    )
    expect(splitTime(-1n)).toEqual({ seconds: 18_446_744_073n, nanoseconds: '709551615' })
  })
})
