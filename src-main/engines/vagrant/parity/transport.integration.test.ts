import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { createClient } from '@connectrpc/connect'
import { createGrpcWebTransport } from '@connectrpc/connect-node'
import { credentials, Server as GrpcServer, ServerCredentials, status } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { clientMetadata, connectVagrant } from '../client/connect-vagrant.ts'
import { createSnapshot } from '../client/transfer-snapshot.ts'
import type { VagrantTls } from '../client/vagrant-tls.ts'
import { Health, HealthCheckResponse_ServingStatus as Serving } from '../generated/grpc/health/v1/health_pb.js'
import { ServerReflection } from '../generated/grpc/reflection/v1/reflection_pb.js'
import { ServerReflection as ServerReflectionAlpha } from '../generated/grpc/reflection/v1alpha/reflection_pb.js'
import { GetVersionInfoResponseSchema, Vagrant } from '../generated/server_pb.js'
import { failureOf, type GrpcJsPeer, versionMetadata } from '../testing/grpc-js-peer.fixture.ts'
import { connectTo } from '../testing/holdfast-runner.fixture.ts'
import { collect, queueJob } from '../testing/runner.fixture.ts'
import { eventually, methods, never, startTestServer, temporaryFolder } from '../testing/server.fixture.ts'

test('ROW-01 34 methods with their exact paths, and nothing is UNIMPLEMENTED', async () => {
  expect(Vagrant.methods).toHaveLength(34)
  const server = await startTestServer()
  const peer = server.peer()
  for (const method of Vagrant.methods) {
    const error = await failureOf(unaryOf(peer, `/hashicorp.vagrant.Vagrant/${method.name}`)).catch(() => undefined)
    expect([method.name, error?.code === status.UNIMPLEMENTED]).toEqual([method.name, false])
  }
  for (const path of [
    '/hashicorp.vagrant.Vagrant/ListJobs',
    '/hashicorp.vagrant.Vagrant/SetConfig',
    '/other/Thing',
    '/',
  ]) {
    expect((await failureOf(unaryOf(peer, path))).code).toBe(status.UNIMPLEMENTED)
  }
  expect((await peer.call(methods._ListJobs, {})).jobs).toEqual([])
})

/** An empty request, as if it were unary, with a short end: streams wait for more. */
async function unaryOf(peer: GrpcJsPeer, path: string): Promise<unknown> {
  const stream = peer.listen(methods.getJobStream, {}, { path })
  const first = stream.messages.next()
  const timer = setTimeout(() => stream.cancel(), 300)
  try {
    return await first
  } finally {
    clearTimeout(timer)
    stream.cancel()
    stream.messages.next().catch(() => undefined)
  }
}

test('ROW-05 reflection, both versions, without headers or a token: services, files, symbols', async () => {
  const server = await startTestServer({ requireAuth: true })
  for (const { typeName } of [ServerReflection, ServerReflectionAlpha]) {
    // The two differ in nothing but the path.
    const path = `/${typeName}/ServerReflectionInfo`
    const stream = server.peer({ metadata: {} }).open(ServerReflection.method.serverReflectionInfo, { path })
    stream.send({ messageRequest: { case: 'listServices', value: '' } })
    const listed = (await stream.next()).messageResponse
    const names = listed.case === 'listServicesResponse' ? listed.value.service.map(({ name }) => name) : []
    expect(names).toEqual(
      expect.arrayContaining([
        'hashicorp.vagrant.Vagrant',
        'hashicorp.vagrant.VagrantSnapshots',
        'grpc.health.v1.Health',
      ]),
    )
    for (const symbol of [
      'hashicorp.vagrant.Vagrant',
      'hashicorp.vagrant.Vagrant._ListJobs',
      'hashicorp.vagrant.Job.CommandOp',
    ]) {
      stream.send({ messageRequest: { case: 'fileContainingSymbol', value: symbol } })
      const found = (await stream.next()).messageResponse
      const files =
        found.case === 'fileDescriptorResponse'
          ? found.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
          : []
      expect(files[0]?.service[0]?.method).toHaveLength(34)
      expect(files.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['server.proto', 'plugin.proto', 'google/protobuf/any.proto']),
      )
    }
    stream.send({ messageRequest: { case: 'fileByFilename', value: 'missing.proto' } })
    expect((await stream.next()).messageResponse).toMatchObject({
      case: 'errorResponse',
      value: { errorCode: status.NOT_FOUND },
    })
    stream.halfClose()
    expect(await stream.ended()).toEqual([])
  }
})

