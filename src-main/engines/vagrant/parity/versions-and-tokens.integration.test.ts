import { create } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { Component_Type, HMACKeySchema } from '../generated/server_pb.js'
import { negotiateCall } from '../server/version-interceptor.ts'
import { failureOf, versionMetadata } from '../testing/grpc-js-peer.fixture.ts'
import { connectTo } from '../testing/holdfast-runner.fixture.ts'
import { collect, queueJob } from '../testing/runner.fixture.ts'
import { methods, startTestServer } from '../testing/server.fixture.ts'
import { timestamp } from '../wire/times.ts'
import { encodeToken } from '../wire/token.ts'

const withToken = (token: string) => ({ metadata: { ...versionMetadata, authorization: token } })

function newVersions(spoken: { api: [number, number]; entrypoint: [number, number] }) {
  const range = ([minimum, current]: [number, number]) => ({ minimum, current })
  return { api: range(spoken.api), entrypoint: range(spoken.entrypoint) }
}

test.each([
  ['VER-11 a unary call of our client', 'unary'],
  ['VER-12 a stream of our client', 'stream'],
] as const)('%s carries exactly one each of the three headers', async (_name, kind) => {
  const server = await startTestServer()
  const { client } = await connectTo(server.port)
  if (kind === 'unary') await client.listBasis({})
  else for await (const _ of client.getJobStream({ jobId: await queueJob(server.peer()) })) break
  const path = kind === 'unary' ? 'ListBasis' : 'GetJobStream'
  const called = server.events.find((event) => event.type === 'call' && event.path.endsWith(path))
  if (kind === 'unary') {
    expect(called).toMatchObject({
      metadata: { 'client-api-protocol': '1,1', 'client-entrypoint-protocol': '1,1', 'client-version': '' },
      version: 1,
    })
  } else {
    // The stream was let in: each header was there once.
    expect(called === undefined || (called.type === 'call' && called.version === 1)).toBe(true)
  }
})

test('VER-13 without headers no handler runs', async () => {
  const server = await startTestServer()
  const bare = server.peer({ metadata: {} })
  const error = await failureOf(bare.call(methods.upsertBasis, { basis: { name: 'b', path: '/b' } }))
  expect(error.code).toBe(status.INVALID_ARGUMENT)
  expect(error.details).toContain('required header client-api-protocol is not set')
  expect((await server.peer().call(methods.listBasis, {})).basis).toEqual([])
})

test('VER-14 ROW-04 GetVersionInfo needs no headers and no token', async () => {
  const server = await startTestServer({ requireAuth: true })
  const { info } = await server.peer({ metadata: {} }).call(methods.getVersionInfo, {})
  expect(info).toMatchObject({ api: { current: 1, minimum: 1 }, entrypoint: { current: 1, minimum: 1 } })
})

const wide = newVersions({ api: [2, 10], entrypoint: [5, 10] })
const headers = (value: string) => new Headers({ 'client-api-protocol': value, 'client-entrypoint-protocol': value })

test('VER-15 another service is not negotiated', () => {
  expect(negotiateCall('grpc.health.v1.Health', 'Check', new Headers(), wide)).toBeUndefined()
})

test('VER-16 a valid range is negotiated to 7, over the wire', async () => {
  const server = await startTestServer({ versions: wide })
  const peer = server.peer({ metadata: { 'client-api-protocol': '4,7' } })
  await peer.call(methods.listBasis, {})
  expect(server.events.filter(({ type }) => type === 'call')).toMatchObject([{ version: 7 }])
})

test('VER-17 a range above the server is outdated, over the wire', async () => {
  const server = await startTestServer({ versions: wide })
  const peer = server.peer({ metadata: { 'client-api-protocol': '11,14' } })
  const error = await failureOf(peer.call(methods.listBasis, {}))
  expect([error.code, error.details]).toEqual([status.INVALID_ARGUMENT, expect.stringContaining('outdated')])
})

test('VER-18 VER-19 methods named Entrypoint use the other header and range', () => {
  const service = 'hashicorp.vagrant.Vagrant'
  expect(negotiateCall(service, 'EntrypointFoo', headers('4,6'), wide)).toBe(6)
  expect(() => negotiateCall(service, 'EntrypointFoo', headers('2,3'), wide)).toThrow('outdated')
})

