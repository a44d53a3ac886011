import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createNamespace } from '../../../storage/datastore/group-dir.ts'
import { openDynamic } from './testing/backup-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { type Chunk, chunkPath, makeBlob } from './testing/raw-client.fixture.ts'
import { T0, type TestServer, testToken } from './testing/server.fixture.ts'
import { abc, backUp, hello } from './testing/whole-backup.fixture.ts'

/** A machine that was broken into has the token of its backups: it must not reach what is stored already. */

const WRITER = 'root@pam!writer'
const snapshot = `backup-type=host&backup-id=elsa&backup-time=${T0}`

const openForWriter = async () =>
  await openServer({
    access: {
      tokens: [await testToken(WRITER)],
      acl: [{ path: '/datastore/tank', authId: WRITER, role: 'DatastoreBackup' }],
    },
  })

/** Every file of the store with its content, locks left out. */
async function contentsOf({ store }: TestServer): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(store.path, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile() && !entry.parentPath.includes('.locks'))
  const contents = new Map<string, string>()
  for (const { parentPath, name } of files) {
    const file = path.join(parentPath, name)
    contents.set(path.relative(store.path, file), (await readFile(file)).toString('hex'))
  }
  return contents
}

test('append-only: a token with backup rights removes nothing, its own snapshots neither', async () => {
  const server = await openForWriter()
  await createNamespace(server.store, 'team')
  await backUp(server, { as: WRITER })
  const before = await contentsOf(server)
  const status = async (method: string, where: string) =>
    (await server.call(`admin/datastore/tank/${where}`, { method, as: WRITER })).status
  expect(await status('GET', `files?${snapshot}`)).toBe(200) // its own
  for (const [method, where] of [
    ['DELETE', `snapshots?${snapshot}`],
    ['DELETE', 'groups?backup-type=host&backup-id=elsa'],
    ['DELETE', 'namespace?ns=team&delete-groups=1'],
    ['POST', 'namespace?name=mine'],
    ['POST', 'prune?backup-type=host&backup-id=elsa&keep-last=1'],
    ['POST', 'prune-datastore?keep-last=1'],
    ['POST', 'gc'],
  ] as const) {
    expect([where, await status(method, where)]).toEqual([where, 403])
  }
  expect(await contentsOf(server)).toEqual(before)
})

test('append-only: nothing that is stored can be overwritten, by no way into the store', async () => {
  const server = await openForWriter()
  await backUp(server, { as: WRITER, chunks: [hello, abc], hasConfiguration: true })
  const before = await contentsOf(server)
  await expect(server.backup({}, WRITER)).rejects.toThrow('backup timestamp is older than last backup.')
  await expect(server.backup({ 'backup-time': T0 - 60 }, WRITER)).rejects.toThrow(/older than last backup/)

  const connection = await server.backup({ 'backup-time': T0 + 60 }, WRITER)
  const wid = await openDynamic(connection, 'root.pxar.didx')
  const post = async (chunk: Chunk) => (await connection.post(chunkPath('dynamic', wid, chunk), chunk.blob)).status
  const encrypted = Buffer.concat([Buffer.from('7b6785be222d4cf0', 'hex'), Buffer.alloc(4), randomBytes(32 + 200)])
  expect(await post({ ...hello, blob: encrypted })).toBe(400) // says it is encrypted, so that nobody can check it
  expect(await post({ ...hello, blob: makeBlob(Buffer.from('HELLO WORLD')) })).toBe(400)
  expect(await post({ ...hello, blob: makeBlob(Buffer.from('x')), size: 1 })).toBe(400)
  for (const name of ['..%2F2024-06-04T11%3A20%3A00Z%2Findex.json.blob', '.protected.blob', 'owner']) {
    const blob = makeBlob(Buffer.from('x'))
    const where = `/blob?encoded-size=${blob.length}&file-name=${name}`
    expect([name, (await connection.post(where, blob)).status]).toEqual([name, 400])
  }
  await connection.drop()
  await server.settled()
  expect(await contentsOf(server)).toEqual(before)

  // Ownership moves between a user and that user's tokens only, and a log comes once.
  const upload = (body: Uint8Array) =>
    server.call(`admin/datastore/tank/upload-backup-log?${snapshot}`, { method: 'POST', as: WRITER, body })
  expect((await upload(makeBlob(Buffer.from('log')))).status).toBe(200)
  expect((await upload(makeBlob(Buffer.from('other')))).status).toBe(400)
  const owner = 'change-owner?backup-type=host&backup-id=elsa&new-owner=anna@pbs'
  expect((await server.call(`admin/datastore/tank/${owner}`, { method: 'POST', as: WRITER })).status).toBe(401)
})
