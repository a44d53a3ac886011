import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AgentClient } from '../client/agent-client.ts'
import { type CopyFromOptions, copyFrom } from '../client/copy-from.ts'
import { receiveBackup } from '../client/receive-backup.ts'
import { unpackTar } from '../tar/unpack-tar.ts'
import { requestText, type TestAgent } from '../testing/agent.fixture.ts'
import { agentsOfFile } from '../testing/agents-of-file.fixture.ts'
import { collect, membersOf } from '../testing/bytes.fixture.ts'
import { describeWithMariadb } from '../testing/mariadb-programs.fixture.ts'
import { startTestServer, type TestServer } from '../testing/mariadb-server.fixture.ts'
import { writeStubTool } from '../testing/stub-tool.fixture.ts'
import { parseCheckpoints } from '../tool/checkpoints.ts'
import { pairValue } from '../wire/kv-block.ts'
import { chunkTypes, replaceFlag } from '../xbstream/chunk-format.ts'
import { chunkHead, payloadHead, writeXbstream } from '../xbstream/xbstream-writer.ts'
import type { AgentOptions } from './agent-options.ts'

const signal = new AbortController().signal
const { at, start: startAgent } = agentsOfFile()

async function receive(client: AgentClient, options: CopyFromOptions, to: string) {
  const reply = await copyFrom(client, options, signal)
  if (reply.kind !== 'stream') throw new Error('nothing was sent')
  await receiveBackup(reply, at(to), { signal })
  return { facts: reply.facts, trailer: reply.trailer() }
}

