import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { DatabaseTarget } from '../../../src-shared/model/database-restore.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { type Job, jobSpec } from '../../../src-shared/model/job.ts'
import { planSource } from '../../../src-shared/model/source.ts'
import { describeWithMariadb } from '../../engines/xtrabackup/testing/mariadb-programs.fixture.ts'
import {
  readChecksums,
  startTestServer,
  type TestServer,
} from '../../engines/xtrabackup/testing/mariadb-server.fixture.ts'
import { startPrivateServer } from '../../engines/xtrabackup/tool/private-server.ts'
import { type TestApp, testApp } from '../testing/test-app.ts'

const timeout = 180_000

interface Point {
  readonly id: SnapshotId
  readonly checksums: Record<string, string>
}

describeWithMariadb('a database server in a repository', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await server.query('CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, note TEXT) ENGINE=InnoDB;')
  }, timeout)
  afterAll(() => server.stop())

  async function backUp({ client, done }: TestApp, rows: number): Promise<Point> {
    await server.query(`USE shop; INSERT INTO orders SELECT seq + (SELECT COALESCE(MAX(id), 0) FROM orders o),
      REPEAT(MD5(seq), 10) FROM seq_1_to_${rows};`)
    const checksums = await server.checksums()
    const { id: repositoryId } = await client.repositories.ensureDefault()
    const { id: secretId } = await client.secrets.put({ fields: { password: server.connection.password } })
    const source = planSource.parse({
      kind: 'mysql',
      connection: { via: 'local', socket: server.connection.socket, user: server.connection.user },
      incremental: { kind: 'fullEvery', runs: 10 },
      secretId,
    })
    const { status } = await done(
      await client.jobs.start({
        spec: jobSpec.parse({ kind: 'backup', source, repositoryId, namespace: '', backupId: 'db', options: {} }),
      }),
    )
    if (status.summary.snapshotId === undefined) throw new Error('no snapshot')
    return { id: status.summary.snapshotId, checksums }
  }

  const restore = async ({ client, ended }: TestApp, snapshotId: SnapshotId, as: DatabaseTarget): Promise<Job> =>
    ended(await client.databases.restore({ snapshotId, as }))

  test(
    'says what is in it, becomes a server, a folder, a stream and a dump, and keeps its chain',
    async () => {
      const app = await testApp()
      const { client, folder } = app
      const full = await backUp(app, 500)
      const later = await backUp(app, 300)

      const summary = await client.databases.summary({ snapshotId: later.id })
      expect(summary).toMatchObject({
        level: 'incremental',
        server: { family: 'mariadb' },
        chain: [{ level: 'full' }, { level: 'incremental' }],
      })
      expect(summary.problem).toBeUndefined()
      expect(BigInt(summary.lastLsn)).toBeGreaterThan(BigInt(summary.fromLsn))
      expect(summary.binlog?.file).toMatch(/^mysql-bin\.\d+$/)
      expect(summary.databases.find(({ name }) => name === 'shop')).toMatchObject({
        tables: 1,
        sizeBytes: expect.any(Number),
      })
      const page = await client.databases.tables({ snapshotId: later.id, database: 'shop' })
      expect(page).toMatchObject({ total: 1, tables: [{ name: 'orders', engine: 'InnoDB' }] })
      await expect(client.databases.tables({ snapshotId: later.id, database: 'no' })).rejects.toMatchObject({
        code: 'path/not-found',
      })

      // The files of an incremental are others than those of its full: nothing to be alarmed about.
      expect(await client.anomalies.list()).toEqual([])
      for (const { id, checksums } of [full, later]) {
        const job = await client.databases.restore({ snapshotId: id, as: { kind: 'server' } })
        const socket = await servingAt(client, job)
        expect(await readChecksums({ socket })).toEqual(checksums)
        await client.jobs.cancel({ id: job.id })
        expect((await app.ended(job)).status).toMatchObject({ state: 'success' })
        expect(existsSync(socket)).toBe(false)
      }
      expect(readdirSync(join(app.host.dataDirectory, 'databases'))).toEqual([])

      const dataFolder = join(folder, 'copied')
      expect((await restore(app, later.id, { kind: 'data-folder', path: dataFolder })).status.state).toBe('success')
      const copied = await startPrivateServer({
        dataFolder,
        arguments: ['--skip-grant-tables'],
        signal: new AbortController().signal,
      })
      expect(await readChecksums(copied.connection)).toEqual(later.checksums)
      await copied.stop()
      // Nothing is ever put over something.
      const again = await restore(app, later.id, { kind: 'data-folder', path: dataFolder })
      expect(again.status).toMatchObject({ state: 'error', error: { code: 'path/not-empty' } })

      const dump = join(folder, 'orders.sql')
      const dumped = { kind: 'dump', path: dump, database: 'shop', table: 'orders' } as const
      expect((await restore(app, full.id, dumped)).status.state).toBe('success')
      await server.query('CREATE DATABASE again;')
      await server.query(`USE again; ${readFileSync(dump, 'utf8')}`)
      expect((await server.checksums())['`again`.`orders`']).toBe(full.checksums['`shop`.`orders`'])
      await server.query('DROP DATABASE again;')
      expect((await restore(app, full.id, dumped)).status).toMatchObject({ error: { code: 'input/invalid' } })
      const noTable = await restore(app, full.id, { ...dumped, path: `${dump}2`, table: 'nothing' })
      expect(noTable.status).toMatchObject({ error: { code: 'path/not-found' } })

      for (const state of ['prepared', 'stored'] as const) {
        const path = join(folder, `${state}.xbstream`)
        expect((await restore(app, later.id, { kind: 'xbstream', path, state })).status.state).toBe('success')
        expect(readFileSync(path).subarray(0, 8).toString()).toBe('XBSTCK01')
      }

      const [refused] = await client.snapshots.forget({ ids: [full.id] })
      if (refused === undefined) throw new Error('no job')
      expect((await app.ended(refused)).status).toMatchObject({ state: 'error', error: { code: 'snapshot/needed' } })
      const [both] = await client.snapshots.forget({ ids: [full.id, later.id] })
      if (both === undefined) throw new Error('no job')
      await app.done(both)
      expect(await client.snapshots.list({})).toEqual([])
    },
    timeout,
  )

  test(
    'a chain with a missing link is known before anything is written',
    async () => {
      const app = await testApp()
      const { client, host, folder } = app
      const full = await backUp(app, 10)
      const later = await backUp(app, 10)
      const { ref } = await client.snapshots.get({ id: full.id })
      const time = new Date(ref.time * 1000).toISOString().replace('.000', '')
      const blob = join(host.dataDirectory, 'repository/host/db', time, 'mysql.json.blob')
      writeFileSync(blob, 'damaged')
      const job = await restore(app, later.id, { kind: 'data-folder', path: join(folder, 'copied') })
      expect(job.status).toMatchObject({ state: 'error', error: { code: 'mysql/chain-broken' } })
      expect(existsSync(join(folder, 'copied'))).toBe(false)
      expect(readdirSync(join(host.dataDirectory, 'databases'))).toEqual([])
      const itself = await restore(app, full.id, { kind: 'server' })
      expect(itself.status).toMatchObject({ state: 'error', error: { code: 'manifest/corrupt' } })
    },
    timeout,
  )

  test(
    'a connection is tried with passwords that are not saved',
    async () => {
      const { client } = await testApp()
      const { socket, user = '', password } = server.connection
      const connection = { via: 'local', socket, user } as const
      const found = await client.databases.test({ connection, secrets: { password } })
      expect(found.version).toMatch(/^1\d\./)
      expect(found.databases.map(({ name }) => name)).toContain('shop')
      expect(found.missingRights).toEqual([])
      await server.query(
        `CREATE USER IF NOT EXISTS poor@localhost IDENTIFIED BY 'poor'; GRANT PROCESS ON *.* TO poor@localhost;`,
      )
      const poor = await client.databases.test({
        connection: { via: 'local', socket, user: 'poor' },
        secrets: { password: 'poor' },
      })
      expect(poor.missingRights).toEqual(['RELOAD', 'LOCK TABLES', 'BINLOG MONITOR'])
      // Whatever stands in the way has a name.
      for (const toolPath of ['/', '/nowhere/tool', '/etc/passwd', 'a\0b'])
        await expect(
          client.databases.test({ connection: { ...connection, toolPath }, secrets: { password } }),
        ).rejects.toMatchObject({ code: expect.stringMatching(/^(?:mysql|input)\//) })
      await expect(client.databases.test({ connection, secrets: { password: 'wrong' } })).rejects.toMatchObject({
        code: 'mysql/tool-failed',
        message: expect.stringContaining('Access denied'),
      })
    },
    timeout,
  )

  test('a folder of files is no database', async () => {
    const app = await testApp()
    mkdirSync(app.source, { recursive: true })
    writeFileSync(join(app.source, 'a'), 'a')
    const plan = await app.plan()
    const [job] = await app.client.plans.run({ id: plan.id })
    if (job === undefined) throw new Error('no job')
    const { status } = await app.done(job)
    const snapshotId = status.summary.snapshotId
    if (snapshotId === undefined) throw new Error('no snapshot')
    await expect(app.client.databases.summary({ snapshotId })).rejects.toMatchObject({ code: 'mysql/incomplete' })
    await expect(app.client.databases.restore({ snapshotId, as: { kind: 'server' } })).rejects.toMatchObject({
      code: 'input/invalid',
    })
  })
})

async function servingAt(client: Client, started: Job): Promise<string> {
  for await (const event of await client.jobs.events()) {
    const jobs = event.type === 'snapshot' ? event.jobs : event.type === 'changed' ? [event.job] : []
    const status = jobs.find(({ id }) => id === started.id)?.status
    if (status?.state === 'error') throw new Error(JSON.stringify(status))
    if (status?.state === 'running' && status.progress.serving !== undefined) return status.progress.serving.socket
  }
  throw new Error('the job never served')
}
