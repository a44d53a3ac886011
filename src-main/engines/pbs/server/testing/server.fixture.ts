import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Datastore } from '../../../../storage/datastore/datastore.ts'
import { createSmallStore } from '../../../../storage/datastore/testing/sample-store.ts'
import { InlineSealer } from '../../../../storage/seal/inline-sealer.ts'
import { type AccessConfigInput, accessConfig } from '../access/access-config.ts'
import type { AccessStore } from '../access/access-store.ts'
import { hashPassword } from '../access/password-hash.ts'
import { type ChunkChecker, inlineChecker } from '../chunk-checker.ts'
import type { Clock } from '../clock.ts'
import type { ClientConnection } from '../connections/connection-registry.ts'
import type { ServerEvent } from '../connections/server-event.ts'
import { createPbsServer } from '../create-pbs-server.ts'
import type { ServedDatastore } from '../server-context.ts'
import { createSelfSignedCertificate } from '../tls/self-signed.ts'
import { type Connection, call, connect, dataOf, type RawReply, type RawRequest } from './raw-client.fixture.ts'

/** Cheap on purpose: what is tested is not how long scrypt takes. */
const TEST_COST = { logN: 4, r: 8, p: 1 } as const

export const PASSWORD = 'correct horse'
export const SECRET = 'token secret'
export const T0 = 1_717_500_000

const passwordHash = hashPassword(PASSWORD, TEST_COST)
const secretHash = hashPassword(SECRET, TEST_COST)
const certificate = createSelfSignedCertificate({ hosts: ['localhost'], now: T0 })

export interface TestServer extends AsyncDisposable {
  readonly port: number
  readonly fingerprint: string
  readonly store: Datastore
  readonly clock: TestClock
  readonly warnings: readonly string[]
  /** `root@pam` by token, unless headers say otherwise. */
  call(path: string, request?: RawRequest & { readonly as?: string }): Promise<RawReply>
  data(path: string, request?: RawRequest & { readonly as?: string }): Promise<unknown>
  backup(query?: Query, as?: string): Promise<Connection>
  reader(query?: Query, as?: string): Promise<Connection>
  connections(): readonly ClientConnection[]
  /** Waits until what a dropped connection leaves is cleared away. */
  settled(): Promise<void>
  /** Stops serving; the folder stays until `close`. */
  closeServer(): Promise<void>
  close(): Promise<void>
}

type Query = Readonly<Record<string, string | number | boolean>>

export interface TestClock extends Clock {
  /** Unix milliseconds; tests move it. */
  time: number
  readonly delays: number[]
}

/** Does not wait, but tells how long it would have. */
export function testClock(): TestClock {
  const delays: number[] = []
  return {
    time: T0 * 1000,
    delays,
    now() {
      return this.time
    },
    async delay(ms) {
      delays.push(ms)
    },
  }
}

export interface TestServerOptions {
  readonly access?: AccessConfigInput
  /** Instead of `access`, and without the accounts of these tests. */
  readonly accounts?: AccessStore
  readonly served?: Partial<ServedDatastore>
  readonly clock?: TestClock
  readonly onEvent?: (event: ServerEvent) => void
  /** In the thread unless told otherwise: threads would cost each test their start. */
  readonly checker?: ChunkChecker
}

/** A user and token by name with the password and secret of these tests. */
export async function testUser(userId: string, more: object = {}) {
  return { userId, passwordHash: await passwordHash, ...more }
}

export async function testToken(authId: string, more: object = {}) {
  return { authId, secretHash: await secretHash, ...more }
}

export function tokenHeader(authId: string, secret = SECRET): Readonly<Record<string, string>> {
  return { authorization: `PBSAPIToken ${authId}:${encodeURIComponent(secret)}` }
}

export const ROOT_TOKEN = 'root@pam!test'

/** Where backups of these tests go unless they say otherwise. */
export const target = { store: 'tank', 'backup-type': 'host', 'backup-id': 'elsa', 'backup-time': T0 } as const

export async function startServer({
  access = {},
  accounts,
  served,
  clock = testClock(),
  checker = inlineChecker,
  onEvent,
}: TestServerOptions = {}): Promise<TestServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pbs-server-'))
  const store = await createSmallStore(path.join(folder, 'store'))
  const config = accessConfig.parse({
    users: [await testUser('root@pam'), ...(access.users ?? [])],
    tokens: [await testToken(ROOT_TOKEN), ...(access.tokens ?? [])],
    acl: [{ path: '/', authId: ROOT_TOKEN, role: 'Admin' }, ...(access.acl ?? [])],
  })
  const warnings: string[] = []
  const server = createPbsServer({
    datastores: [{ name: 'tank', store, ...served }],
    access: accounts?.config ?? (() => config),
    tls: await certificate,
    clock,
    checker,
    sealer: new InlineSealer(),
    onEvent,
    node: 'keep',
    log: {
      info: () => undefined,
      warn: (message, error) => warnings.push(`${message} ${error instanceof Error ? error.stack : ''}`),
    },
  })
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  const request = ({ as = ROOT_TOKEN, headers, ...rest }: RawRequest & { readonly as?: string } = {}) => ({
    ...rest,
    headers: headers ?? tokenHeader(as),
  })
  const open =
    (kind: 'backup' | 'reader') =>
    (query: Query = {}, as: string = ROOT_TOKEN) =>
      connect(port, kind, { headers: tokenHeader(as), query: { ...target, ...query } })
  const close = async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
  const callApi: TestServer['call'] = (where, options) => call(port, `/api2/json/${where}`, request(options))
  return {
    port,
    fingerprint: server.fingerprint,
    store,
    clock,
    warnings,
    call: callApi,
    data: async (where, options) => dataOf(await callApi(where, options)),
    backup: open('backup'),
    reader: open('reader'),
    connections: () => server.connections(),
    async settled() {
      for (let round = 0; round < 3000; round++) {
        const running = dataOf(await callApi('nodes/localhost/tasks?running=1'))
        if (Array.isArray(running) && running.length === 0) return
        await new Promise((resume) => setTimeout(resume, 10))
      }
      throw new Error('tasks go on')
    },
    closeServer: () => server.close(),
    close,
    [Symbol.asyncDispose]: close,
  }
}