test('health: SERVING, an unknown service, and NOT_SERVING when the server goes', async () => {
  const server = await startTestServer({ requireAuth: true })
  const peer = server.peer({ metadata: {} })
  const { check, watch } = Health.method
  expect((await peer.call(check, { service: 'hashicorp.vagrant.Vagrant' })).status).toBe(Serving.SERVING)
  expect((await failureOf(peer.call(check, { service: 'x' }))).code).toBe(status.NOT_FOUND)
  const watching = collect(peer.listen(watch, {}).messages)
  await new Promise((resolve) => setTimeout(resolve, 20))
  const closed = server.server.close()
  expect((await watching).map((reply) => reply.status)).toEqual([Serving.SERVING, Serving.NOT_SERVING])
  await closed
})

test('ROW-06 gRPC-Web is spoken on a second listener, to any origin', async () => {
  const server = await startTestServer()
  const port = await server.server.listenWeb('127.0.0.1', 0)
  const transport = createGrpcWebTransport({
    baseUrl: `http://127.0.0.1:${port}`,
    httpVersion: '1.1',
    interceptors: [clientMetadata(undefined, '')],
  })
  const client = createClient(Vagrant, transport)
  const { basis } = await client.upsertBasis({ basis: { name: 'b', path: '/b' } })
  expect(basis?.name).toBe('b')
  await expect(client.getJob({ jobId: 'x' })).rejects.toThrow('job not found')
  const preflight = await fetch(`http://127.0.0.1:${port}/hashicorp.vagrant.Vagrant/GetJob`, { method: 'OPTIONS' })
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
})

async function certificate() {
  const folder = await temporaryFolder()
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
    ],
    { cwd: folder, stdio: 'pipe' },
  )
  return {
    key: readFileSync(join(folder, 'key.pem'), 'utf8'),
    certificate: readFileSync(join(folder, 'cert.pem'), 'utf8'),
  }
}

test('ROW-07 TLS with verification, with a pinned certificate, with none; plain only on loopback', async () => {
  const tls = await certificate()
  const server = await startTestServer({ tls })
  const peer = server.peer({ credentials: credentials.createSsl(Buffer.from(tls.certificate)) })
  expect((await peer.call(methods.listBasis, {})).basis).toEqual([])
  const connect = async (check: VagrantTls) => {
    const connection = await connectVagrant({ address: `127.0.0.1:${server.port}`, tls: check }, never())
    onTestFinished(() => connection.close())
    return (await connection.client.listBasis({})).basis
  }
  const { fingerprint256 } = new X509Certificate(tls.certificate)
  expect(await connect({ check: 'authorities', ca: tls.certificate })).toEqual([])
  expect(await connect({ check: 'fingerprint', fingerprint: fingerprint256.toLowerCase() })).toEqual([])
  expect(await connect({ check: 'nothing' })).toEqual([])
  await expect(connect({ check: 'authorities' })).rejects.toMatchObject({ code: 'auth/untrusted' })
  await expect(
    connect({ check: 'fingerprint', fingerprint: fingerprint256.replace(/^../, 'ZZ') }),
  ).rejects.toMatchObject({ code: 'auth/untrusted' })
  const plain = await startTestServer()
  await expect(plain.server.listen('0.0.0.0', 0)).rejects.toMatchObject({ code: 'input/invalid' })
  await expect(plain.server.listenWeb('::', 0)).rejects.toMatchObject({ code: 'input/invalid' })
})

