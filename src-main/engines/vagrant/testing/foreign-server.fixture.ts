import { create, type DescMethod, type MessageInitShape, type MessageShape, toBinary } from '@bufbuild/protobuf'
import { Server as GrpcServer, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js'
import { onTestFinished } from 'vitest'
import { type CreateSnapshotResponseSchema, Vagrant } from '../generated/server_pb.js'
import { VagrantSnapshots } from '../generated/snapshot_service_pb.js'

export type SnapshotEvent = MessageInitShape<typeof CreateSnapshotResponseSchema>

export const open: SnapshotEvent = { event: { case: 'open', value: {} } }
export const chunk = (value: Uint8Array): SnapshotEvent => ({ event: { case: 'chunk', value } })

/** A server of grpc-js that sends these events as its snapshot, under the path of old servers. */
export async function serveSnapshot(events: readonly SnapshotEvent[]): Promise<number> {
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
