import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import type { Job } from '../../../src-shared/model/job.ts'
import { AgentClient } from '../../engines/xtrabackup/client/agent-client.ts'
import { describeWithMariadb } from '../../engines/xtrabackup/testing/mariadb-programs.fixture.ts'
import {
  readChecksums,
  startTestServer,
  type TestServer,
} from '../../engines/xtrabackup/testing/mariadb-server.fixture.ts'
import { startPrivateServer } from '../../engines/xtrabackup/tool/private-server.ts'
import { CommandLine, documentsOf, errorOf, repositoryFolder, summaryOf, workFolder } from './testing/command-line.ts'

const folder = workFolder()
const repository = repositoryFolder()
const desk = new CommandLine(join(folder, 'desk'))
const timeout = 240_000

interface Point {
  readonly id: string
  readonly checksums: Record<string, string>
}

describeWithMariadb('a real MariaDB, from the command line', () => {
  let server: TestServer
  let rows = 0
  const points: Point[] = []
  const local = () => ['--mysql', server.connection.socket ?? '', '--user', server.connection.user ?? '']

  beforeAll(async () => {
    await desk.good('init', repository)
    server = await startTestServer()
    await server.query('CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, note TEXT) ENGINE=InnoDB;')
    await server.query('CREATE TABLE shop.notes (id INT) ENGINE=Aria;')
  }, timeout)
  afterAll(() => server.stop())

  async function write(count: number): Promise<void> {
    await server.query(`USE shop; INSERT INTO orders SELECT seq, REPEAT(MD5(seq), 10) FROM seq_${rows + 1}_to_${rows + count};
      UPDATE orders SET note = CONCAT(id, note) WHERE id MOD 7 = 0; INSERT INTO notes VALUES (${rows});`)
    rows += count
  }

  async function backUp(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<Job> {
    const { ended } = desk.startWith({ environment }, '--json', 'backup', ...words, '-r', repository, '--id', 'db')
    const { stdout, stderr } = await ended
    const last = documentsOf(stdout).at(-1)
    if (last === undefined) throw new Error(stderr)
    return last as Job // what followJob printed last
  }

  const password = () => ({ HOLDFAST_MYSQL_PASSWORD: server.connection.password })
  /** By their names, oldest first; what crashed leaves no folder of such a name. */
  const stored = () =>
    readdirSync(join(repository, 'host/db'))
      .filter((name) => /^\d{4}-/.test(name))
      .toSorted()

  it(
    'is backed up as a full and incrementals, and a point is served as it was',
    async () => {
      for (const count of [300, 200, 100]) {
        await write(count)
        const checksums = await server.checksums()
        const job = await backUp([...local(), '--incremental', 'full-every:5'], password())
        points.push({ id: summaryOf(job).snapshotId ?? '', checksums })
      }
      const tables = await desk.good('database', 'tables', 'latest:db')
      expect(tables.stderr).toMatch(/mariadb 1\d\..*incremental, LSN \d+/)
      expect(tables.stderr).toMatch(/Put together from: full of .*, incremental of .*, incremental of /)
      expect(tables.stdout).toMatch(/shop +orders +InnoDB/)

      // Only the newest is to stay, and it needs the two before it.
      await desk.good('prune', '-r', repository, '--id', 'db', '--keep-last', '1')
      expect(stored().length).toBe(3)
      const first = points[0]?.id ?? ''
      expect(errorOf((await desk.job('forget', first)).job)).toMatchObject({ code: 'snapshot/needed' })
      expect(stored().length).toBe(3)

      const last = points.at(-1)
      const serving = desk.start('--json', 'database', 'serve', last?.id ?? '')
      const [said] = documentsOf((await serving.printed('\n')).split('\n')[0] ?? '')
      const { socket } = z.object({ socket: z.string() }).parse(said)
      expect(await readChecksums({ socket })).toEqual(last?.checksums)
      serving.process.kill('SIGINT')
      expect((await serving.ended).code).toBe(0)
      expect(existsSync(socket)).toBe(false)
      expect(readdirSync(join(desk.dataDirectory, 'databases'))).toEqual([])
    },
    timeout,
  )

  it(
    'becomes a data folder, a stream and a dump',
    async () => {
      const copied = join(folder, 'copied')
      // The one in the middle: with the incremental on its full, and without the one after it.
      await desk.good('database', 'copy', points[1]?.id ?? '', copied)
      const running = await startPrivateServer({
        dataFolder: copied,
        arguments: ['--skip-grant-tables'],
        signal: new AbortController().signal,
      })
      try {
        expect(await readChecksums(running.connection)).toEqual(points[1]?.checksums)
      } finally {
        await running.stop()
      }
      await desk.good('database', 'export', 'latest:db', join(folder, 'all.xbstream'))
      await desk.good('database', 'dump', 'latest:db', 'shop', 'notes', join(folder, 'notes.sql'))
      const again = await desk.job('database', 'dump', 'latest:db', 'shop', 'notes', join(folder, 'notes.sql'))
      expect([again.code, errorOf(again.job).code]).toEqual([1, 'input/invalid'])
    },
    timeout,
  )

  it(
    'with a wrong password is an error with the program’s words, and no snapshot',
    async () => {
      const before = stored()
      const job = await backUp(local(), { HOLDFAST_MYSQL_PASSWORD: 'wrong' })
      expect(errorOf(job)).toMatchObject({
        code: 'mysql/tool-failed',
        message: expect.stringContaining('Access denied'),
      })
      expect(JSON.stringify(job)).not.toContain('wrong')
      expect(stored()).toEqual(before)
    },
    timeout,
  )

  it(
    'is reached through an agent of another Holdfast, in TLS, by those who know its secret',
    async () => {
      const far = new CommandLine(join(folder, 'far'))
      const environment = { ...password(), HOLDFAST_AGENT_SECRET: 'a shared secret' }
      const { socket = '', user = '' } = server.connection
      const agent = far.startWith(
        { environment },
        ...['--json', 'host', 'xtrabackup-agent', '--listen', '127.0.0.1:0', '--socket', socket, '--user', user],
        ...['--restore-folder', join(folder, 'restores'), '--parallel', '2', '--keep-timeouts'],
      )
      try {
        const [said] = documentsOf((await agent.printed('\n')).split('\n')[0] ?? '')
        const { port, fingerprint } = z.object({ port: z.number(), fingerprint: z.string() }).parse(said)
        const address = ['--mysql', `agent://127.0.0.1:${port}`]
        const secret = { HOLDFAST_AGENT_SECRET: 'a shared secret' }
        await write(50)
        const checksums = await server.checksums()
        const job = await backUp([...address, '--fingerprint', fingerprint, '--incremental', 'full-every:5'], secret)
        points.push({ id: summaryOf(job).snapshotId ?? '', checksums })

        const refused = await backUp([...address, '--fingerprint', fingerprint], { HOLDFAST_AGENT_SECRET: 'another' })
        expect(errorOf(refused).code).toBe('mysql/agent-refused')
        const stranger = await backUp([...address, '--fingerprint', '00'.repeat(32)], secret)
        expect(errorOf(stranger).code).toMatch(/^(?:auth|mysql)\//)

        // Back to where it came from: laid out and prepared there, with all that it builds on.
        const words = ['database', 'send', 'latest:db', `agent://127.0.0.1:${port}`, '--fingerprint', fingerprint]
        const sent = await desk.startWith({ environment: secret }, '--json', ...words).ended
        expect([sent.code, sent.stderr]).toEqual([0, expect.any(String)])
        const ready = readdirSync(join(folder, 'restores'))
        expect(ready).toEqual([expect.stringMatching(/^db-\d+-/)])
        const restored = await startPrivateServer({
          dataFolder: join(folder, 'restores', ready[0] ?? ''),
          arguments: ['--skip-grant-tables'],
          signal: new AbortController().signal,
        })
        try {
          expect(await readChecksums(restored.connection)).toEqual(checksums)
        } finally {
          await restored.stop()
        }
        expect(stored().length).toBe(4)
      } finally {
        agent.process.kill('SIGTERM')
        await agent.ended
      }
    },
    timeout,
  )

  it(
    'an agent on standard input and output asks for no secret',
    async () => {
      const main = fileURLToPath(new URL('main.ts', import.meta.url))
      const words = ['host', 'xtrabackup-agent', '--stdio', '--socket', server.connection.socket ?? '']
      const command = [process.execPath, main, ...words] as const
      const client = new AgentClient({ address: { kind: 'command', command }, secret: undefined })
      const login = [
        ['user', server.connection.user ?? ''],
        ['password', server.connection.password],
      ] as const
      const facts = await client.check(login, new AbortController().signal)
      expect(facts.get('server-version')).toMatch(/MariaDB/)
    },
    timeout,
  )

  it(
    'a chain that lost a link is an error before anything is written; what stands without it is not',
    async () => {
      const [full] = points
      const [, second] = stored()
      if (full === undefined || second === undefined) throw new Error('no snapshots')
      rmSync(join(repository, 'host/db', second), { recursive: true })
      const target = join(folder, 'broken')
      const { job, code } = await desk.job('database', 'copy', 'latest:db', target)
      expect([code, errorOf(job).code, existsSync(target)]).toEqual([1, 'mysql/chain-broken', false])
      expect((await desk.good('database', 'tables', full.id)).stdout).toContain('orders')
      await desk.good('database', 'dump', full.id, 'shop', 'orders', join(folder, 'orders.sql'))
    },
    timeout,
  )
})
