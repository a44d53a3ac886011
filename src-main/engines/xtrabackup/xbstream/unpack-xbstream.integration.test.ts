import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { collect, filesOf, membersOf, pieces } from '../testing/bytes.fixture.ts'
import { describeWithMariadb } from '../testing/mariadb-programs.fixture.ts'
import { basicFiles, basicVector, constructedVectors } from '../testing/xbstream-vectors.fixture.ts'
import { chunkTypes } from './chunk-format.ts'
import { unpackXbstream } from './unpack-xbstream.ts'
import { readXbstream } from './xbstream-reader.ts'
import { chunkHead, payloadHead, writeXbstream } from './xbstream-writer.ts'

const signal = new AbortController().signal
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'xbstream-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (name: string): string => path.join(folder, name)

describe('unpacking into a folder', () => {
  test.each(constructedVectors.filter(({ expect: outcome, file }) => outcome === 'ok' && file !== 'no-eof-chunk.xbs'))(
    '32, 33, 34: $file',
    async ({ bytes, expectFiles }) => {
      const members = await unpackXbstream(pieces(bytes, 11), at('out'), { signal })
      expect(members.map((member) => member.path).toSorted()).toEqual(Object.keys(expectFiles ?? {}).toSorted())
      for (const [name, content] of Object.entries(expectFiles ?? {})) {
        expect(await readFile(at(`out/${name}`), 'latin1')).toBe(content)
        expect((await stat(at(`out/${name}`))).mode & 0o777).toBe(0o640)
      }
    },
  )

  test('36: a folder that is a link is not entered', async () => {
    await mkdir(at('out'))
    await mkdir(at('elsewhere'))
    const stream = Buffer.concat([
      payloadHead('a', 0n, Buffer.from('x')),
      Buffer.from('x'),
      chunkHead(chunkTypes.end, 'a', 0),
      chunkHead(chunkTypes.end, 'evil/b', 0),
    ])
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield stream.subarray(0, 40)
      await symlink(at('elsewhere'), at('out/evil'))
      yield stream.subarray(40)
    }
    await expect(unpackXbstream(slow(), at('out'), { signal })).rejects.toMatchObject({ code: 'archive/unsafe-path' })
    await expect(stat(at('elsewhere/b'))).rejects.toThrow()
  })

  test('36: nothing is put into a folder that has something in it', async () => {
    await mkdir(at('out'))
    await writeFile(at('out/a'), 'mine')
    await expect(unpackXbstream(pieces(basicVector), at('out'), { signal })).rejects.toMatchObject({
      code: 'path/not-empty',
    })
  })

  test('a full disk is told as such', async (context) => {
    await mkdir(at('disk'))
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at('disk')])
    if (mounted.status !== 0) {
      console.warn('Nothing can be mounted here: a full disk was not tried')
      return context.skip()
    }
    try {
      const stream = writeXbstream(membersOf([['big', Buffer.alloc(3_000_000, 1)]]))
      await expect(unpackXbstream(stream, at('disk/out'), { signal })).rejects.toMatchObject({ code: 'disk/full' })
    } finally {
      spawnSync('umount', [at('disk')])
    }
  })

  test('more than may be staged is refused, holes counted', async () => {
    const options = { signal, limitBytes: 100n }
    await expect(unpackXbstream(pieces(basicVector), at('out'), options)).rejects.toMatchObject({ code: 'disk/full' })
    const hole = constructedVectors.find(({ file }) => file === 'mariadb-seek-hole.xbs')!.bytes
    await expect(unpackXbstream(pieces(hole), at('hole'), { signal, limitBytes: 7n })).rejects.toMatchObject({
      code: 'disk/full',
    })
  })
})

describeWithMariadb('with the real mbstream', () => {
  const big: readonly (readonly [string, Uint8Array])[] = [
    ...basicFiles,
    ['shop/orders.ibd', Buffer.alloc(23 * 1024 * 1024 + 7, 'orders and more ')],
    ['shop/exact.ibd', Buffer.alloc(10 * 1024 * 1024, 7)],
  ]

  test('37: it unpacks what we wrote, and writes the same bytes', async () => {
    const stream = await collect(writeXbstream(membersOf(big)))
    await mkdir(at('out'))
    const unpacked = spawnSync('mbstream', ['-x', '-C', at('out')], { input: stream, encoding: 'utf8' })
    expect([unpacked.status, unpacked.stderr]).toEqual([0, ''])
    for (const [name, content] of big) expect((await readFile(at(`out/${name}`))).equals(content)).toBe(true)
    const packed = spawnSync('mbstream', ['-c', ...big.map(([name]) => name)], {
      cwd: at('out'),
      maxBuffer: 1 << 28,
    })
    expect(packed.stdout.equals(stream)).toBe(true)
    const read = await filesOf(readXbstream(pieces(packed.stdout, 70_000), { signal }))
    for (const [name, content] of big) expect(read.get(name)?.equals(content)).toBe(true)
  })
})
