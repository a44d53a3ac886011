import { create, type DescMethod, type MessageInitShape, type MessageShape, toBinary } from '@bufbuild/protobuf'
import { Server as GrpcServer, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { createSnapshot } from '../client/transfer-snapshot.ts'
import { type CreateSnapshotResponseSchema, Vagrant, VersionInfoSchema } from '../generated/server_pb.js'
import { VagrantSnapshots } from '../generated/snapshot_service_pb.js'
import { writeSnapshot } from '../snapshots/snapshot-writer.ts'
import { connectTo } from '../testing/holdfast-runner.fixture.ts'
import { never } from '../testing/server.fixture.ts'

type Event = MessageInitShape<typeof CreateSnapshotResponseSchema>

const open: Event = { event: { case: 'open', value: {} } }
const chunk = (value: Uint8Array): Event => ({ event: { case: 'chunk', value } })

/** A server of grpc-js that sends these events as its snapshot, under the path of old servers. */
async function serve(events: Event[]): Promise<number> {
  const { getVersionInfo } = Vagrant.method
  const download = VagrantSnapshots.method.createSnapshot
  const definition = <Method extends DescMethod>(method: Method, responseStream: boolean) => ({
    path: `/${Vagrant.typeName}/${method.name}`,
    requestStream: false as const,
    responseStream,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (message: MessageShape<Method['output']>) => Buffer.from(toBinary(method.output, message)),
    responseDeserialize: (bytes: Buffer) => bytes,
  })
  const server = new GrpcServer()
  server.addService(
    { version: definition(getVersionInfo, false), snapshot: definition(download, true) },
    {
      version: (_call: unknown, callback: (error: null, reply: unknown) => void) =>
        callback(null, create(getVersionInfo.output, { info: { api: { current: 1, minimum: 1 } } })),
      snapshot: (call: ServerWritableStream<Buffer, unknown>) => {
        for (const event of events) call.write(create(download.output, event))
        call.end()
      },
    },
  )
  onTestFinished(() => server.forceShutdown())
  return await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    ),
  )
}

test('ROW-31 our client takes a whole snapshot of a grpc-js server, and none that is cut, changed or out of order', async () => {
  const version = create(VersionInfoSchema, { version: '2.3.6' })
  const items = [{ bucket: 'system', key: 'version', value: Buffer.from('1') }]
  const bytes = Buffer.concat(await Array.fromAsync(writeSnapshot(version, items)))
  const half = Math.floor(bytes.length / 2)
  const changed = Buffer.from(bytes)
  changed[half] = (changed[half] ?? 0) ^ 0x10
  const download = async (events: Event[]) => {
    const connection = await connectTo(await serve(events))
    return Buffer.concat(await Array.fromAsync(createSnapshot(connection, never())))
  }
  expect((await download([open, chunk(bytes.subarray(0, half)), chunk(bytes.subarray(half))])).equals(bytes)).toBe(true)
  const bad: Event[][] = [
    [open, chunk(bytes.subarray(0, -1))],
    [open, chunk(bytes.subarray(0, half))],
    [open],
    [open, chunk(changed)],
    [open, chunk(bytes.subarray(half)), chunk(bytes.subarray(0, half))],
  ]
  for (const events of bad) await expect(download(events)).rejects.toThrow('vagrant snapshot')
  await expect(download([chunk(bytes)])).rejects.toThrow('begins with open')
})