describeWithMariadb('an agent beside a real MariaDB', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await server.query(`CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, v VARCHAR(200));
      USE shop; INSERT INTO orders SELECT seq, REPEAT('x', 150) FROM seq_1_to_3000;`)
  })
  afterAll(() => server.stop())

  async function start(options: Partial<AgentOptions> = {}): Promise<TestAgent> {
    return startAgent({ connection: server.connection, stagingFolder: at(''), ...options })
  }

  test('26, 27: a full and an incremental of pages, over our frames', async () => {
    const { client } = await start({ parallel: 2 })
    const full = await receive(client(), { level: 'full' }, 'full')
    const toLsn = pairValue(full.trailer ?? new Map(), 'to-lsn')
    const { toLsn: inFile } = parseCheckpoints(await readFile(at('full/xtrabackup_checkpoints'), 'utf8'))
    expect(toLsn).toBe(String(inFile))
    await server.query('UPDATE shop.orders SET v = REVERSE(v) WHERE id < 50;')
    const next = await receive(client(), { level: 'incremental', incrementalLsn: inFile }, 'next')
    expect([next.facts.get('bkm-incremental'), next.facts.get('bkm-from-lsn')]).toEqual(['lsn', toLsn])
    expect(next.trailer?.get('from-lsn')).toBe(toLsn)
    expect(next.trailer?.get('gtid')).toMatch(/^0-7-/)
    const [newest] = await Array.fromAsync(client().list({ newerThan: 0, type: 'incremental' }, signal))
    expect(newest?.get('bkm-from-lsn')).toBe(toLsn)
    expect(newest?.get('bkm-to-lsn')).toBe(next.trailer?.get('to-lsn'))
    expect(newest?.get('bkm-server-version')).toMatch(/MariaDB/)
    const [plain] = await Array.fromAsync(client().monitor({ newerThan: 0 }, signal))
    expect(Array.from(plain?.keys() ?? []).filter((key) => key.startsWith('bkm-'))).toEqual([])
    // A table that is younger than the last checkpoint comes whole, as `.new`.
    expect((await readdir(at('next/shop'))).join()).toMatch(/orders\.(?:ibd\.delta|new)/)
  })

  test('26, 29: a full as tar, for callers who know nothing else; GNU tar reads it', async () => {
    const { client, raw } = await start()
    for (const encoding of ['uuencode', 'base64', 'octets'] as const) {
      await receive(client(), { level: 'full', encoding }, encoding)
      const [rows = ''] = (await readdir(at(`${encoding}/shop`))).filter((name) => /\.(?:ibd|new)$/.test(name))
      expect((await stat(at(`${encoding}/shop/${rows}`))).size).toBeGreaterThan(100_000)
    }
    const request = {
      action: 'copy from',
      'backup-level': '0',
      file: '/x/ZRM_LINKS/.',
      'agent-stream-encoding': 'application/octet-stream',
      'xtrabackup-agent:must-set-mysql-timeouts': '0',
    }
    const answer = await raw(requestText(request))
    await writeFile(at('full.tar'), answer.subarray('READY\n1\nstatus=SENDING\n\n'.length))
    const listed = execFileSync('tar', ['-tvf', at('full.tar')], { encoding: 'utf8' })
    expect(listed).toMatch(/-rw-r----- .* shop\/orders\.(?:ibd|new)/)
    const left = (await readdir(at(''))).filter((name) => name.startsWith('holdfast-stage-'))
    expect(left).toEqual([])
  })

  test('29: renames and rewrites late in the stream are in the tar', async () => {
    const rename = chunkHead(chunkTypes.rename, 'shop/old.MAD', 4 + 12)
    rename.writeUInt32LE(12, rename.length - 16)
    rename.write('shop/new.MAD', rename.length - 12)
    const again = payloadHead('shop/t.frm', 0n, Buffer.from('second'))
    again[8] = replaceFlag
    const stream = Buffer.concat([
      await collect(
        writeXbstream(
          membersOf([
            ['shop/old.MAD', Buffer.from('rows')],
            ['shop/t.frm', Buffer.from('the first')],
            ['xtrabackup_checkpoints', Buffer.from('c')],
            ['xtrabackup_info', Buffer.from('i')],
          ]),
        ),
      ),
      rename,
      again,
      Buffer.from('second'),
      chunkHead(chunkTypes.end, 'shop/t.frm', 0),
    ])
    await writeFile(at('stream'), stream)
    const tool = await writeStubTool(at(''), `lsn; cat ${at('stream')}; echo 'completed OK!' >&2`)
    const { client } = await start({ tool: tool.path })
    await receive(client(), { level: 'full', encoding: 'uuencode' }, 'out')
    expect((await readdir(at('out/shop'))).toSorted()).toEqual(['new.MAD', 't.frm'])
    expect(await readFile(at('out/shop/t.frm'), 'utf8')).toBe('second')
  })

  test('30: a tool that fails while it is staged is told before SENDING', async () => {
    const tool = await writeStubTool(at(''), `lsn; echo 'the disk is gone' >&2; exit 3`)
    const { client } = await start({ tool: tool.path })
    await expect(copyFrom(client(), { level: 'full', encoding: 'uuencode' }, signal)).rejects.toThrow(
      'the disk is gone',
    )
  })

  test('8: binary logs from one on, without the last; the same session again gives OK', async () => {
    const { client } = await start()
    const logs = async () => (await server.query('SHOW BINARY LOGS;')).map(([name = '']) => name)
    const [first = ''] = (await logs()).slice(-1)
    await server.query('FLUSH BINARY LOGS; INSERT INTO shop.orders VALUES (90001, "a"); FLUSH BINARY LOGS;')
    const wanted = (await logs()).slice(0, -1)
    const options: CopyFromOptions = { level: 'incremental', binlog: first, sid: 'one', encoding: 'uuencode' }
    const copy = async (more: Partial<CopyFromOptions>, to: string): Promise<string[]> => {
      const reply = await copyFrom(client(), { ...options, ...more }, signal)
      if (reply.kind === 'nothing') return ['nothing']
      return (await unpackTar(reply.data, at(to), { signal })).map((member) => member.path)
    }
    const sent = wanted.slice(wanted.indexOf(first))
    expect(await copy({}, 'logs')).toEqual(sent)
    expect((await readFile(at(`logs/${first}`))).toString('hex', 0, 4)).toBe('fe62696e')
    expect(await copy({}, 'again')).toEqual(['nothing'])
    expect(await copy({ sid: 'two', encoding: undefined }, 'frames')).toEqual(sent)
    // Where they are the server says, whatever the caller thinks.
    const { raw } = await start()
    const elsewhere = await raw(
      requestText({
        action: 'copy from',
        'backup-level': '1',
        file: '/etc/passwd',
        'mysql-binlog-path': '/etc',
        binlog: first,
        sid: 'five',
        'agent-stream-encoding': 'application/octet-stream',
      }),
    )
    expect(elsewhere.includes(first) && !elsewhere.includes('/etc')).toBe(true)
    await expect(copy({ sid: 'three', binlog: '../../etc/passwd' }, 'x')).rejects.toThrow('no binary log')
    await expect(copy({ sid: 'four', isReplica: true }, 'x')).rejects.toThrow(/slave|replica/i)
  })

  test('9: what a replica says of itself is in the SENDING block, with line feeds escaped', async () => {
    await server.query(
      `CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='r', MASTER_CONNECT_RETRY=1;`,
    )
    await server.query('GRANT REPLICATION SLAVE ADMIN ON *.* TO backup@localhost;')
    try {
      const { client } = await start()
      const [first = ''] = (await server.query('SHOW BINARY LOGS;')).map(([name = '']) => name)
      const options = {
        level: 'incremental',
        binlog: first,
        sid: 'slave',
        encoding: 'uuencode',
        isReplica: true,
      } as const
      const reply = await copyFrom(client(), options, signal)
      if (reply.kind !== 'stream') throw new Error('nothing was sent')
      await collect(reply.data)
      expect(reply.facts.get('Master_Host')).toBe('127.0.0.1')
      expect(reply.facts.size).toBeGreaterThan(40)
    } finally {
      await server.query('STOP SLAVE; RESET SLAVE ALL;')
    }
  })

  test('check and tables', async () => {
    const { client } = await start()
    const block = await client().check([], signal)
    expect(block.get('tool-family')).toBe('mariadb')
    expect(Number(block.get('free-bytes'))).toBeGreaterThan(0)
    expect(block.get('rights')?.split(';')).toEqual(expect.arrayContaining(['RELOAD', 'PROCESS', 'BINLOG MONITOR']))
    expect([block.get('missing-rights'), block.get('takes-backups')]).toEqual(['', '0'])
    const tables = await Array.fromAsync(client().tables([], signal))
    expect(tables.find(({ name }) => name === 'orders')).toMatchObject({ database: 'shop', engine: 'InnoDB' })
  })

  test('a login that the caller brings, and a wrong one', async () => {
    const { password, ...rest } = server.connection
    const { client } = await start({ connection: { socket: rest.socket } })
    await receive(client(), { level: 'full', user: 'backup', password }, 'full')
    await expect(copyFrom(client(), { level: 'full', user: 'backup', password: 'wrong' }, signal)).rejects.toThrow(
      'Access denied',
    )
  })

  test('some databases only', async () => {
    const { client } = await start()
    await receive(client(), { level: 'full', databases: ['shop'] }, 'part')
    expect(await readFile(at('part/xtrabackup_info'), 'utf8')).toContain('partial = Y')
  })
})

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) {
  test('25: TLS was not tried: openssl, which makes its certificate, is not installed', () => {
    console.warn('openssl is not on the PATH: TLS to the agent was not tried')
  })
}

