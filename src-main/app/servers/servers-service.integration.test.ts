import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { createRouterClient } from '@orpc/server'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../../src-shared/contract/index.ts'
import { createSmallStore } from '../../storage/datastore/testing/sample-store.ts'
import type { App } from '../app.ts'
import { createApp } from '../create-app.ts'
import { testHostFor } from '../testing/plain-host.ts'

/** Made once: it consists of 65,536 folders. */
let repository: string
let folder: string
let app: App
let client: Client

async function open(): Promise<void> {
  app = await createApp(testHostFor(folder))
  await app.start()
  client = createRouterClient(app.router, { context: {} })
}

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'holdfast-offered-'))
  await createSmallStore(repository)
})
afterAll(() => rm(repository, { recursive: true, force: true }))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-servers-'))
  await open()
})
afterEach(async () => {
  await app.close()
  await rm(folder, { recursive: true, force: true })
})

async function offer(port: number) {
  const { id } = await client.repositories.add({ address: repository, name: 'Here', create: false })
  const datastores = [{ name: 'here', repositoryId: id }]
  await client.servers.configure({ config: { kind: 'pbs', listen: { host: '127.0.0.1', port }, datastores } })
  return client.servers.start({ kind: 'pbs' })
}

/** The fingerprint of the certificate that a port shows. */
function shown(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256.toLowerCase())
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

test('everything is off until a person switches it on', async () => {
  const servers = await client.servers.list()
  expect(servers.map(({ isOn, status }) => [isOn, status.state])).toEqual(servers.map(() => [false, 'stopped']))
  expect(existsSync(join(folder, 'servers'))).toBe(false)
})

test('a repository offered to others answers with the fingerprint that is shown, until it is switched off', async () => {
  const { status } = await offer(0)
  if (status.state !== 'running') throw new Error(`it is ${status.state}`)
  expect(await shown(status.listen.port)).toBe(status.fingerprint?.toLowerCase())
  expect((await client.servers.stop({ kind: 'pbs' })).status).toEqual({ state: 'stopped' })
  await expect(shown(status.listen.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('what is on is on again after a restart, with the same certificate', async () => {
  const before = await offer(0)
  await app.close()
  await open()
  await expect
    .poll(async () => (await client.servers.list()).find(({ config }) => config.kind === 'pbs')?.status.state)
    .toBe('running')
  const after = (await client.servers.list()).find(({ config }) => config.kind === 'pbs')
  if (before.status.state !== 'running' || after?.status.state !== 'running') throw new Error('not running')
  expect(after.status.fingerprint).toBe(before.status.fingerprint)
})

test('a port that is taken is said plainly, on the screen and to whoever asked', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await expect(offer(port)).rejects.toMatchObject({ code: 'server/unavailable' })
  const server = (await client.servers.list()).find(({ config }) => config.kind === 'pbs')
  expect(server).toMatchObject({
    isOn: false,
    status: { state: 'failed', error: { message: expect.stringContaining('Another program') } },
  })
  taken.close()
})

test('whoever watches gets the whole first, then changes and the log', async () => {
  const controller = new AbortController()
  const seen: string[] = []
  const watching = (async () => {
    for await (const event of await client.servers.events(undefined, { signal: controller.signal })) {
      seen.push(event.type === 'changed' ? event.server.status.state : event.type)
      if (seen.includes('running') && seen.includes('log')) return
    }
  })()
  await offer(0)
  await watching
  controller.abort()
  expect(seen[0]).toBe('snapshot')
})
