import { once } from 'node:events'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { copyFrom } from '../client/copy-from.ts'
import { receiveBackup } from '../client/receive-backup.ts'
import { requestText } from '../testing/agent.fixture.ts'
import { agentsOfFile, goodScript, percona24, until } from '../testing/agents-of-file.fixture.ts'
import { collect, membersOf } from '../testing/bytes.fixture.ts'
import { tarOf } from '../testing/tar.fixture.ts'
import { writeXbstream } from '../xbstream/xbstream-writer.ts'

const signal = new AbortController().signal
const { at, startWithTool } = agentsOfFile()

const backupFiles = [
  ['shop/orders.ibd', Buffer.alloc(300_000, 'orders ')],
  ['xtrabackup_checkpoints', Buffer.from('c')],
  ['xtrabackup_info', Buffer.from('i')],
] as const

const full = { action: 'copy from', 'backup-level': '0', file: '/x/ZRM_LINKS/.', user: 'u', password: 'p' }

describe('what our own clients hear', () => {
  test('6, 23, 24: level 0 as xbstream in our frames, with a trailer', async () => {
    await writeFile(at('stream'), await collect(writeXbstream(membersOf(backupFiles))))
    const { client, agent, events } = await startWithTool()
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
    const { client } = await startWithTool(`cat "$(dirname "$0")/stream"; echo 'server has gone away' >&2; exit 1`)
    const reply = await copyFrom(client(), { level: 'full' }, signal)
    if (reply.kind !== 'stream') throw new Error('no stream')
    await expect(receiveBackup(reply, at('out'), { signal })).rejects.toThrow('server has gone away')
  })

  test('30: a tool that fails before its first byte is told before anything is promised', async () => {
    const { client } = await startWithTool(`echo 'Access denied for user' >&2; exit 1`)
    await expect(copyFrom(client(), { level: 'full' }, signal)).rejects.toThrow('Access denied for user')
  })

  test('20: a backup that is not read at all ends as well, and with it the tool', async () => {
    const { client, agent } = await startWithTool(`echo $$ > ${at('pid')}; echo x; exec sleep 60`)
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
    const { client, agent, raw } = await startWithTool(`echo $$ > ${at('pid')}; echo x; exec sleep 60`)
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
    const { client, agent } = await startWithTool(`echo begun; [ -e ${at('go')} ] || exec sleep 60`)
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
    const { raw } = await startWithTool(
      `echo "$@" > ${at('args')}; cat "$1" "\${1#--defaults-file=}" >> ${at('args')} 2>/dev/null; ${goodScript}`,
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
    const { client, raw, port } = await startWithTool(undefined, { secret: 'sesame' })
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
    const { raw, events } = await startWithTool(undefined, { allow: ['10.0.0.0/8'] })
    await raw('0.76.1\n').catch(() => undefined)
    await until(() => events.length > 0)
    expect(events[0]).toMatchObject({ kind: 'refused', peer: '127.0.0.1' })
  })

  test('a bandwidth limit slows it down', async () => {
    await writeFile(at('stream'), await collect(writeXbstream(membersOf(backupFiles))))
    const { client } = await startWithTool(undefined, { bytesPerSecond: 600_000 })
    const begun = performance.now()
    const reply = await copyFrom(client(), { level: 'full' }, signal)
    if (reply.kind !== 'stream') throw new Error('no stream')
    await collect(reply.data)
    // 300,000 bytes take half a second; what the machine adds does not matter.
    expect(performance.now() - begun).toBeGreaterThan(400)
  })
})
