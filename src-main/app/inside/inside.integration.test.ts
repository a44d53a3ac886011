import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import BetterSqlite from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { testApp, writeTree } from '../testing/test-app.ts'

/** Made by the zipfile and tarfile of Python, and damaged here. */
function writeArchives(folder: string): void {
  const script = `
import sys, zipfile, tarfile, io, time
out = sys.argv[1]
with zipfile.ZipFile(out + '/letters.zip', 'w', zipfile.ZIP_DEFLATED) as z:
    z.mkdir('letters')
    z.writestr(zipfile.ZipInfo('letters/Maren – Grüße.txt', (2024, 2, 29, 12, 34, 56)), 'hello ' * 1000)
    z.writestr('empty', '')
with zipfile.ZipFile(out + '/many.zip', 'w') as z:
    for i in range(1500): z.writestr('f%d' % i, '')
zipfile.ZipFile(out + '/none.zip', 'w').close()
with tarfile.open(out + '/letters.tar', 'w', format=tarfile.PAX_FORMAT) as t:
    def add(name, **more):
        i = tarfile.TarInfo(name); i.mtime = 1700000000
        for k, v in more.items(): setattr(i, k, v)
        t.addfile(i, io.BytesIO(b'x' * i.size))
    add('letters', type=tarfile.DIRTYPE)
    add('letters/' + 'long' * 60 + '.txt', size=70000)
    add('letters/link', type=tarfile.SYMTYPE, linkname='x')
    add('pipe', type=tarfile.FIFOTYPE)
    add('last', size=5)
with tarfile.open(out + '/bomb.tgz', 'w:gz', compresslevel=1) as t:
    i = tarfile.TarInfo('zeros'); i.size = 160 << 20
    t.addfile(i, open('/dev/zero', 'rb'))
    t.addfile(tarfile.TarInfo('behind'))
`
  execFileSync('python3', ['-c', script, folder])
  const tar = readFileSync(join(folder, 'letters.tar'))
  const gzip = gzipSync(tar)
  writeTree(folder, {
    'letters.tgz': gzip,
    'letters.tar.zst': zstdCompressSync(tar),
    'cut.tar': tar.subarray(0, 4096),
    'cut.tgz': gzip.subarray(0, 40),
    'damaged.zip': readFileSync(join(folder, 'letters.zip')).subarray(0, 200),
    'log.gz': gzipSync('a line of a log\n'.repeat(200)),
    'fake.tar': 'this is text\n'.repeat(100),
  })
}

