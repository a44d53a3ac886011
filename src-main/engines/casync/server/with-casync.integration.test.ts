import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasCasync, type ProgramResult, runCasync } from '../casync-program.fixture.ts'
import { CasyncIndex } from '../index/casync-index.ts'
import { LocalStore } from '../store/local-store.ts'
import { vector } from '../vectors.fixture.ts'
import { writeServerScript } from './casync-server.fixture.ts'

if (!hasCasync) {
  test('our server was tried with no real client: casync is not on the PATH', () => {
    console.warn('casync is not installed: the server was not tried with the real program')
  })
}

const source = fileURLToPath(new URL('../testdata/protocol', import.meta.url))

describe.runIf(hasCasync)('our server, with a real client', () => {
  let folder: string
  const at = (name: string): string => path.join(folder, name)

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'casync-server-'))
    await cp(source, at('remote'), { recursive: true })
    writeServerScript(at('fake-ssh'), at('remote'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const casync = (...args: string[]): ProgramResult =>
    runCasync(args, folder, { CASYNC_SSH_PATH: at('fake-ssh'), TMPDIR: folder })

  async function makeTree(): Promise<void> {
    await mkdir(at('tree/sub'), { recursive: true })
    for (let number = 0; number < 20; number++) {
      await writeFile(at(`tree/sub/file ${number}`), randomBytes(1000 * number + 1))
    }
    await writeFile(at('tree/large'), randomBytes(1 << 20))
    await symlink('sub', at('tree/link'))
  }

  test.each(['default.castr', 'mixed.castr'])('P-04, P-14: extracts a blob whose chunks are in %s', async (store) => {
    const result = casync(`--store=host:${store}`, 'extract', 'host:multi.caibx', 'out.bin')
    expect(result).toMatchObject({ status: 0, errors: '' })
    expect((await readFile(at('out.bin'))).equals(vector('protocol/multi.bin'))).toBe(true)
  })

  test('P-05: a local index with a remote store, and a remote index with a local store', async () => {
    await cp(at('remote/multi.caibx'), at('local.caibx'))
    await cp(at('remote/default.castr'), at('local.castr'), { recursive: true })
    for (const [index, store] of [
      ['local.caibx', 'host:default.castr'],
      ['host:multi.caibx', 'local.castr'],
    ]) {
      expect(casync(`--store=${store}`, 'extract', index ?? '', 'out.bin')).toMatchObject({ status: 0, errors: '' })
      expect((await readFile(at('out.bin'))).equals(vector('protocol/multi.bin'))).toBe(true)
      await rm(at('out.bin'))
    }
  })

  test('P-03, O-01: list, mtree and digest of a remote archive and of a remote index', () => {
    for (const command of ['list', 'mtree', 'digest']) {
      const local = casync(command, 'remote/tiny.catar')
      expect(local.status).toBe(0)
      expect(casync(command, 'host:tiny.catar')).toEqual(local)
      expect(casync(command, 'host:tiny.caidx')).toEqual(local)
    }
  })

  test('P-07, P-13: a missing chunk, a missing index: the reason arrives', async () => {
    const [chunk] = CasyncIndex.parse(vector('protocol/multi3.caibx'))
    await rm(at(`remote/default.castr/${chunk?.digest.slice(0, 4)}/${chunk?.digest}.cacnk`))
    const results = [
      casync('extract', 'host:multi3.caibx', 'out.bin'),
      casync('extract', 'host:none.caibx', 'out.bin'),
      casync('list', 'host:none.catar'),
    ]
    for (const { status, errors } of results) {
      expect([status, errors]).toEqual([1, expect.stringContaining('No such file or directory')])
    }
  })

  test('S-03, P-13: a damaged chunk is not sent, and the reason arrives', async () => {
    const [chunk] = CasyncIndex.parse(vector('protocol/multi.caibx'))
    const file = at(`remote/default.castr/${chunk?.digest.slice(0, 4)}/${chunk?.digest}.cacnk`)
    await rm(file)
    await writeFile(file, 'damaged')
    const { status, errors } = casync('extract', 'host:multi.caibx', 'out.bin')
    expect([status, errors]).toEqual([1, expect.stringContaining('does not match its digest')])
    expect(errors).toContain('Bad message')
  })

  test('P-10, P-12: makes a tree into us and extracts it from us', async () => {
    await makeTree()
    const made = casync('make', 'host:tree.caidx', 'tree')
    expect(made).toMatchObject({ status: 0, errors: '' })
    const again = casync('make', 'host:tree2.caidx', 'tree')
    expect(again).toEqual(made)
    expect(casync('digest', 'host:tree.caidx').output).toBe(made.output)
    expect(casync('digest', 'tree').output).toBe(made.output)
    expect(casync('extract', 'host:tree.caidx', 'out')).toMatchObject({ status: 0, errors: '' })
    expect(casync('digest', 'out').output).toBe(made.output)
    const names = await readdir(at('remote'))
    expect(names.filter((name) => name.startsWith('.#'))).toEqual([])
  })

  test('P-10: makes a blob with gzip and xz chunks, which stay as they came', async () => {
    await writeFile(at('blob'), Buffer.alloc(300_000, 'some text that can be made smaller '))
    for (const compression of ['gzip', 'xz', 'zstd']) {
      const store = `host:${compression}.castr`
      expect(
        casync(`--compression=${compression}`, `--store=${store}`, 'make', 'host:blob.caibx', 'blob'),
      ).toMatchObject({ status: 0, errors: '' })
      expect(casync(`--store=${store}`, 'extract', 'host:blob.caibx', 'out')).toMatchObject({ status: 0, errors: '' })
      expect((await readFile(at('out'))).equals(await readFile(at('blob')))).toBe(true)
      await rm(at('out'))
    }
  })

  test('P-09: makes an archive into us', async () => {
    await makeTree()
    expect(casync('make', 'host:tree.catar', 'tree')).toMatchObject({ status: 0, errors: '' })
    expect(casync('make', 'local.catar', 'tree')).toMatchObject({ status: 0, errors: '' })
    expect((await readFile(at('remote/tree.catar'))).equals(await readFile(at('local.catar')))).toBe(true)
  })

  test('P-16: an index without its chunks is stored; a store without one is refused in words, which is all such a client hears', async () => {
    await writeFile(at('blob'), randomBytes(300_000))
    expect(casync('--store=local.castr', 'make', 'host:blob.caibx', 'blob')).toMatchObject({ status: 0, errors: '' })
    expect(await readdir(at('remote'))).toContain('blob.caibx')
    const refused = casync('--store=host:other.castr', 'make', 'local.caibx', 'blob')
    expect(refused.errors).toContain('Chunks cannot be stored without an index')
    expect(await readdir(at('remote'))).not.toContain('other.castr')
  })

  test('P-12: a folder that is not there gets nothing, and the client hears of it', async () => {
    await writeFile(at('blob'), randomBytes(1000))
    const result = casync('make', 'host:none/blob.caibx', 'blob')
    expect([result.status, result.errors]).toEqual([1, expect.stringContaining('No such file or directory')])
    expect(await readdir(at('remote'))).not.toContain('none')
  })

  test('P-15: 32 MiB of a store both ways', async () => {
    await writeFile(at('blob'), randomBytes(32 << 20))
    expect(casync('make', 'host:blob.caibx', 'blob')).toMatchObject({ status: 0, errors: '' })
    expect(casync('extract', 'host:blob.caibx', 'out')).toMatchObject({ status: 0, errors: '' })
    expect((await readFile(at('out'))).equals(await readFile(at('blob')))).toBe(true)
    const store = new LocalStore(at('remote/default.castr'))
    for (const { digest } of CasyncIndex.parse(await readFile(at('remote/blob.caibx')))) {
      expect(await store.has(digest)).toBe(true)
    }
  })
})
