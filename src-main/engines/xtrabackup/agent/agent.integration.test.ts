import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyFrom } from '../client/copy-from.ts'
import { receiveBackup } from '../client/receive-backup.ts'
import { requestText, startTestAgent, type TestAgent } from '../testing/agent.fixture.ts'
import { collect, membersOf } from '../testing/bytes.fixture.ts'
import { writeStubTool } from '../testing/stub-tool.fixture.ts'
import { tarOf } from '../testing/tar.fixture.ts'
import { writeXbstream } from '../xbstream/xbstream-writer.ts'
import type { AgentOptions } from './agent-options.ts'

const signal = new AbortController().signal
let folder: string
let running: TestAgent[] = []
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hf-agent-'))
})
afterEach(async () => {
  for (const { agent } of running) await agent.close()
  running = []
  await rm(folder, { recursive: true, force: true })
})

const at = (name: string): string => path.join(folder, name)
const good = `lsn; cat "$(dirname "$0")/stream"; echo 'completed OK!' >&2`
const percona24 = 'xtrabackup version 2.4.29 based on MySQL server 5.7.44 Linux (x86_64)'

async function start(script = good, options: Partial<AgentOptions> = {}, version?: string): Promise<TestAgent> {
  const { path: tool } = await writeStubTool(folder, script, version)
  const agent = await startTestAgent({ tool, ...options })
  running.push(agent)
  return agent
}

const backupFiles = [
  ['shop/orders.ibd', Buffer.alloc(300_000, 'orders ')],
  ['xtrabackup_checkpoints', Buffer.from('c')],
  ['xtrabackup_info', Buffer.from('i')],
] as const

const full = { action: 'copy from', 'backup-level': '0', file: '/x/ZRM_LINKS/.', user: 'u', password: 'p' }

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10)
}