it('archives are listed as they are in the snapshot: zip, tar, tar in gzip and zstd; damage says where it is', async () => {
  const t = await testApp()
  writeArchives(t.source)
  const plan = await t.plan()
  const [job] = await t.client.plans.run({ id: plan.id })
  if (job === undefined) throw new Error('no job')
  await t.done(job)
  const [snapshot] = await t.client.snapshots.list({})
  if (snapshot === undefined) throw new Error('no snapshot')
  const inside = (name: string) => t.client.snapshots.archiveInside({ id: snapshot.id, path: `Documents/${name}` })

  expect(await inside('letters.zip')).toMatchObject({
    state: 'listed',
    total: 3,
    more: false,
    damaged: false,
    entries: [
      { path: 'letters/', kind: 'directory', sizeBytes: 0 },
      {
        path: 'letters/Maren – Grüße.txt',
        kind: 'file',
        sizeBytes: 6000,
        modifiedAt: new Date(2024, 1, 29, 12, 34, 56).getTime(),
      },
      { path: 'empty', kind: 'file', sizeBytes: 0 },
    ],
  })
  const many = await inside('many.zip')
  expect(many).toMatchObject({ state: 'listed', total: 1500, more: true, entries: { length: 1000 } })
  expect(await inside('none.zip')).toMatchObject({ state: 'listed', total: 0, entries: [], more: false })

  const tar = await inside('letters.tar')
  const modifiedAt = 1_700_000_000_000
  expect(tar).toEqual({
    state: 'listed',
    more: false,
    damaged: false,
    entries: [
      { path: 'letters/', kind: 'directory', sizeBytes: 0, modifiedAt },
      { path: `letters/${'long'.repeat(60)}.txt`, kind: 'file', sizeBytes: 70_000, modifiedAt },
      { path: 'letters/link', kind: 'link', sizeBytes: 0, modifiedAt },
      { path: 'pipe', kind: 'other', sizeBytes: 0, modifiedAt },
      { path: 'last', kind: 'file', sizeBytes: 5, modifiedAt },
    ],
  })
  expect(await inside('letters.tgz')).toEqual(tar)
  expect(await inside('letters.tar.zst')).toEqual(tar)

  // Nobody unpacks further than the bound, however small the file is.
  expect(await inside('bomb.tgz')).toMatchObject({
    state: 'listed',
    more: true,
    damaged: false,
    entries: [{ path: 'zeros', sizeBytes: 160 * 1024 * 1024 }],
  })

  expect(await inside('cut.tar')).toMatchObject({ state: 'listed', more: true, damaged: true, entries: { length: 2 } })
  expect(await inside('cut.tgz')).toEqual({ state: 'unreadable', reason: 'damaged' })
  expect(await inside('damaged.zip')).toEqual({ state: 'unreadable', reason: 'damaged' })
  expect(await inside('log.gz')).toEqual({ state: 'unreadable', reason: 'foreign' })
  expect(await inside('fake.tar')).toEqual({ state: 'unreadable', reason: 'foreign' })
  await expect(inside('none')).rejects.toMatchObject({ code: 'path/not-found' })
})

it('databases are read from a file of their own that is gone with the app', async () => {
  const t = await testApp()
  const shop = new BetterSqlite(join(t.source, 'shop.db'))
  shop.pragma('journal_mode = WAL')
  shop.exec("CREATE TABLE articles (name, price); INSERT INTO articles VALUES ('tea', 3); CREATE TABLE orders (id)")
  shop.close()
  writeFileSync(join(t.source, 'secret.db'), Buffer.alloc(8192, 0x5a))
  writeFileSync(join(t.source, 'cut.db'), readFileSync(join(t.source, 'shop.db')).subarray(0, 60))
  const plan = await t.plan()
  const [job] = await t.client.plans.run({ id: plan.id })
  if (job === undefined) throw new Error('no job')
  await t.done(job)
  const [snapshot] = await t.client.snapshots.list({})
  if (snapshot === undefined) throw new Error('no snapshot')
  // Others look into databases at the same time, below the temporary folder of all.
  const temporary = join(t.folder, 'temporary')
  mkdirSync(temporary)
  const { TMPDIR } = process.env
  process.env.TMPDIR = temporary
  onTestFinished(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  })
  const inside = (name: string, table?: string) =>
    t.client.snapshots.databaseInside({ id: snapshot.id, path: `Documents/${name}`, ...(table && { table }) })

  expect(await inside('shop.db')).toMatchObject({
    state: 'read',
    tables: [
      { name: 'articles', rows: { count: 1 } },
      { name: 'orders', rows: { count: 0 } },
    ],
    shown: { name: 'articles', columns: ['name', 'price'], rows: [[{ text: 'tea' }, { text: '3' }]] },
  })
  expect(readdirSync(temporary).length).toBe(1)
  expect(await inside('shop.db', 'orders')).toMatchObject({ shown: { name: 'orders', rows: [] } })
  expect(readdirSync(temporary).length).toBe(1)
  expect(await inside('secret.db')).toEqual({ state: 'unreadable', reason: 'foreign' })
  expect(await inside('cut.db')).toMatchObject({ state: 'unreadable' })
  await expect(inside('none.db')).rejects.toMatchObject({ code: 'path/not-found' })
  expect(await inside('shop.db')).toMatchObject({ state: 'read' })
  await t.app.close()
  expect(readdirSync(temporary)).toEqual([])
})