test('our client connects to a server of grpc-js, agrees on a version, and says plainly that it has no snapshots', async () => {
  const start = async (current: number, minimum: number) => {
    const server = new GrpcServer()
    const reply = create(GetVersionInfoResponseSchema, { info: { api: { current, minimum } } })
    const seen: Record<string, unknown>[] = []
    server.addService(
      {
        GetVersionInfo: {
          path: '/hashicorp.vagrant.Vagrant/GetVersionInfo',
          requestStream: false,
          responseStream: false,
          requestSerialize: (bytes: Buffer) => bytes,
          requestDeserialize: (bytes: Buffer) => bytes,
          responseSerialize: (bytes: Buffer) => bytes,
          responseDeserialize: (bytes: Buffer) => bytes,
        },
      },
      {
        GetVersionInfo: (
          call: { metadata: { getMap(): Record<string, unknown> } },
          callback: (error: null, bytes: Buffer) => void,
        ) => {
          seen.push(call.metadata.getMap())
          callback(null, Buffer.from(toBinary(GetVersionInfoResponseSchema, reply)))
        },
      },
    )
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    )
    onTestFinished(() => server.forceShutdown())
    return { port, seen }
  }
  const good = await start(1, 1)
  const connection = await connectTo(good.port, 'token')
  expect(connection.info?.version).toBe('')
  expect(good.seen[0]).toMatchObject({ ...versionMetadata, 'client-version': '', authorization: 'token' })
  await expect(Array.fromAsync(createSnapshot(connection, never()))).rejects.toMatchObject({
    code: 'job-server/unsupported',
  })
  await expect(connectTo((await start(9, 5)).port)).rejects.toMatchObject({ code: 'job-server/outdated' })
  await expect(connectTo(1)).rejects.toMatchObject({ code: 'job-server/unreachable' })
})

test('ROW-39 closing ends waiting calls at once with UNAVAILABLE, and lets go of connections', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  const jobId = await queueJob(peer)
  const { messages } = peer.listen(methods.getJobStream, { jobId })
  await messages.next()
  expect(server.server.connections()).toHaveLength(1)
  const closed = server.server.close()
  expect((await failureOf(collect(messages))).code).toBe(status.UNAVAILABLE)
  await closed
  expect(server.server.connections()).toEqual([])
})

test('garbage instead of HTTP/2, and a peer that hangs up in the middle, disturb nobody', async () => {
  const server = await startTestServer()
  for (const bytes of [
    'GET / HTTP/1.1\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u00ff\u00ff\u0000',
    '\u0016\u0003\u0001',
  ]) {
    const socket = connectSocket(server.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(Buffer.from(bytes, 'latin1'))
    socket.end()
  }
  await server.peer().call(methods.listBasis, {})
  await eventually(() => server.server.connections().length <= 2)
  expect(server.events.filter(({ type }) => type === 'bug')).toEqual([])
})

test('a message beyond 4 MiB is RESOURCE_EXHAUSTED', async () => {
  const server = await startTestServer()
  const error = await failureOf(
    server.peer().call(methods.upsertBasis, { basis: { name: 'x'.repeat(5 * 1024 * 1024), path: '/' } }),
  )
  expect(error.code).toBe(status.RESOURCE_EXHAUSTED)
})

test('a peer that answers no ping is let go', async () => {
  const server = await startTestServer({ limits: { keepaliveMs: 30 } })
  const socket = connectSocket(server.port, '127.0.0.1')
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  // The preface and empty settings, then silence; what the server sends is not read either.
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0)]))
  await eventually(() => server.events.some(({ type }) => type === 'connected'))
  await eventually(() => server.server.connections().length === 0)
})