describe('what callers of the original hear', () => {
  test.each([
    ['0.77.0\n0\n\n', '2\nstatus=FAILED\nmsg=Incompatible client version 0.77.0.\n\n'],
    ['1.0.0\n', '2\nstatus=FAILED\nmsg=Incompatible client version 1.0.0.\n\n'],
    ['76.1\n', '2\nstatus=FAILED\nmsg=Incompatible client version 76.1.\n\n'],
    ['0.76.1\n0\n\n', `2\nstatus=FAILED\nmsg=Missing required header key 'action'.\n\n`],
    ['0.76.1\n1\naction=\n\n', `2\nstatus=FAILED\nmsg=Missing required header key 'action'.\n\n`],
  ])('3, 5: %j', async (request, answer) => {
    const { raw } = await start()
    expect((await raw(request)).toString()).toBe(answer)
  })

  test.each([
    ['0.76.1\nabc\n', 'Bad input: \\"abc\\"'],
    ['0.76.1\n1\nfoo\n\n', 'Bad data in \\"foo\\"'],
    ['0.76.1\n1\na=b\nc\n', 'Bad data'],
    [`0.76.1\n1\na=${'x'.repeat(20_000)}\n\n`, 'longer than'],
  ])('2: a bad header is told before READY (%#)', async (request, problem) => {
    const { raw } = await start()
    const answer = (await raw(request)).toString()
    expect(answer).toMatch(/^2\nstatus=FAILED\nmsg=/)
    expect(JSON.stringify(answer)).toContain(problem.replaceAll('\\"', '\\"'))
  })

  test('2: a caller who says nothing, or half a request, is not waited for', async () => {
    const { raw } = await start(good, { headerTimeoutMs: 50 })
    expect((await raw('0.76.1\n3\naction=')).length).toBe(0)
  })

  test('11: an unknown action and a bad level are told', async () => {
    const { raw } = await start()
    expect((await raw(requestText({ action: 'remove-backup-data' }))).toString()).toMatch(/^READY\n2\nstatus=FAILED/)
    expect((await raw(requestText({ ...full, 'backup-level': '2' }))).toString()).toContain('neither 0 nor 1')
    expect((await raw(requestText({ action: 'check' }))).toString()).toContain('knows no action')
  })

  test('5: mandatory keys', async () => {
    const { raw } = await start(good, { connection: {} })
    expect((await raw(requestText({ action: 'copy from', user: 'u' }))).toString()).toBe(
      'READY\n2\nstatus=FAILED\nmsg=Mandatory parameters missing: password, backup-level, file.\n\n',
    )
  })

  test('7: a file without ZRM_LINKS gives OK', async () => {
    const { raw } = await start()
    expect((await raw(requestText({ ...full, file: '/x/y' }))).toString()).toBe('READY\n1\nstatus=OK\n\n')
  })

  test.each([
    ['application/x-uuencode-stream', 'uuencode'],
    ['application/x-base64-stream', 'base64'],
    ['application/octet-stream', 'octets'],
  ] as const)('6: level 0 as %s; the sample of the document, which has no sid, is served', async (name, encoding) => {
    await writeFile(
      at('stream'),
      await tarOf({ xtrabackup_checkpoints: 'c', xtrabackup_info: 'i', a: 'x'.repeat(50_000) }),
    )
    const { raw, client } = await start(good, {}, percona24)
    const answer = (await raw(requestText({ ...full, 'agent-stream-encoding': name }))).toString('latin1')
    expect(answer.slice(0, 24)).toBe('READY\n1\nstatus=SENDING\n\n')
    const reply = await copyFrom(client(), { level: 'full', encoding }, signal)
    if (reply.kind !== 'stream') throw new Error('no stream')
    expect(reply.facts.size).toBe(0)
    await receiveBackup(reply, at('out'), { signal })
    expect(await readFile(at('out/a'), 'utf8')).toBe('x'.repeat(50_000))
  })

  test('6: inline-compress by the names of two programs, in each encoding', async () => {
    await writeFile(
      at('stream'),
      await tarOf({ xtrabackup_checkpoints: 'c', xtrabackup_info: 'i', a: 'x'.repeat(9000) }),
    )
    const { raw, client } = await start(good, {}, percona24)
    for (const encoding of ['uuencode', 'base64', 'octets'] as const) {
      const reply = await copyFrom(client(), { level: 'full', encoding, compression: 'gzip' }, signal)
      if (reply.kind !== 'stream') throw new Error('no stream')
      await receiveBackup(reply, at(`gzip-${encoding}`), { signal })
      expect(await readFile(at(`gzip-${encoding}/a`), 'utf8')).toBe('x'.repeat(9000))
    }
    const plain = { ...full, 'agent-stream-encoding': 'application/octet-stream' }
    const head = 'READY\n1\nstatus=SENDING\n\n'.length
    for (const [command, magic] of [
      ['/usr/bin/gzip -c', '1f8b'],
      ['zstd', '28b52ffd'],
    ] as const) {
      const answer = await raw(requestText({ ...plain, 'xtrabackup-agent:inline-compress': command }))
      expect(answer.toString('hex', head).startsWith(magic)).toBe(true)
    }
  })

  test('16: an unknown encoding is told after SENDING', async () => {
    await writeFile(at('stream'), await tarOf({ a: 'b' }))
    const { raw } = await start(good, {}, percona24)
    expect((await raw(requestText({ ...full, 'agent-stream-encoding': 'application/x-foo' }))).toString()).toBe(
      'READY\n1\nstatus=SENDING\n\n2\nstatus=FAILED\nmsg=Unknown encoding requested: application/x-foo\n\n',
    )
  })

  test('16, 30: a tool that fails in the middle is told in the data', async () => {
    const script = `head -c 20000 /dev/zero; echo 'lost connection' >&2; exit 1`
    for (const encoding of ['uuencode', 'base64', 'octets'] as const) {
      const { client, agent } = await start(script, {}, percona24)
      const reply = await copyFrom(client(), { level: 'full', encoding }, signal)
      if (reply.kind !== 'stream') throw new Error('no stream')
      await expect(collect(reply.data)).rejects.toThrow('lost connection')
      await agent.close()
    }
  })

  test('23: the answer to a caller of the original has no pair that it does not know', async () => {
    await writeFile(at('stream'), await tarOf({ a: 'b' }))
    const { raw } = await start(good, {}, percona24)
    const request = requestText({ ...full, 'bkm-stream-format': 'xbstream', 'bkm-compress': 'gzip' })
    expect((await raw(request)).toString('latin1')).toMatch(/^READY\n1\nstatus=SENDING\n\n/)
  })

  test('10: monitor: newest first, filtered; a running job has a process id; empty history', async () => {
    let now = 100
    await writeFile(at('stream'), await tarOf({ xtrabackup_checkpoints: 'c', xtrabackup_info: 'i' }))
    const historyFile = at('history.json')
    const script = `[ -e ${at('wait')} ] && { echo waiting >&2; exec sleep 60; }; ${good}`
    const history = await start(script, { historyFile, now: () => now }, percona24)
    const list = async (more: Record<string, string>): Promise<string[]> =>
      (await history.raw(requestText({ action: 'monitor', ...more }))).toString().split('\n\n').slice(0, -1)
    expect(await list({ newer_than: '0' })).toEqual([])
    expect((await history.raw(requestText({ action: 'monitor' }))).toString()).toContain('newer_than')
    for (const sid of ['one', 'two']) {
      now += 10
      await history.raw(requestText({ ...full, sid }))
    }
    const [first, second] = await list({ newer_than: '0' })
    expect(first?.split('\n')).toEqual([
      ...['READY', '8', 'sid=two', 'type=full', 'start_time=120', 'end_time=120'],
      ...['backup_size=3072', 'status=success', 'message=-', 'files='],
    ])
    expect(second).toContain('sid=one')
    expect((await list({ newer_than: '110' })).length).toBe(1)
    expect((await list({ newer_than: '0', max_items: '1' })).length).toBe(1)
    expect(await list({ newer_than: '0', type: 'incremental' })).toEqual([])

    // The length of the history may be asked for, within reason.
    expect((await history.raw(requestText({ ...full, 'xtrabackup-agent:stats-history': 'all' }))).toString()).toContain(
      'stats-history is not a number',
    )
    await history.raw(requestText({ ...full, sid: 'short', 'xtrabackup-agent:stats-history': '1' }))
    expect((await list({ newer_than: '0' })).length).toBe(3)

    await writeFile(at('wait'), '')
    const cancel = new AbortController()
    const copying = copyFrom(history.client(), { level: 'full', encoding: 'octets', sid: 'three' }, cancel.signal)
    copying.catch(() => {})
    await until(() => history.events.some((event) => event.kind === 'line' && event.line === 'waiting'))
    expect((await list({ newer_than: '0', max_items: '1' }))[0]).toContain(
      `end_time=-1\nbackup_size=-1\nstatus=${process.pid}`,
    )
    cancel.abort(new Error('cancelled'))
    await expect(copying).rejects.toThrow('cancelled')
    await until(async () => (await list({ newer_than: '0', max_items: '1' }))[0]?.includes('status=failure') ?? false)
    // What the next agent reads is what this one wrote.
    await history.agent.close()
    const again = await start(good, { historyFile, now: () => now }, percona24)
    expect((await again.raw(requestText({ action: 'monitor', newer_than: '0' }))).toString()).toContain(
      'copy interrupted',
    )
  })
})