describe.runIf(hasOpenssl)('25: TLS', () => {
  test('a request over TLS, to the certificate that is known and to no other', async () => {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-subj',
        '/CN=localhost',
        '-days',
        '2',
        '-keyout',
        at('key'),
        '-out',
        at('cert'),
      ],
      { stdio: 'ignore' },
    )
    const certificate = await readFile(at('cert'), 'utf8')
    const agent = await startAgent({ tls: { certificate, key: await readFile(at('key'), 'utf8') } })
    const dial = (tls: { fingerprint?: string; authority?: string }) =>
      new AgentClient({ address: { kind: 'tcp', host: 'localhost', port: agent.port, tls } })
    const { fingerprint256 } = new X509Certificate(certificate)
    for (const tls of [{ fingerprint: fingerprint256 }, { authority: certificate }])
      expect(await Array.fromAsync(dial(tls).monitor({ newerThan: 0 }, signal))).toEqual([])
    for (const tls of [{}, { fingerprint: fingerprint256.replaceAll(/[0-8]/g, '9') }]) {
      await expect(Array.fromAsync(dial(tls).monitor({ newerThan: 0 }, signal))).rejects.toMatchObject({
        code: 'mysql/agent-unreachable',
      })
    }
    // Who speaks in clear to it is not understood.
    await agent.raw(requestText({ action: 'monitor', newer_than: '0' })).catch(() => undefined)
  })
})
