import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { type ServiceError, status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { createSnapshot, restoreSnapshot } from '../client/transfer-snapshot.ts'
import {
  ConfigVarSchema,
  Job_State,
  JobSchema,
  type RestoreSnapshotRequestSchema,
  TargetSchema,
  VersionInfoSchema,
} from '../generated/server_pb.js'
import { VagrantSnapshots } from '../generated/snapshot_service_pb.js'
import { type SnapshotItem, writeSnapshot } from '../snapshots/snapshot-writer.ts'
import { failureOf, type GrpcJsPeer } from '../testing/grpc-js-peer.fixture.ts'
import { connectTo } from '../testing/holdfast-runner.fixture.ts'
import { collect, queueJob } from '../testing/runner.fixture.ts'
import { methods, never, startTestServer, type TestServer } from '../testing/server.fixture.ts'

const { createSnapshot: download, restoreSnapshot: upload } = VagrantSnapshots.method
const legacy = (method: string) => ({ path: `/hashicorp.vagrant.Vagrant/${method}` })
const version = create(VersionInfoSchema, {
  api: { current: 1, minimum: 1 },
  entrypoint: { current: 1, minimum: 1 },
  version: '2.3.6',
})

async function* once_(...pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

async function snapshotOf(peer: GrpcJsPeer): Promise<Buffer> {
  const events = await collect(peer.listen(download, {}, legacy('CreateSnapshot')).messages)
  expect(events.map(({ event }) => event.case)).toEqual(['open', ...events.slice(1).map(() => 'chunk')])
  return Buffer.concat(events.flatMap(({ event }) => (event.case === 'chunk' ? [event.value] : [])))
}

function uploading(
  bytes: Uint8Array,
  size = 1024,
  exit = false,
): MessageInitShape<typeof RestoreSnapshotRequestSchema>[] {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  )
  return [
    { event: { case: 'open', value: { exit } } },
    ...chunks.map((value) => ({ event: { case: 'chunk', value } }) as const),
  ]
}

const restore = (peer: GrpcJsPeer, bytes: Uint8Array) =>
  peer.upload(upload, uploading(bytes), legacy('RestoreSnapshot'))

async function names(server: TestServer): Promise<string[]> {
  return (await server.peer().call(methods.listBasis, {})).basis.map(({ name }) => name)
}

test('SNP-01 ROW-31 staged, a snapshot takes effect at the next start, once', async () => {
  let server = await startTestServer()
  await server.peer().call(methods.upsertBasis, { basis: { name: 'A', path: '/A' } })
  const bytes = await snapshotOf(server.peer())
  await server.peer().call(methods.upsertBasis, { basis: { name: 'B', path: '/B' } })
  await restore(server.peer(), bytes)
  expect(await names(server)).toEqual(['A', 'B'])
  server = await server.restart()
  expect(await names(server)).toEqual(['A'])
  await server.peer().call(methods.upsertBasis, { basis: { name: 'B', path: '/B' } })
  server = await server.restart()
  expect(await names(server)).toEqual(['A', 'B'])
})

test('SNP-02 NEW-14 ROW-32 garbage, a flipped bit anywhere before the trailer, a cut, a wrong digest: INVALID_ARGUMENT, nothing is staged', async () => {
  let server = await startTestServer()
  await server.peer().call(methods.upsertBasis, { basis: { name: 'A', path: '/A' } })
  const bytes = await snapshotOf(server.peer())
  const plain = gunzipSync(bytes)
  const bad: Uint8Array[] = [
    Buffer.from('garbage'),
    Buffer.alloc(0),
    bytes.subarray(0, -1),
    bytes.subarray(0, bytes.length / 2),
  ]
  for (let at = 0; at < plain.length; at += 7) {
    const flipped = Buffer.from(plain)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
    bad.push(gzipSync(flipped))
  }
  for (const one of bad) {
    // Changing the case of a hexadecimal digit of the trailer is no damage.
    if (one.length > 100 && gunzipsTo(one)?.toString('latin1').toLowerCase() === plain.toString('latin1').toLowerCase())
      continue
    const error = await failureOf(restore(server.peer(), one))
    expect(error.code).toBe(status.INVALID_ARGUMENT)
  }
  await server.peer().call(methods.upsertBasis, { basis: { name: 'B', path: '/B' } })
  server = await server.restart()
  expect(await names(server)).toEqual(['A', 'B'])
})

function gunzipsTo(bytes: Uint8Array): Buffer | undefined {
  try {
    return gunzipSync(bytes)
  } catch {
    return undefined
  }
}

test('SNP-03 a chunk first, open twice, or nothing in it: FAILED_PRECONDITION', async () => {
  const server = await startTestServer()
  const chunk = { event: { case: 'chunk', value: Buffer.from('x') } } as const
  const open = { event: { case: 'open', value: {} } } as const
  for (const messages of [[chunk], [open, open], [open, {}], [{}], []]) {
    expect((await failureOf(server.peer().upload(upload, messages, legacy('RestoreSnapshot')))).code).toBe(
      status.FAILED_PRECONDITION,
    )
  }
})

test('SNP-04 both paths, open first, then only chunks; 1 KiB chunks are taken', async () => {
  const server = await startTestServer()
  await restore(server.peer(), await snapshotOf(server.peer()))
  const events = await collect(server.peer().listen(download, {}).messages)
  expect(events[0]?.event.case).toBe('open')
  expect(server.events).toContainEqual({
    type: 'restore-staged',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    endsTokens: false,
  })
})

test('SNP-05 our client saves a snapshot and restores it; a damaged one sends nothing', async () => {
  let server = await startTestServer()
  await server.peer().call(methods.upsertBasis, { basis: { name: 'A', path: '/A' } })
  const connection = await connectTo(server.port)
  const bytes = Buffer.concat(await Array.fromAsync(createSnapshot(connection, never())))
  await expect(restoreSnapshot(connection, () => once_(bytes.subarray(0, -9)), { signal: never() })).rejects.toThrow(
    'vagrant snapshot',
  )
  expect(server.events.some((event) => event.type === 'call' && event.path.endsWith('RestoreSnapshot'))).toBe(false)
  await restoreSnapshot(connection, () => once_(bytes), { signal: never() })
  await server.peer().call(methods.upsertBasis, { basis: { name: 'B', path: '/B' } })
  server = await server.restart()
  expect(await names(server)).toEqual(['A'])
})

test('NEW-15 of two restores at once the second is ABORTED', async () => {
  const server = await startTestServer()
  const bytes = await snapshotOf(server.peer())
  let finish = (): void => undefined
  const held = new Promise<void>((resolve) => {
    finish = resolve
  })
  let started = (): void => undefined
  const isStarted = new Promise<void>((resolve) => {
    started = resolve
  })
  async function* slowly(): AsyncGenerator<Uint8Array> {
    yield bytes
    started()
    await held
  }
  const first = server.state.snapshots.stage(slowly(), never())
  await isStarted
  const error: ServiceError = await failureOf(restore(server.peer(), bytes))
  expect(error.code).toBe(status.ABORTED)
  finish()
  await first
})

test('NEW-16 the exit flag ends the process with code 2, with the snapshot staged', async () => {
  const source = await startTestServer()
  const bytes = await snapshotOf(source.peer())
  const target = await startTestServer()
  const { folder } = target
  await target.stop()
  const program = fileURLToPath(new URL('../testing/server-process.fixture.ts', import.meta.url))
  const child = spawn(process.execPath, [program, join(folder, 'data.db')], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  const { GrpcJsPeer: Peer } = await import('../testing/grpc-js-peer.fixture.ts')
  const peer = new Peer(Number(line))
  const exited = once(child, 'exit')
  await failureOf(peer.upload(upload, uploading(bytes, 1024, true), legacy('RestoreSnapshot')))
  expect(await exited).toEqual([2, null])
  peer.close()
  const again = await startTestServer({ folder })
  expect(await names(again)).toEqual([])
  // A server that nobody starts again does not let itself be ended.
  const error = await failureOf(again.peer().upload(upload, uploading(bytes, 1024, true), legacy('RestoreSnapshot')))
  expect(error.code).toBe(status.FAILED_PRECONDITION)
})

test('everything persistent is in a snapshot: records, order of jobs, keys, variables, revoked tokens', async () => {
  const server = await startTestServer({ requireAuth: true })
  const { tokens } = server.server
  const [good, bad] = [tokens.login(), tokens.login()]
  tokens.revoke(Buffer.from(tokens.decode(bad).token.tokenId).toString('hex'))
  const peer = server.peer({ metadata: { 'client-api-protocol': '1,1', authorization: good } })
  const { basis } = await peer.call(methods.upsertBasis, { basis: { name: 'A', path: '/A', $unknown: [] } })
  const { project } = await peer.call(methods.upsertProject, {
    project: { name: 'P', path: '/P', basis: { resourceId: basis?.resourceId ?? '' } },
  })
  const ref = { resourceId: project?.resourceId ?? '' }
  const { target } = await peer.call(methods.upsertTarget, { target: { name: 'T', project: ref } })
  await peer.call(methods.upsertTarget, {
    target: { name: 'S', project: ref, parent: { resourceId: target?.resourceId ?? '' } },
  })
  await peer.call(methods.upsertBox, { box: { name: 'B', provider: 'p', directory: '/d' } })
  const ids = [await queueJob(peer), await queueJob(peer), await queueJob(peer)]
  server.state.store.variables.set([
    create(ConfigVarSchema, {
      name: 'N',
      value: 'V',
      scope: { case: 'basis', value: { resourceId: basis?.resourceId ?? '' } },
    }),
  ])
  const bytes = await Array.fromAsync(server.state.snapshots.create({ ...version, version: '2.3.7+holdfast' }))
  const list = (from: GrpcJsPeer) =>
    Promise.all([
      from.call(methods.listBasis, {}),
      from.call(methods.listProjects, {}),
      from.call(methods.listTargets, {}),
      from.call(methods.listBoxes, {}),
      from.call(methods._ListJobs, {}),
      from.call(methods.getTarget, { target: { resourceId: target?.resourceId ?? '' } }),
    ])
  const before = await list(peer)

  let other = await startTestServer({ requireAuth: true })
  await other.state.snapshots.stage(once_(...bytes), never())
  other = await other.restart()
  expect(await list(other.peer({ metadata: { 'client-api-protocol': '1,1', authorization: good } }))).toEqual(before)
  expect(other.state.store.variables.get({ kind: 'basis', resourceId: basis?.resourceId ?? '' })).toMatchObject([
    { name: 'N', value: 'V' },
  ])
  expect(() => other.server.tokens.authenticate(bad, 'ListBasis')).toThrow('revoked')
  const taken = await Promise.all(
    ids.map(() => other.state.queue.assign({ id: 'r', registration: () => ({ byIdOnly: false }) }, never())),
  )
  expect(taken.map(({ job }) => job.id)).toEqual(ids)
})

test('ROW-33 a snapshot of Vagrant 2.3.6: tasks left out, old numbers of variables read, whole targets as subtargets dropped', async () => {
  const target = create(TargetSchema, { resourceId: 't', name: 'T', project: { resourceId: 'p' } })
  const message = (number: number, body: Uint8Array) => Buffer.concat([Buffer.of((number << 3) | 2, body.length), body])
  // ConfigVar {name: N, value: V, target (3): {resource_id: t}}, as E1 numbered it.
  const variable = Buffer.concat([
    message(1, Buffer.from('N')),
    message(2, Buffer.from('V')),
    message(3, message(1, Buffer.from('t'))),
  ])
  const job = create(JobSchema, {
    id: 'old',
    state: Job_State.SUCCESS,
    operation: { case: 'command', value: { command: 'x' } },
  })
  const kept = create(JobSchema, { id: 'kept', state: Job_State.SUCCESS, operation: { case: 'noop', value: {} } })
  const items: SnapshotItem[] = [
    { bucket: 'task', key: 'x', value: Buffer.from('task') },
    { bucket: 'config', key: 'p//N', value: variable },
    { bucket: 'jobs', key: 'old', value: toBinary(JobSchema, job) },
    { bucket: 'jobs', key: 'kept', value: toBinary(JobSchema, kept) },
    {
      bucket: 'target',
      key: 't',
      value: Buffer.concat([toBinary(TargetSchema, target), message(6, Buffer.from('\u0012\u0000'))]),
    },
    {
      bucket: 'project',
      key: 'p',
      value: Buffer.concat([
        message(1, Buffer.from('p')),
        message(2, Buffer.from('P')),
        message(3, Buffer.from('/P')),
        message(5, message(1, Buffer.from('b'))),
      ]),
    },
    {
      bucket: 'basis',
      key: 'b',
      value: Buffer.concat([message(1, Buffer.from('b')), message(2, Buffer.from('B')), message(3, Buffer.from('/B'))]),
    },
  ]
  let server = await startTestServer()
  await server.state.snapshots.stage(writeSnapshot(version, items), never())
  server = await server.restart()
  expect(await names(server)).toEqual(['B'])
  expect((await server.peer().call(methods.getTarget, { target: { resourceId: 't' } })).target?.subtargets).toEqual([])
  expect(server.state.store.variables.get({ kind: 'target', resourceId: 't' })).toMatchObject([
    { name: 'N', scope: { case: 'target' } },
  ])
  expect(server.state.queue.list().map(({ id }) => id)).toEqual(['kept'])
})

test('a staged file that cannot be restored keeps the server from starting, and both files as they are', async () => {
  const server = await startTestServer()
  await server.peer().call(methods.upsertBasis, { basis: { name: 'A', path: '/A' } })
  await server.stop()
  const staged = join(server.folder, 'vagrant-restore.db')
  await writeFile(staged, 'put here by hand')
  await expect(startTestServer({ folder: server.folder })).rejects.toThrow('gzip')
  const { rm } = await import('node:fs/promises')
  await rm(staged)
  expect(await names(await startTestServer({ folder: server.folder }))).toEqual(['A'])
})
