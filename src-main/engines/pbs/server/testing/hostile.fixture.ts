import tls from 'node:tls'
import { expect } from 'vitest'
import { finish, uploadDynamic } from './backup-steps.fixture.ts'
import { makeChunk } from './raw-client.fixture.ts'
import { ROOT_TOKEN, T0, type TestServer, target, tokenHeader } from './server.fixture.ts'

/** What no library would send, and whether the server got over it. */

const hello = makeChunk(Buffer.from('hello world'))

/** Another client can still make a backup, and the datastore verifies. */
export async function expectHealthy(server: TestServer): Promise<void> {
  const connection = await server.backup({ 'backup-id': 'witness', 'backup-time': T0 + 99 })
  await finish(connection, [await uploadDynamic(connection, 'root.pxar.didx', [hello])], {
    id: 'witness',
    time: T0 + 99,
  })
  await server.settled()
  const upid = String(await server.data('admin/datastore/tank/verify?ignore-verified=0', { method: 'POST' }))
  await server.settled()
  const task = `nodes/localhost/tasks/${encodeURIComponent(upid)}`
  expect(await server.data(`${task}/status`)).toMatchObject({ exitstatus: 'OK' })
}

/** Upgrades by hand and sends bytes that no HTTP/2 library would; resolves when the server cuts the connection. */
export async function sendRaw(server: TestServer, bytes: Uint8Array, isEarly: boolean): Promise<void> {
  const socket = tls.connect({ port: server.port, rejectUnauthorized: false })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const query = new URLSearchParams(
    Object.entries(target).map(([key, value]): [string, string] => [key, String(value)]),
  )
  const head = [
    `GET /api2/json/backup?${query} HTTP/1.1`,
    'host: localhost',
    'connection: upgrade',
    'upgrade: proxmox-backup-protocol-v1',
    `authorization: ${tokenHeader(ROOT_TOKEN).authorization}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  if (isEarly) socket.write(bytes)
  const reply = await new Promise<string>((resolve) =>
    socket.once('data', (data: Buffer) => resolve(data.toString('latin1'))),
  )
  expect(reply).toMatch(/^HTTP\/1\.1 101 /)
  if (!isEarly) socket.write(bytes)
  socket.resume()
  await closed
}

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** A frame after the settings that a client must begin with. */
export function frame(type: number, stream: number, payload: Uint8Array): Buffer {
  const settings = type === 4 ? Buffer.alloc(0) : bareFrame(4, { stream: 0, flags: 0, payload: new Uint8Array() })
  return Buffer.concat([settings, bareFrame(type, { stream, flags: 0, payload })])
}

export interface FrameFields {
  readonly stream: number
  readonly flags: number
  readonly payload: Uint8Array
}

export function bareFrame(type: number, { stream, flags, payload }: FrameFields): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}
