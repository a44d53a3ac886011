import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { gunzipSync, gzipSync } from 'node:zlib'
import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { type JobServerSource, jobServerFacts } from '../../../src-shared/model/job-server-source.ts'
import { createSnapshot, restoreSnapshot } from '../../engines/vagrant/client/transfer-snapshot.ts'
import { VersionInfoSchema } from '../../engines/vagrant/generated/server_pb.js'
import { writeSnapshot } from '../../engines/vagrant/snapshots/snapshot-writer.ts'
import { chunk, open, type SnapshotEvent, serveSnapshot } from '../../engines/vagrant/testing/foreign-server.fixture.ts'
import { connectTo } from '../../engines/vagrant/testing/holdfast-runner.fixture.ts'
import { methods, never, startTestServer } from '../../engines/vagrant/testing/server.fixture.ts'
import { Pace } from '../../os/pace.ts'
import { simulatedPaceClock } from '../../os/simulated-pace-clock.fixture.ts'
import { createJobServerSource } from './job-server-source.ts'

const spec = (port: number): JobServerSource => ({ kind: 'job-server', address: `127.0.0.1:${port}`, tls: 'none' })

/** Reads all of it as a repository would: the one file, and what is said of it. */
async function backUp(port: number, token = '', pace?: Pace) {
  const view = await createJobServerSource(spec(port), { token, now: () => 1_700_000_000_000, pace }).open(
    { problem: () => {} },
    never(),
  )
  try {
    let file = Buffer.alloc(0)
    let said: unknown
    for await (const archive of view.archives()) {
      if (archive.type === 'blob') said = JSON.parse(Buffer.from(archive.data).toString())
      if (archive.type !== 'tree') continue
      for await (const entry of archive.entries) {
        if (entry.kind !== 'file') continue
        file = Buffer.alloc(Number(entry.sizeBytes))
        const content = await entry.open()
        for (let at = 0, got = 1; got > 0; at += got) got = await content.read(file.subarray(at, at + 1000))
      }
    }
    return { file, facts: jobServerFacts.parse(said), counts: view.counts() }
  } finally {
    await view.close()
  }
}

const stagedFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('holdfast-job-server-'))

test('a job server is one file that any such server takes back, and what is in it', async () => {
  const server = await startTestServer()
  await server.peer().call(methods.upsertBasis, { basis: { name: 'A', path: '/A' } })
  const { file, facts, counts } = await backUp(server.port)
  expect(counts).toEqual({ seen: 2, handedOver: 2, skipped: 0, failed: 0 })
  expect(facts).toMatchObject({
    address: `127.0.0.1:${server.port}`,
    takenAt: 1_700_000_000_000,
    sizeBytes: gunzipSync(file).length,
    buckets: expect.arrayContaining([{ name: 'basis', items: 1, sizeBytes: expect.any(Number) }]),
  })
  await server.peer().call(methods.upsertBasis, { basis: { name: 'B', path: '/B' } })
  const connection = await connectTo(server.port)
  async function* pieces() {
    yield file
  }
  await restoreSnapshot(connection, pieces, { signal: never() })
  const restored = await server.restart()
  expect((await restored.peer().call(methods.listBasis, {})).basis.map(({ name }) => name)).toEqual(['A'])
})

test('records are kept as they came, and an unchanged server is the same file again', async () => {
  const server = await startTestServer()
  await server.peer().call(methods.upsertBasis, { basis: { name: 'A', path: '/A' } })
  const connection = await connectTo(server.port)
  const sent = Buffer.concat(await Array.fromAsync(createSnapshot(connection, never())))
  const first = await backUp(server.port)
  expect(gunzipSync(first.file).equals(gunzipSync(sent))).toBe(true)
  expect((await backUp(server.port)).file.equals(first.file)).toBe(true)
  const clock = simulatedPaceClock()
  await backUp(server.port, '', new Pace(() => 1000, clock))
  expect(Math.abs(clock.waitedMs() - sent.length)).toBeLessThan(6)
})

test('nothing comes of a snapshot that is cut off, out of order, changed or wrong at its end, and no file stays', async () => {
  const version = create(VersionInfoSchema, { version: '2.3.6' })
  const items = [{ bucket: 'system', key: 'version', value: Buffer.from('1') }]
  const good = Buffer.concat(await Array.fromAsync(writeSnapshot(version, items)))
  const half = Math.floor(good.length / 2)
  const changed = Buffer.from(good)
  changed.writeUInt8(changed.readUInt8(half) ^ 0x10, half)
  const records = gunzipSync(good)
  const digest = records.length - 64
  records.writeUInt8(records.readUInt8(digest) === 0x61 ? 0x62 : 0x61, digest)
  const bad: Record<string, readonly SnapshotEvent[]> = {
    'cut off': [open, chunk(good.subarray(0, half))],
    'out of order': [open, chunk(good.subarray(half)), chunk(good.subarray(0, half))],
    changed: [open, chunk(changed)],
    'without open': [chunk(good)],
    empty: [open],
    'with another digest': [open, chunk(gzipSync(records))],
  }
  const before = stagedFolders()
  for (const [what, events] of Object.entries(bad))
    await expect(backUp(await serveSnapshot(events)), what).rejects.toThrow()
  expect(stagedFolders()).toEqual(before)
})

test('a server that is away, one that refuses the token, and one without snapshots are told apart', async () => {
  const server = await startTestServer({ requireAuth: true })
  await expect(backUp(server.port, 'nonsense')).rejects.toMatchObject({ code: 'job-server/denied' })
  await server.stop()
  await expect(backUp(server.port)).rejects.toMatchObject({ code: 'job-server/unreachable' })
})
