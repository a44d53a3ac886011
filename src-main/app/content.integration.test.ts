import { execFileSync } from 'node:child_process'
import { linkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { SnapshotId } from '../../src-shared/model/ids.ts'
import { contentHeaders, contentKind } from './content-policy.ts'
import { parseRange } from './content-range.ts'
import { testApp, writeTree } from './testing/test-app.ts'

async function read(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts)
}

it('contents are served whole, in ranges, and as zip and tar', async () => {
  const t = await testApp()
  const big = Buffer.alloc(3_000_000, 'abcdefghij')
  writeTree(t.source, { 'a/big.bin': big, 'a/page.html': '<script>1</script>', 'a/sub/Größe.txt': 'x' })
  symlinkSync('big.bin', join(t.source, 'a/link'))
  linkSync(join(t.source, 'a/big.bin'), join(t.source, 'a/other name'))
  const plan = await t.plan()
  const [job] = await t.client.plans.run({ id: plan.id })
  if (job === undefined) throw new Error('no job')
  const { snapshotId } = (await t.done(job)).status.summary
  if (snapshotId === undefined) throw new Error('no snapshot')
  const id: SnapshotId = snapshotId
  const { signal } = new AbortController()
  const get = async (path: string, as: 'inline' | 'download' | 'zip' | 'tar', range?: string) => {
    const url = await t.client.snapshots.contentUrl({ id, path, as })
    const [route, token = '', name] = url.split('/')
    expect(route).toBe('content')
    const response = await t.app.content.open({ entry: token, range }, signal)
    return { response, bytes: await read(response.body), name: decodeURIComponent(name ?? '') }
  }

  const whole = await get('Documents/a/big.bin', 'download')
  expect(whole.response).toMatchObject({ status: 200, sizeBytes: 3_000_000, fileName: 'big.bin' })
  expect(whole.bytes.equals(big)).toBe(true)
  const part = await get('Documents/a/big.bin', 'download', 'bytes=1000000-1000009')
  expect(part.response.status).toBe(206)
  expect(part.response.headers['content-range']).toBe('bytes 1000000-1000009/3000000')
  expect(part.bytes.toString()).toBe('abcdefghij')
  const tail = await get('Documents/a/big.bin', 'download', 'bytes=-3')
  expect(tail.bytes.toString()).toBe('hij')
  expect((await get('Documents/a/big.bin', 'download', 'bytes=3000000-')).response.status).toBe(416)

  const page = await get('Documents/a/page.html', 'inline')
  expect(page.response.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(page.response.headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)

  const zip = await get('Documents/a', 'zip')
  expect(zip.name).toBe('a.zip')
  writeFileSync(join(t.folder, 'a.zip'), zip.bytes)
  const names = execFileSync(
    'python3',
    [
      '-c',
      'import zipfile,sys\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint("\\n".join(z.namelist()))',
      join(t.folder, 'a.zip'),
    ],
    { encoding: 'utf8' },
  )
  expect(names.trim().split('\n')).toEqual(['a/', 'a/big.bin', 'a/link', 'a/page.html', 'a/sub/', 'a/sub/Größe.txt'])

  const tar = await get('Documents/a', 'tar')
  const listing = execFileSync('tar', ['-tf', '-', '--quoting-style=literal'], {
    input: tar.bytes,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
  expect(listing.trim().split('\n')).toEqual([
    'a/',
    'a/big.bin',
    'a/link',
    'a/other name',
    'a/page.html',
    'a/sub/',
    'a/sub/Größe.txt',
  ])

  expect((await t.app.content.open({ entry: 'guessed' }, signal)).status).toBe(404)
  const missing = await t.app.content.open(
    { entry: { snapshotId: id, path: 'Documents/nothing', as: 'inline' } },
    signal,
  )
  expect(missing.status).toBe(404)
  await expect(t.client.snapshots.contentUrl({ id, path: 'Documents/../x', as: 'zip' })).rejects.toMatchObject({
    code: 'path/not-found',
  })
})

it.each<[string | undefined, ReturnType<typeof parseRange>]>([
  [undefined, 'whole'],
  ['bytes=0-', { from: 0, length: 10 }],
  ['bytes=3-5', { from: 3, length: 3 }],
  ['bytes=3-999', { from: 3, length: 7 }],
  ['bytes=-4', { from: 6, length: 4 }],
  ['bytes=-99', { from: 0, length: 10 }],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=5-3', 'whole'],
  ['bytes=0-1,4-5', 'whole'],
  ['lines=1-2', 'whole'],
])('the range %s of ten bytes', (header, expected) => {
  expect(parseRange(header, 10)).toEqual(expected)
})

it('only what cannot script is shown in place', () => {
  expect(contentKind('x.png', 'inline')).toEqual({ mime: 'image/png', disposition: 'inline' })
  for (const name of ['x.html', 'x.svg', 'x.js', 'x.xml']) {
    expect(contentKind(name, 'inline').mime).toBe('text/plain; charset=utf-8')
  }
  for (const name of ['x.exe', 'x', 'x.xhtml', 'x.mht', 'x.swf']) {
    expect(contentKind(name, 'inline')).toEqual({ mime: 'application/octet-stream', disposition: 'attachment' })
  }
  expect(contentKind('x.png', 'download').disposition).toBe('attachment')
})

it('a name cannot break out of its header', () => {
  const headers = contentHeaders(contentKind('x', 'download'), 'a"; b\r\nc: d\u{1f600}.txt', {})
  expect(headers['content-disposition']).toBe(
    `attachment; filename="a_; b__c: d__.txt"; filename*=UTF-8''a%22%3B%20b%0D%0Ac%3A%20d%F0%9F%98%80.txt`,
  )
})
