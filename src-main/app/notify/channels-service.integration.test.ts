import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { expect, onTestFinished, test } from 'vitest'
import { channel } from '../../../src-shared/model/channel.ts'
import { testCatalog } from '../../catalog/main/catalog-testing.ts'
import { SimulatedClock } from '../schedule/simulated-clock.ts'
import { Changes } from '../services/changes.ts'
import { memorySecrets } from '../testing/plain-host.ts'
import { ChannelsService, type NewChannel } from './channels-service.ts'

function service() {
  const { catalog } = testCatalog()
  const clock = new SimulatedClock(1_700_000_000_000)
  const secrets = memorySecrets()
  const channels = new ChannelsService({ catalog, secrets, clock, changes: new Changes(), computer: 'desk' })
  onTestFinished(() => channels.close())
  return { channels, clock }
}

function draft(target: Record<string, unknown>, rest: Record<string, unknown> = {}): NewChannel {
  return channel.omit({ id: true }).parse({ name: 'Somewhere', target, ...rest })
}

interface Received {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A web server that answers as told and keeps what it got. */
async function webServer(answers: readonly number[]) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString()
    received.push({ url: request.url ?? '', headers: request.headers, body })
    response.writeHead(answers[received.length - 1] ?? 200).end('no such topic')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return { received, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } // it listens on TCP
}

/** A mail server that knows one account. */
async function mailServer() {
  const mails: { from: string; to: string[]; text: string }[] = []
  const server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'joe' && password === 'right' ? done(null, { user: 'joe' }) : done(new Error('Invalid login')),
    async onData(stream, { envelope }, done) {
      const text = Buffer.concat(await Array.fromAsync(stream)).toString()
      const { mailFrom, rcptTo } = envelope
      mails.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), text })
      done()
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { mails, port: (server.server.address() as AddressInfo).port } // it listens on TCP
}

const mail = (port: number) => ({
  kind: 'email',
  host: '127.0.0.1',
  port,
  security: 'none',
  user: 'joe',
  from: 'desk@example.org',
  to: ['me@example.org', 'you@example.org'],
})
const failure = { occasion: 'failure', title: 'Photos: not done', body: 'The disk is full.' } as const

test('a mail reaches everybody named, with sentence and computer', async () => {
  const { mails, port } = await mailServer()
  const { channels } = service()
  await channels.save(draft(mail(port)), 'right')
  channels.tell(failure)
  await expect.poll(() => mails.length).toBe(1)
  expect(mails[0]).toMatchObject({ from: 'desk@example.org', to: ['me@example.org', 'you@example.org'] })
  expect(mails[0]?.text).toContain('Subject: Photos: not done (desk)')
  expect(mails[0]?.text).toContain('The disk is full.')
})

test('a wrong password fails the test with the words of the server', async () => {
  const { port } = await mailServer()
  const { channels } = service()
  await expect(channels.test(draft(mail(port)), 'wrong')).rejects.toMatchObject({
    code: 'channel/failed',
    detail: expect.stringContaining('Invalid login'),
  })
})

test('STARTTLS that is wanted and not offered stops before the password is sent', async () => {
  const { mails, port } = await mailServer()
  const { channels } = service()
  await expect(channels.test(draft({ ...mail(port), security: 'starttls' }), 'right')).rejects.toMatchObject({
    code: 'channel/failed',
  })
  expect(mails).toEqual([])
})

test('a webhook gets JSON that its secret has signed', async () => {
  const { received, address } = await webServer([])
  const { channels } = service()
  await channels.save(draft({ kind: 'webhook', url: `${address}/hook` }), 'key')
  channels.tell(failure)
  await expect.poll(() => received.length).toBe(1)
  const { body = '', headers = {} } = received[0] ?? {}
  expect(JSON.parse(body)).toMatchObject({ ...failure, computer: 'desk' })
  expect(headers['x-holdfast-signature']).toBe(`sha256=${createHmac('sha256', 'key').update(body).digest('hex')}`)
})

test('ntfy gets a title in any script, and the token', async () => {
  const { received, address } = await webServer([])
  const { channels } = service()
  await channels.save(draft({ kind: 'ntfy', url: `${address}/topic` }), 'tk_1')
  channels.tell({ ...failure, title: 'Büro: nicht fertig' })
  await expect.poll(() => received.length).toBe(1)
  expect(received[0]?.headers).toMatchObject({ authorization: 'Bearer tk_1', priority: 'high' })
  expect(received[0]?.headers.title).toBe(`=?UTF-8?B?${Buffer.from('Büro: nicht fertig').toString('base64')}?=`)
})

test('a health check is pinged for what went well too, and told of failures', async () => {
  const { received, address } = await webServer([])
  const { channels } = service()
  await channels.save(draft({ kind: 'healthchecks', url: `${address}/ping/1` }), undefined)
  channels.tell({ occasion: 'success', title: 'Photos: done', body: '' })
  channels.tell(failure)
  await expect.poll(() => received.map(({ url }) => url).toSorted()).toEqual(['/ping/1', '/ping/1/fail'])
})

test('what nobody answers is tried again until it goes through', async () => {
  const { received, address } = await webServer([503, 503, 200])
  const { channels, clock } = service()
  await channels.save(draft({ kind: 'webhook', url: address }), undefined)
  channels.tell(failure)
  const last = () => channels.list()[0]?.last
  await expect.poll(last).toMatchObject({ isOk: false, sentence: 'It answered 503: no such topic' })
  await clock.run(10_000)
  await expect.poll(() => received.length).toBe(2)
  await expect.poll(last).toMatchObject({ isOk: false })
  await clock.run(60_000)
  await expect.poll(last).toMatchObject({ isOk: true })
  expect(received.length).toBe(3)
})

test('a channel hears only of what it asked for, and nothing when it is off', async () => {
  const { received, address } = await webServer([])
  const { channels } = service()
  await channels.save(draft({ kind: 'webhook', url: `${address}/reports` }, { occasions: ['report'] }), undefined)
  await channels.save(draft({ kind: 'webhook', url: `${address}/off` }, { isOn: false }), undefined)
  await channels.save(draft({ kind: 'webhook', url: `${address}/all` }), undefined)
  channels.tell(failure)
  await expect.poll(() => received.map(({ url }) => url)).toEqual(['/all'])
})
