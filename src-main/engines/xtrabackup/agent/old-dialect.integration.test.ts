import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { oldCopyFrom, oldCopyTo } from '../client/old-copy.ts'
import { unpackTar } from '../tar/unpack-tar.ts'
import { agentsOfFile } from '../testing/agents-of-file.fixture.ts'
import { pieces } from '../testing/bytes.fixture.ts'
import { tarOf } from '../testing/tar.fixture.ts'
import { compressStream } from '../wire/compression.ts'

const signal = new AbortController().signal
const { at, start } = agentsOfFile()

describe('31: the dialect 1.8', () => {
  const dial = async (port: number) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    return socket
  }

  test.each(['1.8', '1.8b7_palomino'] as const)('%s: copy from, with and without gzip', async (version) => {
    await mkdir(at('data/shop'), { recursive: true })
    await writeFile(at('data/shop/a.MYD'), 'a'.repeat(30_000))
    await writeFile(at('data/shop/a.MYI'), 'b')
    await writeFile(at('data/log.01'), 'c')
    const { port } = await start({ oldDialectFolders: [at('data')] })
    const copy = async (what: string, to: string): Promise<string[]> => {
      const tar = oldCopyFrom(await dial(port), { version, path: what, signal })
      return (await unpackTar(tar, at(to), { signal })).map((member) => member.path)
    }
    expect(await copy(`${at('data')}/.`, 'all')).toEqual(['log.01', 'shop/a.MYD', 'shop/a.MYI'])
    expect(await readFile(at('all/shop/a.MYD'), 'utf8')).toBe('a'.repeat(30_000))
    expect((await copy(at('data/shop/a.*'), 'some')).toSorted()).toEqual(['a.MYD', 'a.MYI'])
    expect(await copy(at('data/log.01'), 'one')).toEqual(['log.01'])
  })

  test('copy to, with and without gzip', async () => {
    await mkdir(at('data'))
    const { port } = await start({ oldDialectFolders: [at('data')] })
    const tar = await tarOf({ 'x/y': 'z' })
    await oldCopyTo(await dial(port), pieces(tar), { version: '1.8', path: at('data'), signal })
    expect(await readFile(at('data/x/y'), 'utf8')).toBe('z')
    const gzipped = compressStream(pieces(await tarOf({ 'x/z': 'w' })), 'gzip')
    await oldCopyTo(await dial(port), gzipped, { version: '1.8', path: at('data'), signal })
    expect(await readFile(at('data/x/z'), 'utf8')).toBe('w')
  })

  test('outside of the folders, and everything else, is refused', async () => {
    await mkdir(at('data'))
    await writeFile(at('secret'), 's')
    const { raw } = await start({ oldDialectFolders: [at('data')] })
    for (const what of [at('secret'), at('data/../secret'), '/etc/passwd', `${at('data')}/../.`])
      expect((await raw(`1.8\ncopy from\n${what}\n/tmp\n/usr/bin\n`)).length).toBe(0)
    expect((await raw(`1.8\nremove-backup-data\nLINKS ${at('data')}\n/tmp\n/usr/bin\n`)).length).toBe(0)
    expect((await raw(`1.8\nsnapshot\nx\n/tmp\n/usr/bin\n`)).toString()).toMatch(/^ERROR\n1\n/)
    const other = await start()
    expect((await other.raw(`1.8\ncopy from\n${`${at('data')}/.`}\n/tmp\n/usr/bin\n`)).length).toBe(0)
  })
})
