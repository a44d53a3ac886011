import { inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { expect, test } from 'vitest'
import { goldenArchive, goldenMetadata, goldenPayload } from '../../../archive/pxar/golden.fixture.ts'
import { finish, uploadDynamic } from './testing/backup-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { makeChunk } from './testing/raw-client.fixture.ts'
import { T0, type TestServer } from './testing/server.fixture.ts'

/** The example of spec pbs §7.9, of the tree of §7.7. */
const goldenCatalog = Buffer.from(
  [
    '91fd60f9c46758d5',
    '0a016601650080e2cfaa06',
    '18046605612e7478740580e2cfaa066c0162680163640164',
    '0b',
    '1201640e726f6f742e707861722e6469647819',
    '2c00000000000000',
  ].join(''),
  'hex',
)

const NANO = 1_700_000_000
const snapshot = (time = T0) => `backup-type=host&backup-id=elsa&backup-time=${time}`
const store = (where: string) => `admin/datastore/tank/${where}`

/** In small chunks, so that every read crosses some. */
function cut(bytes: Uint8Array, size: number) {
  const chunks = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(makeChunk(bytes.subarray(at, at + size)))
  return chunks
}

/** T0 is unified with a catalog, T0 + 1 split, T0 + 2 encrypted by its manifest. */
async function prepare(): Promise<TestServer> {
  const server = await openServer()
  const unified = await server.backup()
  await finish(unified, [
    await uploadDynamic(unified, 'root.pxar.didx', cut(goldenArchive, 100)),
    await uploadDynamic(unified, 'catalog.pcat1.didx', cut(goldenCatalog, 30)),
  ])
  await server.settled()
  const split = await server.backup({ 'backup-time': T0 + 1 })
  const files = [
    await uploadDynamic(split, 'root.ppxar.didx', cut(goldenPayload, 40)),
    await uploadDynamic(split, 'root.mpxar.didx', cut(goldenMetadata, 100)),
  ]
  await finish(split, files, { time: T0 + 1 })
  await server.settled()
  const secret = await server.backup({ 'backup-time': T0 + 2 })
  const hidden = [
    await uploadDynamic(secret, 'root.pxar.didx', cut(goldenArchive, 100)),
    await uploadDynamic(secret, 'catalog.pcat1.didx', cut(goldenCatalog, 30)),
  ]
  await finish(secret, hidden, { time: T0 + 2, cryptMode: 'encrypt' })
  await server.settled()
  return server
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const encode = (text: string) => encodeURIComponent(base64(text))

test('row 64: the catalog lists archives, and what is in them', async () => {
  const server = await prepare()
  const list = (path: string) => server.data(store(`catalog?${snapshot()}&filepath=${path}`))
  const top = [{ filepath: base64('/root.pxar.didx'), text: 'root.pxar.didx', type: 'd', leaf: false }]
  expect(await list('root')).toEqual(top)
  expect(await list('%2F')).toEqual(top)
  const children = [
    { filepath: base64('root.pxar.didx/a.txt'), text: 'a.txt', type: 'f', leaf: true, size: 5, mtime: NANO },
    { filepath: base64('root.pxar.didx/b'), text: 'b', type: 'l', leaf: true },
    { filepath: base64('root.pxar.didx/c'), text: 'c', type: 'h', leaf: true },
    { filepath: base64('root.pxar.didx/d'), text: 'd', type: 'd', leaf: false },
  ]
  expect(await list(encode('root.pxar.didx'))).toEqual(children)
  expect(await list(encode('/root.pxar.didx/'))).toEqual(children)
  expect(await list(encode('root.pxar.didx/d'))).toMatchObject([{ text: 'e', type: 'f', size: 0 }])
  const missing = await server.call(store(`catalog?${snapshot()}&filepath=${encode('root.pxar.didx/none')}`))
  expect(missing.status).toBe(404)
  expect((await server.call(store(`catalog?${snapshot()}&filepath=***`))).status).toBe(400)
})

test('row 64: with the name of an archive, unified or split, that is walked itself', async () => {
  const server = await prepare()
  const places = [
    [T0, 'root.pxar.didx'],
    [T0 + 1, 'root.mpxar.didx'],
    [T0 + 1, 'root.pxar.didx'],
  ] as const
  for (const [time, name] of places) {
    const list = (path: string) => server.data(store(`catalog?${snapshot(time)}&archive-name=${name}&filepath=${path}`))
    expect(await list('%2F')).toEqual([
      { filepath: base64('/a.txt'), text: 'a.txt', type: 'f', leaf: true, size: 5, mtime: NANO },
      { filepath: base64('/b'), text: 'b', type: 'l', leaf: true },
      { filepath: base64('/c'), text: 'c', type: 'h', leaf: true },
      { filepath: base64('/d'), text: 'd', type: 'd', leaf: false },
    ])
    expect(await list(encode('/d'))).toMatchObject([{ filepath: base64('d/e'), type: 'f', size: 0, mtime: NANO }])
  }
})

test('row 64: what is encrypted cannot be listed or downloaded here', async () => {
  const server = await prepare()
  const refuse = async (where: string) => {
    const { status, text } = await server.call(
      store(`${where}?${snapshot(T0 + 2)}&filepath=${encode('root.pxar.didx/a.txt')}`),
    )
    return `${status} ${text}`
  }
  expect(await refuse('catalog')).toBe("400 cannot decode 'catalog.pcat1.didx' - is encrypted")
  expect(await refuse('pxar-file-download')).toBe("400 cannot decode 'root.pxar.didx' - is encrypted")
})

test('row 65: a file, a hard link, a folder as zip and as tar.zst, of unified and split archives', async () => {
  const server = await prepare()
  for (const time of [T0, T0 + 1]) {
    const get = (path: string, more = '') =>
      server.call(store(`pxar-file-download?${snapshot(time)}&filepath=${encode(path)}${more}`))
    const file = await get('root.pxar.didx/a.txt')
    expect([file.status, file.text, file.headers['content-type']]).toEqual([200, 'hello', 'application/octet-stream'])
    expect((await get('/root.pxar.didx/a.txt')).text).toBe('hello')
    expect((await get('root.pxar.didx/c')).text).toBe('hello')
    expect((await get('root.pxar.didx/d/e')).bytes).toHaveLength(0)
    expect((await get('root.pxar.didx/b')).status).toBe(400)
    expect((await get('root.pxar.didx/none')).status).toBe(404)
    expect((await get('other.pxar.didx/a.txt')).status).toBe(404)
    expect((await get('index.json.blob/a.txt')).status).toBe(400)
    expect((await get('a.txt', '&archive-name=root.pxar.didx')).text).toBe('hello')

    expect(await unzip((await get('root.pxar.didx')).bytes)).toEqual({
      'root/': '',
      'root/a.txt': 'hello',
      'root/b': 'a.txt',
      'root/c': 'hello',
      'root/d/': '',
      'root/d/e': '',
    })
    expect(Object.keys(await unzip((await get('root.pxar.didx/d')).bytes))).toEqual(['d/', 'd/e'])
    expect(await untar(zstdDecompressSync((await get('root.pxar.didx', '&tar=1')).bytes))).toEqual([
      'directory root/ ',
      'file root/a.txt hello',
      'symlink root/b -> a.txt',
      'link root/c -> root/a.txt',
      'directory root/d/ ',
      'file root/d/e ',
    ])
  }
})

/** Names and contents by the central directory of a zip (APPNOTE 6.3.9). */
async function unzip(zip: Buffer): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'))
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)]
    const [nameLength, extra, comment] = [
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
    ]
    const local = zip.readUInt32LE(at + 42)
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const data = zip.subarray(start, start + packed)
    found[name] = (method === 0 ? data : inflateRawSync(data)).toString()
    at += 46 + nameLength + extra + comment
  }
  return found
}

async function untar(tar: Buffer): Promise<string[]> {
  const found: string[] = []
  const reader = extract()
  reader.end(tar)
  for await (const entry of reader) {
    const pieces: Uint8Array[] = []
    for await (const piece of entry) pieces.push(piece as Uint8Array)
    const { type, name, linkname } = entry.header
    found.push(`${type} ${name} ${linkname == null ? Buffer.concat(pieces).toString() : `-> ${linkname}`}`)
  }
  return found
}
