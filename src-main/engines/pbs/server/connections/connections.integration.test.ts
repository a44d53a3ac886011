import { expect, test } from 'vitest'
import { finish, uploadDynamic } from '../testing/backup-steps.fixture.ts'
import { openServer } from '../testing/open-server.fixture.ts'
import { chunkPath, dataOf, makeChunk } from '../testing/raw-client.fixture.ts'
import { ROOT_TOKEN } from '../testing/server.fixture.ts'
import type { ServerEvent } from './server-event.ts'

const hello = makeChunk(Buffer.alloc(100_000, 'hello'))

test('who is connected is listed from the login to the end of the connection', async () => {
  const server = await openServer()
  expect((await server.call('ping')).status).toBe(200)
  expect((await server.call('version', { headers: {} })).status).toBe(401)
  expect(server.connections()).toEqual([])
  const backup = await server.backup()
  const [connection] = server.connections()
  expect(connection).toMatchObject({
    address: expect.stringContaining('127.0.0.1'),
    user: ROOT_TOKEN,
    since: server.clock.time,
    protocol: 'backup',
    target: 'tank:host/elsa',
  })
  dataOf(await backup.post('/dynamic_index?archive-name=a.didx'))
  dataOf(await backup.post(chunkPath('dynamic', 1, hello), hello.blob))
  expect(server.connections()[0]?.receivedBytes).toBeGreaterThan(100_000)
  await backup.drop()
  await expect.poll(() => server.connections()).toEqual([])
})

test('what happens is told as it happens: connections, uploads, tasks', async () => {
  const events: ServerEvent[] = []
  const server = await openServer({ onEvent: (event) => events.push(event) })
  const backup = await server.backup()
  await finish(backup, [await uploadDynamic(backup, 'root.pxar.didx', [hello, hello])])
  await expect.poll(() => server.connections()).toEqual([])
  await server.settled()
  const ofBackup = events.filter(
    (event) =>
      event.type === 'uploaded' || ('task' in event ? event.task.type === 'backup' : event.connection.id === '1'),
  )
  const types = ofBackup.map(({ type }) => type)
  expect(types.slice(0, 6)).toEqual(['connected', 'task-started', 'changed', 'uploaded', 'uploaded', 'uploaded'])
  expect(types.slice(6).sort()).toEqual(['disconnected', 'task-ended'])
  const bytes = ofBackup.map((event) => (event.type === 'uploaded' ? event.bytes : 0)).filter((size) => size > 0)
  expect(bytes.slice(0, 2)).toEqual([hello.blob.length, hello.blob.length])
  const ended = ofBackup.find(({ type }) => type === 'task-ended')
  expect(ended).toMatchObject({
    status: 'OK',
    task: { type: 'backup', workerId: 'tank:host/elsa', user: ROOT_TOKEN, store: 'tank' },
  })
})