describe('what our own clients hear', () => {
  test('6, 23, 24: level 0 as xbstream in our frames, with a trailer', async () => {
    await writeFile(at('stream'), await collect(writeXbstream(membersOf(backupFiles))))
    const { client, agent, events } = await start()
    for (const compression of [undefined, 'gzip'] as const) {
      const reply = await copyFrom(client(), { level: 'full', compression }, signal)
      if (reply.kind !== 'stream') throw new Error('no stream')
      await receiveBackup(reply, at(`out-${compression}`), { signal })
      expect(reply.trailer()?.get('to-lsn')).toBe('20')
      expect(reply.trailer()?.get('server-version')).toBe('10.11.19-MariaDB')
      expect((await stat(at(`out-${compression}/shop/orders.ibd`))).size).toBe(300_000)
    }
    await until(() => agent.connections().length === 0)
    expect(events.filter(({ kind }) => kind === 'sent').length).toBe(2)
  })

  test('24, 30: a tool that fails is told in the trailer, whatever it sent', async () => {
    await writeFile(at('stream'), await collect(writeXbstream(membersOf(backupFiles))))
    const { client } = await start(`cat "$(dirname "$0")/stream"; echo 'server has gone away' >&2; exit 1`)
    const reply = await copyFrom(client(), { level: 'full' }, signal)
    if (reply.kind !== 'stream') throw new Error('no stream')
    await expect(receiveBackup(reply, at('out'), { signal })).rejects.toThrow('server has gone away')
  })

  test('30: a tool that fails before its first byte is told before anything is promised', async () => {
    const { client } = await start(`echo 'Access denied for user' >&2; exit 1`)
    await expect(copyFrom(client(), { level: 'full' }, signal)).rejects.toThrow('Access denied for user')
  })

  test('20: a backup that is not read at all ends as well, and with it the tool', async () => {
    const { client, agent } = await start(`echo $$ > ${at('pid')}; echo x; exec sleep 60`)
    const reply = await copyFrom(client(), { level: 'full' }, signal)
    if (reply.kind !== 'stream') throw new Error('no stream')
    await mkdir(at('out'))
    await writeFile(at('out/mine'), 'x')
    await expect(receiveBackup(reply, at('out'), { signal })).rejects.toMatchObject({ code: 'path/not-empty' })
    await until(() => agent.connections().length === 0)
    const pid = Number(await readFile(at('pid'), 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  test('20: when the caller goes the tool is stopped, and the history says so', async () => {
    const { client, agent, raw } = await start(`echo $$ > ${at('pid')}; echo x; exec sleep 60`)
    const reply = await copyFrom(client(), { level: 'full', sid: 'gone' }, signal)
    if (reply.kind !== 'stream') throw new Error('no stream')
    const [connection] = agent.connections()
    expect(connection).toMatchObject({ action: 'copy from', sid: 'gone', peer: '127.0.0.1' })
    for await (const _ of reply.data) break
    const pid = Number(await readFile(at('pid'), 'utf8'))
    await until(() => {
      try {
        return !process.kill(pid, 0)
      } catch {
        return true
      }
    })
    await until(() => agent.connections().length === 0)
    const history = (await raw(requestText({ action: 'monitor', newer_than: '0' }))).toString()
    expect(history).toContain('status=failure\nmessage=copy interrupted')
  })

  test('22: two at a time, a third is refused; a place that is free is given again', async () => {
    await writeFile(at('stream'), await collect(writeXbstream(membersOf(backupFiles))))
    const { client, agent } = await start(`echo begun; [ -e ${at('go')} ] || exec sleep 60`)
    const copies = [
      await copyFrom(client(), { level: 'full' }, signal),
      await copyFrom(client(), { level: 'full' }, signal),
    ]
    await expect(copyFrom(client(), { level: 'full' }, signal)).rejects.toThrow('As many backups')
    const [first] = copies
    if (first?.kind !== 'stream') throw new Error('no stream')
    for await (const _ of first.data) break
    await until(() => agent.connections().length === 1)
    expect((await copyFrom(client(), { level: 'full' }, signal)).kind).toBe('stream')
  })

  test('21: callers choose no programs and no paths', async () => {
    await writeFile(at('stream'), await tarOf({ xtrabackup_checkpoints: 'c', xtrabackup_info: 'i' }))
    const { raw } = await start(
      `echo "$@" > ${at('args')}; cat "$1" "\${1#--defaults-file=}" >> ${at('args')} 2>/dev/null; ${good}`,
      {},
      percona24,
    )
    const evil = `; touch ${at('evil')} ; `
    const request = {
      ...full,
      'xtrabackup-agent:innobackupex-path': at('evil-tool'),
      'xtrabackup-agent:innobackupex-opts': `$(touch ${at('evil')})${evil}`,
      'xtrabackup-agent:my.cnf-path': at('evil.cnf'),
      'xtrabackup-agent:socket': at('evil.sock'),
      'xtrabackup-agent:stats-db-path': at('evil.db'),
      'xtrabackup-agent:nagios-host': evil,
      'xtrabackup-agent:send_nsca-path': at('evil'),
      sid: `../../${evil}`,
      tmpdir: at('evil'),
      'mysql-binlog-path': at('evil'),
    }
    expect((await raw(requestText(request))).toString('latin1')).toContain('status=SENDING')
    const seen = await readFile(at('args'), 'utf8')
    expect(seen).not.toContain('evil')
    const inline = { ...full, 'xtrabackup-agent:inline-compress': `gzip -c | tee ${at('evil')}` }
    expect((await raw(requestText(inline))).toString()).toContain('runs no commands')
    const databases = { ...full, 'bkm-ext': '1', 'bkm-databases': 'a --defaults-extra-file=/x' }
    expect((await raw(requestText(databases))).toString()).toContain('a name that is none')
    for (const name of ['evil', 'evil.db', 'evil-tool']) await expect(stat(at(name))).rejects.toThrow('ENOENT')
  })

  test('25: without the shared secret nothing is served, and no proof counts twice', async () => {
    await writeFile(at('stream'), await collect(writeXbstream(membersOf(backupFiles))))
    const { client, raw, port } = await start(good, { secret: 'sesame' })
    expect((await raw(requestText(full))).toString()).toMatch(/^2\nstatus=FAILED\nmsg=This agent needs/)
    await expect(copyFrom(client({ secret: 'open' }), { level: 'full' }, signal)).rejects.toThrow('secret is wrong')
    expect((await copyFrom(client({ secret: 'sesame' }), { level: 'full' }, signal)).kind).toBe('stream')
    // The same bytes again: what a listener on the way could do.
    let recorded = ''
    const spy = client({
      secret: 'sesame',
      address: async () => {
        const socket = connect(port, '127.0.0.1')
        await once(socket, 'connect')
        const write = socket.write.bind(socket)
        socket.write = ((bytes: string) => {
          recorded += bytes
          return write(bytes)
        }) as typeof socket.write // the client writes its request as one string
        return socket
      },
    })
    await expect(spy.check([], signal)).rejects.toThrow()
    expect((await raw(recorded)).toString()).toContain('was made before')
  })

  test('25: only those on the list may connect', async () => {
    const { raw, events } = await start(good, { allow: ['10.0.0.0/8'] })
    await raw('0.76.1\n').catch(() => undefined)
    await until(() => events.length > 0)
    expect(events[0]).toMatchObject({ kind: 'refused', peer: '127.0.0.1' })
  })

  test('a bandwidth limit slows it down', async () => {
    await writeFile(at('stream'), await collect(writeXbstream(membersOf(backupFiles))))
    const { client } = await start(good, { bytesPerSecond: 600_000 })
    const begun = performance.now()
    const reply = await copyFrom(client(), { level: 'full' }, signal)
    if (reply.kind !== 'stream') throw new Error('no stream')
    await collect(reply.data)
    // 300,000 bytes take half a second; what the machine adds does not matter.
    expect(performance.now() - begun).toBeGreaterThan(400)
  })
})
