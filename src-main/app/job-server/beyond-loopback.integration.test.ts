import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connectVagrant } from '../../engines/vagrant/client/connect-vagrant.ts'
import { createRunner } from '../../engines/vagrant/runner/create-runner.ts'
import { quietOperations } from '../../engines/vagrant/testing/holdfast-runner.fixture.ts'
import { eventually, never } from '../../engines/vagrant/testing/server.fixture.ts'
import { testApp, testFolder } from '../testing/test-app.ts'

/** An address of this computer that others reach; a computer without any has only its own. */
const outside =
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'

async function open() {
  const app = await testApp({ keepRepository: true })
  await app.client.servers.configure({ config: { kind: 'jobs', listen: { host: '0.0.0.0', port: 0 } } })
  const { status } = await app.client.servers.start({ kind: 'jobs' })
  if (status.state !== 'running' || status.fingerprint === undefined) throw new Error(JSON.stringify(status))
  const { token } = await app.client.jobServer.makeToken({ kind: 'invite', validForMs: 60_000 })
  const address = `${outside}:${status.listen.port}`
  return { app, address, port: status.listen.port, fingerprint: status.fingerprint, invite: token }
}

test('beyond this computer the certificate is shown, trusted by its fingerprint alone, and work goes over it', async () => {
  const { app, address, fingerprint, invite } = await open()
  const { jobServers, jobServer } = app.client
  const wish = { name: 'Attic', address, token: invite }
  const other = fingerprint.replace(/^../, (byte) => (byte.toLowerCase() === '00' ? '01' : '00'))
  await expect(jobServers.add({ ...wish, fingerprint: other })).rejects.toMatchObject({
    code: 'auth/untrusted',
  })
  if (outside !== '127.0.0.1') await expect(jobServers.add(wish)).rejects.toMatchObject({ code: 'auth/untrusted' })
  expect(await jobServers.list()).toEqual([])
  const known = await jobServers.add({ ...wish, fingerprint })
  expect(known).toMatchObject({ tls: 'fingerprint', fingerprint })

  const { token } = await jobServer.makeToken({ kind: 'login' })
  const connection = await connectVagrant({ address, token, tls: { check: 'fingerprint', fingerprint } }, never())
  onTestFinished(() => connection.close())
  const runner = createRunner({
    client: connection.client,
    operations: quietOperations,
    localFolder: testFolder(),
    id: 'far',
  })
  onTestFinished(() => runner.close())
  await eventually(() => runner.isRegistered)
  const { queueId } = await jobServers.queue({ id: known.id, words: ['print'], runner: 'far' })
  await runner.accept({ signal: never() })
  const lines: string[] = []
  for await (const event of await jobServers.watch({ id: known.id, queueId }))
    if (event.type === 'output') lines.push(...event.events.map((one) => (one.kind === 'line' ? one.text : one.kind)))
  expect(lines).toEqual(['ran print'])
  expect(await jobServers.look({ id: known.id })).toMatchObject({
    jobs: [{ status: { state: 'success' } }],
    runners: [{ id: 'far', isConnected: true }],
  })
})

test('nothing is spoken in plain text there, not even on loopback of the same port', async () => {
  const { address, port } = await open()
  for (const plain of [address, `127.0.0.1:${port}`])
    await expect(connectVagrant({ address: plain, dialTimeoutMs: 2000 }, never()), plain).rejects.toMatchObject({
      code: 'job-server/unreachable',
    })
  // The preface of HTTP/2 gets no frame in answer: at most an alert of TLS, then the end.
  const socket = connect(port, outside)
  onTestFinished(() => void socket.destroy())
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  const answer = Buffer.concat(await Array.fromAsync(socket).catch(() => []))
  expect(answer.length === 0 || answer[0] === 0x15).toBe(true)
})

test('a certificate that changed is refused by whoever trusted the one before', async () => {
  const { app, address, port, fingerprint, invite } = await open()
  const { id } = await app.client.jobServers.add({ name: 'Attic', address, token: invite, fingerprint })
  expect(await app.client.jobServers.look({ id })).toEqual({ jobs: [], runners: [] })
  await app.client.servers.stop({ kind: 'jobs' })
  await expect(app.client.jobServers.look({ id })).rejects.toMatchObject({ code: 'job-server/unreachable' })
  rmSync(join(app.folder, 'data', 'servers', 'jobs', 'pbs-server.json'))
  await app.client.servers.configure({ config: { kind: 'jobs', listen: { host: '0.0.0.0', port } } })
  const { status } = await app.client.servers.start({ kind: 'jobs' })
  expect(status).toMatchObject({ state: 'running', fingerprint: expect.not.stringMatching(fingerprint) })
  await expect(app.client.jobServers.look({ id })).rejects.toMatchObject({ code: 'auth/untrusted' })
})
