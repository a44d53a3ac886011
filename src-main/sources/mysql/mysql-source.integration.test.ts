import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type MysqlFacts, mysqlSource } from '../../../src-shared/model/mysql-source.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import { startTestAgent } from '../../engines/xtrabackup/testing/agent.fixture.ts'
import { collect } from '../../engines/xtrabackup/testing/bytes.fixture.ts'
import { describeWithMariadb } from '../../engines/xtrabackup/testing/mariadb-programs.fixture.ts'
import {
  readChecksums,
  startTestServer,
  type TestServer,
} from '../../engines/xtrabackup/testing/mariadb-server.fixture.ts'
import { writeStubTool } from '../../engines/xtrabackup/testing/stub-tool.fixture.ts'
import {
  createLoadTables,
  loadTables,
  startWriteLoad,
  twinChecksums,
} from '../../engines/xtrabackup/testing/write-load.fixture.ts'
import { startPrivateServer } from '../../engines/xtrabackup/tool/private-server.ts'
import { queryServer } from '../../engines/xtrabackup/tool/server-query.ts'
import { unpackXbstream } from '../../engines/xtrabackup/xbstream/unpack-xbstream.ts'
import { openFileSystemCalls } from '../../os/open-file-system-calls.ts'
import { Pace } from '../../os/pace.ts'
import { simulatedPaceClock } from '../../os/simulated-pace-clock.fixture.ts'
import { extractTree } from '../files/extract.ts'
import { parseMysqlFacts } from './backup-facts.ts'
import { walkBackup } from './backup-walk.ts'
import { createMysqlSource } from './mysql-source.ts'
import { exportSnapshot, prepareChain, type RestorableSnapshot } from './prepare-chain.ts'

/** A few MiB by themselves; a few hundred when somebody asks for it. */
const mebibytes = Number(process.env.HOLDFAST_MYSQL_TEST_MIB ?? 4)
const timeout = 120_000 + mebibytes * 3000

