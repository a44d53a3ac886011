import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { collect } from '../testing/bytes.fixture.ts'
import { describeWithMariadb } from '../testing/mariadb-programs.fixture.ts'
import { readChecksums, startTestServer, type TestServer } from '../testing/mariadb-server.fixture.ts'
import { writeStubTool } from '../testing/stub-tool.fixture.ts'
import { unpackXbstream } from '../xbstream/unpack-xbstream.ts'
import type { BackupTool } from './backup-tool.ts'
import { findBackupTool } from './backup-tool.ts'
import { copyBack, prepareBackup } from './prepare-backup.ts'
import { startPrivateServer } from './private-server.ts'
import { readServerFacts, readServerTables } from './server-facts.ts'
import { queryServer } from './server-query.ts'
import { runProgram } from './spawn-program.ts'
import { streamBackup } from './stream-backup.ts'

const signal = new AbortController().signal
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hf-tool-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const stub = (script: string): Promise<BackupTool> => writeStubTool(folder, script)

describe('a tool that is not what it says', () => {
  const good = `lsn; printf data; echo 'completed OK!' >&2`

  test('30: exit status 0 and `completed OK!` are both needed', async () => {
    const run = async (script: string): Promise<string> => {
      const backup = streamBackup({ tool: await stub(script), connection: {}, signal })
      return collect(backup.data).then((data) => `${data} to ${backup.result().checkpoints.toLsn}`, String)
    }
    expect(await run(good)).toBe('data to 20')
    expect(await run(`${good}; exit 1`)).toContain('ended with status 1')
    expect(await run(`${good}; echo more >&2`)).toContain('Its last lines:\ncompleted OK!\nmore')
    expect(await run(`lsn; printf data`)).toContain('ended with status 0')
    expect(await run(`echo 'Access denied' >&2; exit 1`)).toContain('Access denied')
    expect(await run(`lsn; echo 'completed OK!' >&2; kill -9 $$`)).toContain('ended by a signal')
    expect(await run(`printf data; echo 'completed OK!' >&2`)).toContain('left no xtrabackup_checkpoints')
  })

  test('one that is not there, or is no program, is missing; nothing of it is unexpected', async () => {
    const tool = { path: path.join(folder, 'nothing'), family: 'mariadb', version: '1', canTar: false } as const
    await expect(collect(streamBackup({ tool, connection: {}, signal }).data)).rejects.toMatchObject({
      code: 'mysql/tool-missing',
    })
    await expect(findBackupTool(tool.path, signal)).rejects.toMatchObject({ code: 'mysql/tool-missing' })
    // Not a program, a folder, a path through a file: Node throws some of these at once, and tells others later.
    const text = path.join(folder, 'text')
    await writeFile(text, 'no program', { mode: 0o755 })
    for (const odd of [text, folder, path.join(text, 'below'), `/${'x'.repeat(300)}`])
      await expect(findBackupTool(odd, signal)).rejects.toMatchObject({ code: 'mysql/tool-missing' })
    await expect(findBackupTool('a\0b', signal)).rejects.toMatchObject({ code: 'input/invalid' })
    await expect(findBackupTool('/bin/true', signal)).rejects.toMatchObject({ code: 'mysql/tool-missing' })
  })

  test('20: leaving early stops it, also one that writes without end', async () => {
    const tool = await stub(`echo $$ > ${folder}/pid; exec yes`)
    for await (const _ of streamBackup({ tool, connection: {}, signal }).data) break
    const pid = Number(await readFile(path.join(folder, 'pid'), 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  test('a cancel stops it and is what is thrown', async () => {
    const tool = await stub(`echo ready >&2; exec sleep 60`)
    const cancel = new AbortController()
    const backup = streamBackup({
      tool,
      connection: {},
      signal: cancel.signal,
      onLine: () => cancel.abort(new Error('cancelled')),
    })
    await expect(collect(backup.data)).rejects.toThrow('cancelled')
  })

  test('nothing of the login is on its command line or left behind', async () => {
    const tool = await stub(`echo "$@" > ${folder}/args; ${good}`)
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith(`holdfast-login-${process.pid}-`))
    await collect(streamBackup({ tool, connection: { user: 'u', password: 'geheim' }, signal }).data)
    expect(await readFile(path.join(folder, 'args'), 'utf8')).not.toContain('geheim')
    const after = (await readdir(tmpdir())).filter((name) => name.startsWith(`holdfast-login-${process.pid}-`))
    expect(after.filter((name) => !before.includes(name))).toEqual([])
  })

  test('its arguments are never read by a shell', async () => {
    const script = path.join(folder, 'print')
    await writeFile(script, '#!/bin/sh\nprintf "%s|" "$@"\n')
    await chmod(script, 0o755)
    const { output } = await runProgram(script, ['$(id)', '; rm x', '`id`', "'"], { signal })
    expect(output).toBe("$(id)|; rm x|`id`|'|")
  })
})

describeWithMariadb('with the real mariadb-backup', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await server.query(`CREATE DATABASE shop; USE shop;
      CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(200));
      INSERT INTO orders (v) SELECT REPEAT('x', 100) FROM seq_1_to_5000;
      CREATE TABLE notes (id INT, t TEXT) ENGINE=MyISAM; INSERT INTO notes VALUES (1, 'tab\tand\nline');`)
  })
  afterAll(() => server.stop())

  test('a full and an incremental are prepared and started, every row there', async () => {
    const tool = await findBackupTool(undefined, signal)
    const { connection } = server
    const full = streamBackup({ tool, connection, signal })
    await unpackXbstream(full.data, path.join(folder, 'base'), { signal })
    await server.query(`INSERT INTO shop.orders (v) SELECT REPEAT('y', 90) FROM shop.orders LIMIT 500;`)
    const then = await server.checksums()
    const incremental = streamBackup({ tool, connection, signal, incrementalLsn: full.result().checkpoints.toLsn })
    await unpackXbstream(incremental.data, path.join(folder, 'inc'), { signal })
    const { checkpoints, info } = incremental.result()
    expect([checkpoints.fromLsn, info.isIncremental]).toEqual([full.result().checkpoints.toLsn, true])
    expect(info.binlog?.file).toBe('mysql-bin.000001')

    await prepareBackup(path.join(folder, 'base'), [path.join(folder, 'inc')], { tool, signal })
    await copyBack(path.join(folder, 'base'), path.join(folder, 'data'), { tool, signal })
    const restored = await startPrivateServer({ dataFolder: path.join(folder, 'data'), arguments: [], signal })
    try {
      expect(await readChecksums({ ...restored.connection, user: 'root' })).toEqual(then)
    } finally {
      await restored.stop()
    }
  })

  test('facts and tables of the server', async () => {
    const facts = await readServerFacts(server.connection, signal)
    expect(facts.version).toMatch(/MariaDB/)
    expect(facts.uid).not.toBe('')
    expect(path.resolve(facts.dataFolder)).toBe(server.dataFolder)
    const tables = await readServerTables(server.connection, signal)
    expect(tables.find(({ name }) => name === 'notes')).toMatchObject({ database: 'shop', engine: 'MyISAM' })
  })

  test('values with tabs and line feeds come whole', async () => {
    const rows = await queryServer(server.connection, 'SELECT t, id FROM shop.notes;', signal)
    expect(rows).toEqual([['tab\tand\nline', '1']])
  })

  test('a wrong password: the tool and the client say so, and no byte comes', async () => {
    const tool = await findBackupTool(undefined, signal)
    const connection = { ...server.connection, password: 'wrong' }
    let bytes = 0
    const failure = await (async () => {
      for await (const piece of streamBackup({ tool, connection, signal }).data) bytes += piece.length
    })().catch((error: unknown) => String(error))
    expect([bytes, failure]).toEqual([0, expect.stringContaining('Access denied')])
    expect(failure).not.toContain('wrong')
    await expect(queryServer(connection, 'SELECT 1;', signal)).rejects.toThrow('Access denied')
  })
})