test('ROW-03 headers that are malformed or sent twice are INVALID_ARGUMENT', async () => {
  const server = await startTestServer()
  const rows: [string | string[], string][] = [
    ['', 'formatted'],
    ['1,', 'formatted'],
    ['x', 'formatted'],
    [['1,1', '1,1'], 'is not set'],
  ]
  for (const [value, words] of rows) {
    const error = await failureOf(
      server.peer({ metadata: { 'client-api-protocol': value } }).call(methods.listBasis, {}),
    )
    expect([error.code, error.details]).toEqual([status.INVALID_ARGUMENT, expect.stringContaining(words)])
  }
})

test('SRV-01 the token of `authorization` and the last element of the path are what is checked', async () => {
  const server = await startTestServer({ requireAuth: true })
  const token = server.server.tokens.login()
  const peer = server.peer()
  expect((await peer.call(methods.listBasis, {}, withToken(token))).basis).toEqual([])
  expect((await peer.call(methods.listBasis, {}, withToken(`Bearer ${token}`))).basis).toEqual([])
  expect((await failureOf(peer.call(methods.listBasis, {}))).code).toBe(status.UNAUTHENTICATED)
})

test('SRV-02 SRV-05 ROW-40 each call is told of with its own context; tokens are not', async () => {
  const server = await startTestServer({ requireAuth: true })
  const token = server.server.tokens.login()
  await server.peer().call(methods.listBasis, {}, withToken(token))
  await failureOf(server.peer().call(methods.getBasis, { basis: {} }, withToken(`${token}x`)))
  const calls = server.events.filter(({ type }) => type === 'call')
  expect(calls).toMatchObject([
    {
      path: '/hashicorp.vagrant.Vagrant/ListBasis',
      metadata: { authorization: '(redacted)' },
      failure: undefined,
      version: 1,
    },
    { path: '/hashicorp.vagrant.Vagrant/GetBasis', failure: 'Unauthenticated' },
  ])
  expect(JSON.stringify(server.events)).not.toContain(token)
})

test('SRV-04 component types have the numbers of the plugin interface', () => {
  expect(
    Object.entries(Component_Type)
      .filter(([, value]) => typeof value === 'number')
      .map(([name]) => name),
  ).toEqual([
    'UNKNOWN',
    'COMMAND',
    'COMMUNICATOR',
    'GUEST',
    'HOST',
    'PROVIDER',
    'PROVISIONER',
    'SYNCEDFOLDER',
    'AUTHENTICATOR',
    'LOGPLATFORM',
    'LOGVIEWER',
    'MAPPER',
    'CONFIG',
    'PLUGININFO',
    'PUSH',
    'DOWNLOADER',
  ])
  expect(Component_Type.DOWNLOADER).toBe(15)
})

test('TOK-01 a login token is made over the wire and authenticates; changed near its end it does not', async () => {
  const server = await startTestServer({ requireAuth: true })
  const { token } = await server.peer().call(methods.bootstrapToken, {})
  expect(server.server.tokens.decode(token).token).toMatchObject({ login: true, user: 'vagrant' })
  const made = server.server.tokens.login(undefined, { hint: 'kept' })
  expect(server.server.tokens.decode(made).metadata).toEqual({ hint: 'kept' })
  const at = token.length - 3
  const changed = token.slice(0, at) + (token[at] === 'a' ? 'b' : 'a') + token.slice(at + 1)
  await server.peer().call(methods.listBasis, {}, withToken(token))
  expect((await failureOf(server.peer().call(methods.listBasis, {}, withToken(changed)))).code).toBe(
    status.UNAUTHENTICATED,
  )
})

