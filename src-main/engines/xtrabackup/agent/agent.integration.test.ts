import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { copyFrom } from '../client/copy-from.ts'
import { receiveBackup } from '../client/receive-backup.ts'
import { requestText } from '../testing/agent.fixture.ts'
import { agentsOfFile, goodScript, percona24, until } from '../testing/agents-of-file.fixture.ts'
import { collect } from '../testing/bytes.fixture.ts'
import { tarOf } from '../testing/tar.fixture.ts'

const signal = new AbortController().signal
const { at, startWithTool } = agentsOfFile()

const full = { action: 'copy from', 'backup-level': '0', file: '/x/ZRM_LINKS/.', user: 'u', password: 'p' }

describe('what callers of the original hear', () => {
  test.each([
    ['0.77.0\n0\n\n', '2\nstatus=FAILED\nmsg=Incompatible client version 0.77.0.\n\n'],
    ['1.0.0\n', '2\nstatus=FAILED\nmsg=Incompatible client version 1.0.0.\n\n'],
    ['76.1\n', '2\nstatus=FAILED\nmsg=Incompatible client version 76.1.\n\n'],
    ['0.76.1\n0\n\n', `2\nstatus=FAILED\nmsg=Missing required header key 'action'.\n\n`],
    ['0.76.1\n1\naction=\n\n', `2\nstatus=FAILED\nmsg=Missing required header key 'action'.\n\n`],
  ])('3, 5: %j', async (request, answer) => {
    const { raw } = await startWithTool()
    expect((await raw(request)).toString()).toBe(answer)
  })

  test.each([
    ['0.76.1\nabc\n', 'Bad input: \\"abc\\"'],
    ['0.76.1\n1\nfoo\n\n', 'Bad data in \\"foo\\"'],
    ['0.76.1\n1\na=b\nc\n', 'Bad data'],
    [`0.76.1\n1\na=${'x'.repeat(20_000)}\n\n`, 'longer than'],
  ])('2: a bad header is told before READY (%#)', async (request, problem) => {
    const { raw } = await startWithTool()
    const answer = (await raw(request)).toString()
    expect(answer).toMatch(/^2\nstatus=FAILED\nmsg=/)
    expect(JSON.stringify(answer)).toContain(problem.replaceAll('\\"', '\\"'))
  })

  test('2: a caller who says nothing, or half a request, is not waited for', async () => {
    const { raw } = await startWithTool(undefined, { headerTimeoutMs: 50 })
    expect((await raw('0.76.1\n3\naction=')).length).toBe(0)
  })

  test('11: an unknown action and a bad level are told', async () => {
    const { raw } = await startWithTool()
    expect((await raw(requestText({ action: 'remove-backup-data' }))).toString()).toMatch(/^READY\n2\nstatus=FAILED/)
    expect((await raw(requestText({ ...full, 'backup-level': '2' }))).toString()).toContain('neither 0 nor 1')
    expect((await raw(requestText({ action: 'check' }))).toString()).toContain('knows no action')
  })

  test('5: mandatory keys', async () => {
    const { raw } = await startWithTool(undefined, { connection: {} })
    expect((await raw(requestText({ action: 'copy from', user: 'u' }))).toString()).toBe(
      'READY\n2\nstatus=FAILED\nmsg=Mandatory parameters missing: password, backup-level, file.\n\n',
    )
  })

  test('7: a file without ZRM_LINKS gives OK', async () => {
    const { raw } = await startWithTool()
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
    const { raw, client } = await startWithTool(undefined, {}, percona24)
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
    const { raw, client } = await startWithTool(undefined, {}, percona24)
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
    const { raw } = await startWithTool(undefined, {}, percona24)
    expect((await raw(requestText({ ...full, 'agent-stream-encoding': 'application/x-foo' }))).toString()).toBe(
      'READY\n1\nstatus=SENDING\n\n2\nstatus=FAILED\nmsg=Unknown encoding requested: application/x-foo\n\n',
    )
  })

  test('16, 30: a tool that fails in the middle is told in the data', async () => {
    const script = `head -c 20000 /dev/zero; echo 'lost connection' >&2; exit 1`
    for (const encoding of ['uuencode', 'base64', 'octets'] as const) {
      const { client, agent } = await startWithTool(script, {}, percona24)
      const reply = await copyFrom(client(), { level: 'full', encoding }, signal)
      if (reply.kind !== 'stream') throw new Error('no stream')
      await expect(collect(reply.data)).rejects.toThrow('lost connection')
      await agent.close()
    }
  })

  test('23: the answer to a caller of the original has no pair that it does not know', async () => {
    await writeFile(at('stream'), await tarOf({ a: 'b' }))
    const { raw } = await startWithTool(undefined, {}, percona24)
    const request = requestText({ ...full, 'bkm-stream-format': 'xbstream', 'bkm-compress': 'gzip' })
    expect((await raw(request)).toString('latin1')).toMatch(/^READY\n1\nstatus=SENDING\n\n/)
  })

  test('10: monitor: newest first, filtered; a running job has a process id; empty history', async () => {
    let now = 100
    await writeFile(at('stream'), await tarOf({ xtrabackup_checkpoints: 'c', xtrabackup_info: 'i' }))
    const historyFile = at('history.json')
    const script = `[ -e ${at('wait')} ] && { echo waiting >&2; exec sleep 60; }; ${goodScript}`
    const history = await startWithTool(script, { historyFile, now: () => now }, percona24)
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
    const again = await startWithTool(undefined, { historyFile, now: () => now }, percona24)
    expect((await again.raw(requestText({ action: 'monitor', newer_than: '0' }))).toString()).toContain(
      'copy interrupted',
    )
  })
})