const signal = new AbortController().signal
const calls = openFileSystemCalls()
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hf-mysql-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describeWithMariadb('a real MariaDB', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await createLoadTables(server, mebibytes)
    await server.query(
      'CREATE DATABASE `odd-name`; CREATE TABLE `odd-name`.fixed (id INT) ENGINE=MyISAM; INSERT INTO `odd-name`.fixed VALUES (1);',
    )
  }, timeout)
  afterAll(() => server.stop())

  const localSpec = () =>
    mysqlSource.parse({
      kind: 'mysql',
      connection: { via: 'local', socket: server.connection.socket, user: 'backup' },
      stagingFolder: folder,
    })
  let nextTime = 1_800_000_000

  /** One run: the tree is kept as a folder, as a repository would keep it. */
  async function backUp(spec = localSpec(), base?: RestorableSnapshot, secrets = {}): Promise<RestorableSnapshot> {
    const time = nextTime++
    let fetched = 0
    const clock = simulatedPaceClock()
    const source = createMysqlSource(spec, {
      calls,
      base,
      pace: new Pace(() => 1_000_000, clock),
      onBytes: (count) => {
        fetched += count
      },
      secrets: { password: server.connection.password, ...secrets },
    })
    const problems: string[] = []
    const view = await source.open({ problem: ({ reason }) => void problems.push(reason) }, signal)
    const kept = path.join(folder, `snapshot-${time}`)
    let facts: MysqlFacts | undefined
    try {
      for await (const archive of view.archives()) {
        if (archive.type === 'tree') await keep(archive.entries, kept)
        else if (archive.type === 'blob') facts = parseMysqlFacts(archive.data)
      }
      const { seen, handedOver } = view.counts()
      expect([problems, seen]).toEqual([[], handedOver])
      // Everything that came was paid for, the framing of its stream too, and once: not again where it is read from the stage.
      expect(clock.waitedMs()).toBeGreaterThan(fetched / 1000 - 6)
      expect(clock.waitedMs()).toBeLessThan((fetched / 1000) * 1.2)
    } finally {
      await view.close()
    }
    if (facts === undefined) throw new Error('no facts')
    return { time, facts, tree: () => walkBackup(kept, calls, { problem: () => {} }, signal) }
  }

  async function keep(entries: AsyncIterable<TreeEntry>, target: string): Promise<void> {
    const carryOver = { owner: false, permissions: true, times: true, attributes: false, links: false }
    const options = {
      calls,
      conflict: 'overwrite',
      applyToRoot: false,
      safetyCopy: undefined,
      sync: false,
      carryOver,
    } as const
    await extractTree(entries, target, options, { problem: () => {}, warning: () => {} }, signal)
  }

  test(
    '26, 27, 28: under write load: a full, three incrementals, each point restored as it was then',
    async () => {
      const load = startWriteLoad(server)
      const snapshots: RestorableSnapshot[] = []
      const fixed: string[] = []
      try {
        for (let run = 0; run < 4; run++) {
          await server.query(`INSERT INTO \`odd-name\`.fixed VALUES (${run});`)
          fixed.push((await server.checksums())['odd-name.fixed'] ?? '')
          snapshots.push(await backUp(localSpec(), snapshots.at(-1)))
        }
      } finally {
        await load.stop()
      }
      expect(snapshots.map(({ facts }) => facts.level)).toEqual(['full', 'incremental', 'incremental', 'incremental'])
      let stepsBefore = 0
      for (const [index, { time, facts }] of snapshots.entries()) {
        const chain = await prepareChain(
          time,
          snapshots,
          { calls, workFolder: path.join(folder, `work-${index}`) },
          signal,
        )
        const restored = await chain.startServer(signal)
        try {
          const connection = { socket: restored.socket, user: 'root' }
          const [[steps = '0'] = []] = await queryServer(connection, 'SELECT MAX(id) FROM shop.ledger;', signal)
          expect(Number(steps)).toBeGreaterThan(stepsBefore)
          stepsBefore = Number(steps)
          const found = await readChecksums(connection)
          expect(loadTables.map((name) => found[`shop.${name}`])).toEqual(
            await twinChecksums(server, mebibytes, Number(steps)),
          )
          expect(found['odd-name.fixed']).toBe(fixed[index])
        } finally {
          await restored.stop()
          await chain.close()
        }
        expect(facts.databases.map(({ name }) => name)).toContain('odd-name')
      }
    },
    timeout,
  )

  test('what a snapshot says of itself', async () => {
    const { facts } = await backUp()
    expect(facts).toMatchObject({ format: 1, level: 'full', fromLsn: '0', isPartial: false, packings: [] })
    expect(facts.server.family).toBe('mariadb')
    expect(facts.server.uid).not.toBeUndefined()
    expect(facts.binlog?.gtid).toMatch(/^0-7-/)
    const shop = facts.databases.find(({ name }) => name === 'shop')
    expect(shop?.tables.map(({ name, engine }) => [name, engine])).toEqual([
      ['control', 'InnoDB'],
      ['ledger', 'InnoDB'],
      ['orders', 'InnoDB'],
      ['parts', 'InnoDB'],
    ])
    const orders = shop?.tables.find(({ name }) => name === 'orders')
    expect(orders?.sizeBytes).toBeGreaterThan(mebibytes * 1_000_000)
    expect(orders?.storedBytes).toBeGreaterThan(mebibytes * 1_000_000)
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^snapshot-/)])
  })

  test(
    '28: copied into a data folder it starts; single tables come out as SQL; exported, the real tool unpacks it',
    async () => {
      const snapshot = await backUp()
      const then = await server.checksums()
      const chain = await prepareChain(
        snapshot.time,
        [snapshot],
        { calls, workFolder: path.join(folder, 'work') },
        signal,
      )
      const data = path.join(folder, 'data')
      await chain.copyTo(data, { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }, signal)
      await expect(chain.copyTo(data, undefined, signal)).rejects.toMatchObject({ code: 'path/not-empty' })
      const started = await startPrivateServer({ dataFolder: data, arguments: [], signal })
      try {
        expect(await readChecksums({ ...started.connection, user: 'root' })).toEqual(then)
      } finally {
        await started.stop()
      }
      const members = await unpackXbstream(chain.exportXbstream(signal), path.join(folder, 'exported'), { signal })
      expect(members.map((member) => member.path)).toContain('shop/orders.ibd')
      const raw = await unpackXbstream(exportSnapshot(snapshot.tree(signal)), path.join(folder, 'raw'), { signal })
      expect(raw.map((member) => member.path)).toContain('xtrabackup_checkpoints')

      const disposable = await chain.startServer(signal)
      try {
        expect((await disposable.tables(signal)).some(({ name }) => name === 'orders')).toBe(true)
        const sql = (await collect(disposable.dumpTable('odd-name', 'fixed', signal))).toString()
        expect(sql).toContain('CREATE TABLE `fixed`')
        await expect(collect(disposable.dumpTable('shop', 'nothing', signal))).rejects.toMatchObject({
          code: 'mysql/tool-failed',
        })
      } finally {
        await disposable.stop()
        await chain.close()
      }
    },
    timeout,
  )

  test('27: a chain that is not whole is found before anything is written', async () => {
    const full = await backUp()
    const next = await backUp(localSpec(), full)
    const last = await backUp(localSpec(), next)
    const workFolder = path.join(folder, 'work')
    const attempts = [
      [full, last],
      [next, last],
      [full, { ...next, facts: { ...next.facts, toLsn: '99999999999' } }, last],
      [full, next, { ...last, facts: { ...last.facts, server: { ...last.facts.server, uid: 'another' } } }],
    ]
    for (const snapshots of attempts) {
      await expect(prepareChain(last.time, snapshots, { calls, workFolder }, signal)).rejects.toMatchObject({
        code: 'mysql/chain-broken',
      })
    }
    await expect(readdir(workFolder)).rejects.toThrow('ENOENT')
  })

  test('a base of another server is not built on', async () => {
    const full = await backUp()
    const other = { ...full, facts: { ...full.facts, server: { ...full.facts.server, uid: 'another' } } }
    expect((await backUp(localSpec(), other)).facts.level).toBe('full')
  })

  test(
    'the same through an agent, with a shared secret',
    async () => {
      const { agent, port } = await startTestAgent({ connection: server.connection, secret: 'sesame' })
      try {
        const spec = mysqlSource.parse({
          kind: 'mysql',
          connection: { via: 'agent', host: '127.0.0.1', port, transport: 'clear', compress: true },
          stagingFolder: folder,
        })
        const full = await backUp(spec, undefined, { agentSecret: 'sesame' })
        await server.query('INSERT INTO `odd-name`.fixed VALUES (77);')
        const then = await server.checksums()
        const next = await backUp(spec, full, { agentSecret: 'sesame' })
        expect([next.facts.level, next.facts.base, next.facts.fromLsn]).toEqual([
          'incremental',
          { time: full.time },
          full.facts.toLsn,
        ])
        expect(
          next.facts.databases.flatMap(({ tables }) => tables).find(({ name }) => name === 'orders')?.sizeBytes,
        ).toBeGreaterThan(0)
        const chain = await prepareChain(
          next.time,
          [full, next],
          { calls, workFolder: path.join(folder, 'work') },
          signal,
        )
        const restored = await chain.startServer(signal)
        expect(await readChecksums({ socket: restored.socket, user: 'root' })).toEqual(then)
        await restored.stop()
        await expect(backUp(spec, undefined, { agentSecret: 'wrong' })).rejects.toMatchObject({
          code: 'mysql/agent-refused',
        })
      } finally {
        await agent.close()
      }
    },
    timeout,
  )

  test(
    'what fails leaves no snapshot and no staging: wrong password, a tool that dies, too little room, a server that goes',
    async () => {
      await expect(backUp(localSpec(), undefined, { password: 'wrong' })).rejects.toThrow('Access denied')
      const died = await writeStubTool(
        folder,
        `lsn; head -c 100000 /dev/zero; echo 'Lost connection to server' >&2; exit 1`,
      )
      const withTool = (toolPath: string) => {
        const spec = localSpec()
        return { ...spec, connection: { ...spec.connection, toolPath } }
      }
      await expect(backUp(withTool(died.path))).rejects.toThrow(/magic|Lost connection/)
      await expect(backUp({ ...localSpec(), stagingLimitBytes: 100_000 })).rejects.toMatchObject({ code: 'disk/full' })
      // The real tool, whose server is killed while it copies.
      const wrapper = path.join(folder, 'wrapper')
      await writeFile(
        wrapper,
        `#!/bin/sh\ncase "$1" in --version) exec mariadb-backup --version;; esac\nexec mariadb-backup "$@" --throttle=1\n`,
        { mode: 0o755 },
      )
      const victim = await startTestServer()
      try {
        await createLoadTables(victim, 2)
        const spec = withTool(wrapper)
        const source = createMysqlSource(
          {
            ...spec,
            connection: { via: 'local', socket: victim.connection.socket, user: 'backup', toolPath: wrapper },
          },
          {
            ...{ calls, secrets: { password: victim.connection.password } },
            onLine: (line) => {
              if (line.includes('ibdata1')) void victim.query('SHUTDOWN;').catch(() => {})
            },
          },
        )
        await expect(source.open({ problem: () => {} }, signal)).rejects.toMatchObject({ code: 'mysql/tool-failed' })
      } finally {
        await victim.stop()
      }
      const left = (await readdir(folder)).filter(
        (name) => name.startsWith('holdfast-stage-') || name.startsWith('snapshot-'),
      )
      expect(left).toEqual([])
    },
    timeout,
  )

  test('settings in a snapshot that would load code are refused', async () => {
    const snapshot = await backUp()
    const evil = path.join(folder, 'evil')
    await mkdir(evil)
    await writeFile(path.join(evil, 'backup-my.cnf'), '[mysqld]\nplugin_load=evil.so\n')
    const tree = () => walkBackup(evil, calls, { problem: () => {} }, signal)
    const options = { calls, workFolder: path.join(folder, 'work') }
    await expect(prepareChain(snapshot.time, [{ ...snapshot, tree }], options, signal)).rejects.toThrow('load code')
    await expect(readdir(options.workFolder)).rejects.toThrow('ENOENT')
  })
})