test('TOK-02 an entrypoint token is taken for EntrypointConfig and nothing else', async () => {
  const server = await startTestServer({ requireAuth: true })
  const { tokens } = server.server
  const { token: entry } = tokens.decode(
    tokens.login({ $typeName: 'hashicorp.vagrant.Token.Entrypoint', deploymentId: 'd' }),
  )
  const token = tokens.login(entry.entrypoint)
  expect(() => tokens.authenticate(token, 'EntrypointConfig')).not.toThrow()
  expect(() => tokens.authenticate(token, 'UpsertDeployment')).toThrow(/unauthenticated/)
  expect((await failureOf(server.peer().call(methods.listBasis, {}, withToken(token)))).code).toBe(
    status.UNAUTHENTICATED,
  )
})

test('TOK-03 a token signed with an unknown key is refused', async () => {
  const server = await startTestServer({ requireAuth: true })
  server.server.tokens.login()
  const forged = encodeToken(
    { user: 'vagrant', login: true },
    create(HMACKeySchema, { id: 'k1', key: new Uint8Array(32) }),
  )
  const error = await failureOf(server.peer().call(methods.listBasis, {}, withToken(forged)))
  expect([error.code, error.details]).toEqual([status.UNAUTHENTICATED, 'invalid authentication token: bad signature'])
})

test.each([
  ['TOK-04 an invite', undefined],
  ['TOK-05 an entrypoint invite', 'dep'],
])('%s of 2 s becomes a login token; 3 s later it does not', async (_name, deploymentId) => {
  const server = await startTestServer({ requireAuth: true })
  const { token: login } = await server.peer().call(methods.bootstrapToken, {})
  const request = { duration: '2s', ...(deploymentId !== undefined && { entrypoint: { deploymentId } }) }
  const { token: invite } = await server.peer().call(methods.generateInviteToken, request, withToken(login))
  // An invite is no login.
  expect((await failureOf(server.peer().call(methods.listBasis, {}, withToken(invite)))).code).toBe(
    status.UNAUTHENTICATED,
  )
  const { token } = await server.peer().call(methods.convertInviteToken, { token: invite })
  expect(server.server.tokens.decode(token).token).toMatchObject({ login: true, user: 'vagrant' })
  expect(server.server.tokens.decode(token).token.entrypoint?.deploymentId).toBe(deploymentId)
  server.clock.advance(3000)
  expect((await failureOf(server.peer().call(methods.convertInviteToken, { token: invite }))).code).toBe(
    status.UNAUTHENTICATED,
  )
})

test('TOK-06 the first bootstrap gives a token, the second PERMISSION_DENIED', async () => {
  const server = await startTestServer()
  expect((await server.peer().call(methods.bootstrapToken, {})).token).not.toBe('')
  const error = await failureOf(server.peer().call(methods.bootstrapToken, {}))
  expect([error.code, error.details]).toEqual([
    status.PERMISSION_DENIED,
    expect.stringContaining('already bootstrapped'),
  ])
})

test('TOK-07 TOK-08 an unknown key is nothing; a made one is found in any case and made once', async () => {
  const { state } = await startTestServer()
  expect(state.store.keys.get('k1')).toBeUndefined()
  const key = state.store.keys.create('Key')
  expect(key.key).toHaveLength(32)
  expect(state.store.keys.get('kEY')).toEqual(key)
  expect(state.store.keys.create('KEY')).toEqual(key)
})

test('TOK-09 TOK-10 TOK-11 gibberish is refused, but not where no token is asked; the bootstrap token is taken', async () => {
  const server = await startTestServer({ requireAuth: true })
  const { token } = await server.peer().call(methods.bootstrapToken, {}, withToken('gibberish'))
  expect((await failureOf(server.peer().call(methods.listBasis, {}, withToken('gibberish')))).code).toBe(
    status.UNAUTHENTICATED,
  )
  await server.peer().call(methods.getVersionInfo, {}, withToken('gibberish'))
  await server.peer().call(methods.listBasis, {}, withToken(token))
})

