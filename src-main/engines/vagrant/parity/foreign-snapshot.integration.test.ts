import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { createSnapshot } from '../client/transfer-snapshot.ts'
import { VersionInfoSchema } from '../generated/server_pb.js'
import { writeSnapshot } from '../snapshots/snapshot-writer.ts'
import { chunk, open, type SnapshotEvent, serveSnapshot } from '../testing/foreign-server.fixture.ts'
import { connectTo } from '../testing/holdfast-runner.fixture.ts'
import { never } from '../testing/server.fixture.ts'

test('ROW-31 our client takes a whole snapshot of a grpc-js server, and none that is cut, changed or out of order', async () => {
  const version = create(VersionInfoSchema, { version: '2.3.6' })
  const items = [{ bucket: 'system', key: 'version', value: Buffer.from('1') }]
  const bytes = Buffer.concat(await Array.fromAsync(writeSnapshot(version, items)))
  const half = Math.floor(bytes.length / 2)
  const changed = Buffer.from(bytes)
  changed[half] = (changed[half] ?? 0) ^ 0x10
  const download = async (events: SnapshotEvent[]) => {
    const connection = await connectTo(await serveSnapshot(events))
    return Buffer.concat(await Array.fromAsync(createSnapshot(connection, never())))
  }
  expect((await download([open, chunk(bytes.subarray(0, half)), chunk(bytes.subarray(half))])).equals(bytes)).toBe(true)
  const bad: SnapshotEvent[][] = [
    [open, chunk(bytes.subarray(0, -1))],
    [open, chunk(bytes.subarray(0, half))],
    [open],
    [open, chunk(changed)],
    [open, chunk(bytes.subarray(half)), chunk(bytes.subarray(0, half))],
  ]
  for (const events of bad) await expect(download(events)).rejects.toThrow('vagrant snapshot')
  await expect(download([chunk(bytes)])).rejects.toThrow('begins with open')
})
