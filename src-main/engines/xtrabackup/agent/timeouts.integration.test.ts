import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CopyFromOptions, copyFrom } from '../client/copy-from.ts'
import { requestText } from '../testing/agent.fixture.ts'
import { agentsOfFile, until } from '../testing/agents-of-file.fixture.ts'
import { collect } from '../testing/bytes.fixture.ts'
import { describeWithMariadb } from '../testing/mariadb-programs.fixture.ts'
import { startTestServer, type TestServer } from '../testing/mariadb-server.fixture.ts'
import { writeStubTool } from '../testing/stub-tool.fixture.ts'

const signal = new AbortController().signal
const { at, start } = agentsOfFile()

describeWithMariadb('the timeouts of the server', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server.stop())
  const timeouts = async () =>
    Object.fromEntries(
      await server.query(`SHOW GLOBAL VARIABLES WHERE Variable_name RLIKE '^(wait|net_read|net_write)_timeout$';`),
    )
  const before = { net_read_timeout: '30', net_write_timeout: '60', wait_timeout: '28800' }
  const during = { net_read_timeout: '4000', net_write_timeout: '4000', wait_timeout: '40000' }
  const wanted = { waitSeconds: 40_000, netSeconds: 4000, isNeeded: true }
  const root = () => ({ ...server.connection, user: 'root', password: undefined })
  /** A tool that streams a byte, and goes on when a file is there. */
  const waiting = () =>
    writeStubTool(
      at(''),
      `lsn; printf x; while [ ! -e ${at('go')} ]; do sleep 0.05; done; [ -s ${at('go')} ] && exit 3; echo 'completed OK!' >&2`,
    )

  test('are raised while backups run, by the first, and put back by the last, however they end', async () => {
    const { client, agent } = await start({ connection: root(), tool: (await waiting()).path })
    const copy = async (more: Partial<CopyFromOptions> = {}) => {
      const reply = await copyFrom(client(), { level: 'full', timeouts: wanted, ...more }, signal)
      if (reply.kind !== 'stream') throw new Error('nothing was sent')
      return reply
    }
    const first = await copy()
    expect(await timeouts()).toEqual(during)
    // Never lowered, and what an administrator sets meanwhile stays.
    const second = await copy({ timeouts: { waitSeconds: 100, isNeeded: true } })
    expect(await timeouts()).toEqual({ ...during, net_read_timeout: '28800', net_write_timeout: '28800' })
    await server.query('SET GLOBAL net_write_timeout = 77;')
    second.close()
    await until(() => agent.connections().length <= 1)
    expect((await timeouts()).wait_timeout).toBe('40000')
    await writeFile(at('go'), 'fail')
    await expect(collect(first.data)).rejects.toMatchObject({ code: 'mysql/agent-refused' })
    await until(() => agent.connections().length === 0)
    expect(await timeouts()).toEqual({ ...before, net_write_timeout: '77' })
    await server.query('SET GLOBAL net_write_timeout = 60;')
  })

  test('without the rights there is no backup, unless the caller does without; callers of the original mean eight hours', async () => {
    await writeFile(at('go'), '')
    const { raw, client, events } = await start({ connection: server.connection, tool: (await waiting()).path })
    const refused = 'Unable to set the MySQL timeouts'
    await expect(copyFrom(client(), { level: 'full', timeouts: wanted }, signal)).rejects.toThrow(refused)
    const request = (more: Record<string, string>) =>
      raw(requestText({ action: 'copy from', 'backup-level': '0', file: '/x/ZRM_LINKS/.', ...more })).then(String)
    expect(await request({})).toMatch(/^READY\n2\nstatus=FAILED\nmsg=ERROR Unable to set the MySQL timeouts.*SUPER/)
    for (const [key, value] of [
      ['must-set-mysql-timeouts', 'yes'],
      ['mysql-wait-timeout', '1; SET PASSWORD = 1'],
      ['mysql-wait-timeout', '0'],
      ['mysql-net-timeout', '99999999'],
    ] as const)
      expect(await request({ [`xtrabackup-agent:${key}`]: value })).toMatch(/status=FAILED\nmsg=m/)
    expect(events.filter(({ kind }) => kind === 'warning')).toEqual([])
    const without = await copyFrom(client(), { level: 'full', timeouts: { ...wanted, isNeeded: false } }, signal)
    expect(without.kind).toBe('stream')
    expect(events.filter(({ kind }) => kind === 'warning').length).toBe(1)
    // Callers of ours who name none leave them, and so does an agent that is told to.
    expect((await copyFrom(client(), { level: 'full' }, signal)).kind).toBe('stream')
    const keeping = await start({ connection: root(), keepsTimeouts: true, tool: (await waiting()).path })
    expect((await copyFrom(keeping.client(), { level: 'full', timeouts: wanted }, signal)).kind).toBe('stream')
    expect(await timeouts()).toEqual(before)
  })
})