test('NEW-11 of twenty bootstraps at once exactly one succeeds', async () => {
  const server = await startTestServer()
  const tries = Array.from({ length: 20 }, () => server.peer().call(methods.bootstrapToken, {}))
  const done = await Promise.allSettled(tries)
  expect(done.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
})

test('NEW-13 a missing version header comes before a missing token, on unary calls and streams', async () => {
  const server = await startTestServer({ requireAuth: true })
  const bare = server.peer({ metadata: {} })
  expect((await failureOf(bare.call(methods.listBasis, {}))).code).toBe(status.INVALID_ARGUMENT)
  expect((await failureOf(collect(bare.listen(methods.getJobStream, { jobId: 'x' }).messages))).code).toBe(
    status.INVALID_ARGUMENT,
  )
  // And a missing token before anything else a stream could say.
  const stream = server.peer().open(methods.runnerJobStream)
  expect((await failureOf(stream.ended())).code).toBe(status.UNAUTHENTICATED)
})

test('ROW-09 a duration that is empty, malformed or negative is INVALID_ARGUMENT; a login token is no invite', async () => {
  const server = await startTestServer()
  for (const duration of ['', '5', '-1s', '1d']) {
    expect((await failureOf(server.peer().call(methods.generateInviteToken, { duration }))).code).toBe(
      status.INVALID_ARGUMENT,
    )
  }
  const { token } = await server.peer().call(methods.generateLoginToken, {})
  expect((await failureOf(server.peer().call(methods.convertInviteToken, { token }))).code).toBe(
    status.INVALID_ARGUMENT,
  )
  expect((await failureOf(server.peer().call(methods.convertInviteToken, { token: 'x' }))).code).toBe(
    status.UNAUTHENTICATED,
  )
})

test('ROW-10 without authentication the token methods still work, and tokens are not asked for', async () => {
  const server = await startTestServer()
  await server.peer().call(methods.listBasis, {}, withToken('gibberish'))
  const first = await server.peer().call(methods.generateLoginToken, {})
  const second = await server.peer().call(methods.generateLoginToken, {})
  expect(first.token).not.toBe(second.token)
  // Making any token ends the bootstrap window.
  expect((await failureOf(server.peer().call(methods.bootstrapToken, {}))).code).toBe(status.PERMISSION_DENIED)
})

test('a revoked token is UNAUTHENTICATED, also after a restart; others are not', async () => {
  let server = await startTestServer({ requireAuth: true })
  const [kept, lost] = [server.server.tokens.login(), server.server.tokens.login()]
  const id = Buffer.from(server.server.tokens.decode(lost).token.tokenId).toString('hex')
  expect(server.server.tokens.revoke(id)).toBe(true)
  expect(server.server.tokens.revoke('unknown')).toBe(false)
  server = await server.restart()
  const error = await failureOf(server.peer().call(methods.listBasis, {}, withToken(lost)))
  expect([error.code, error.details]).toEqual([status.UNAUTHENTICATED, 'invalid authentication token: revoked'])
  await server.peer().call(methods.listBasis, {}, withToken(kept))
  expect(
    server.state.store.tokens
      .list()
      .map(({ revokedMs }) => revokedMs !== undefined)
      .toSorted(),
  ).toEqual([false, true])
  // All at once: a new key.
  const fresh = server.server.tokens.revokeAll()
  expect((await failureOf(server.peer().call(methods.listBasis, {}, withToken(kept)))).code).toBe(
    status.UNAUTHENTICATED,
  )
  await server.peer().call(methods.listBasis, {}, withToken(fresh))
  expect((await failureOf(server.peer().call(methods.bootstrapToken, {}))).code).toBe(status.PERMISSION_DENIED)
})

test('a token of another user, or one that is past its time, is UNAUTHENTICATED', async () => {
  const server = await startTestServer({ requireAuth: true })
  server.server.tokens.login()
  const key = server.state.store.keys.create('k1')
  const bad = [
    encodeToken({ user: 'root', login: true }, key),
    encodeToken({ user: 'vagrant' }, key),
    encodeToken({ user: 'vagrant', login: true, validUntil: timestamp(server.clock.now() - 1) }, key),
  ]
  for (const token of bad) {
    expect((await failureOf(server.peer().call(methods.listBasis, {}, withToken(token)))).code).toBe(
      status.UNAUTHENTICATED,
    )
  }
  await server
    .peer()
    .call(
      methods.listBasis,
      {},
      withToken(encodeToken({ user: 'vagrant', login: true, validUntil: timestamp(server.clock.now()) }, key)),
    )
})
