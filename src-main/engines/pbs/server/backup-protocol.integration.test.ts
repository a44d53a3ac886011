import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { finish, uploadDynamic } from './testing/backup-steps.fixture.ts'
import { makeChunk } from './testing/raw-client.fixture.ts'
import { startServer, target } from './testing/server.fixture.ts'

async function open(...options: Parameters<typeof startServer>) {
  const server = await startServer(...options)
  onTestFinished(async () => {
    await server.close()
    expect(server.warnings).toEqual([])
  })
  return server
}

test('§13 row 11: upgrade to HTTP/2 with the settings of PBS and frames of 4 MiB', async () => {
  const server = await open()
  const connection = await server.backup()
  expect(connection.session.remoteSettings).toMatchObject({ initialWindowSize: 32 << 20, maxFrameSize: 4 << 20 })
  const chunks = [makeChunk(randomBytes(4 << 20)), makeChunk(Buffer.alloc(3 << 20, 'x'), { compressed: true })]
  await finish(connection, [await uploadDynamic(connection, 'root.pxar.didx', chunks)])
  await server.settled()
  const reader = await server.reader()
  const manifest = await reader.get('/download?file-name=index.json.blob')
  expect(manifest.status).toBe(200)
  const index = await reader.get('/download?file-name=root.pxar.didx')
  expect(index.bytes.length).toBe(4096 + 80)
  for (const chunk of chunks) {
    expect((await reader.get(`/chunk?digest=${chunk.digest}`)).bytes).toEqual(chunk.blob)
  }
  await reader.drop()
})
