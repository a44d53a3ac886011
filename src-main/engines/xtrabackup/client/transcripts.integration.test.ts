import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { collect, pieces } from '../testing/bytes.fixture.ts'
import { type Answer, type ScriptedAgent, startScriptedAgent } from '../testing/scripted-agent.fixture.ts'
import { tarOf } from '../testing/tar.fixture.ts'
import { encodeBlock, failedBlock } from '../wire/kv-block.ts'
import { encodeStream } from '../wire/stream-encoding.ts'
import { AgentClient } from './agent-client.ts'
import { type CopyFromOptions, copyFrom } from './copy-from.ts'
import { receiveBackup } from './receive-backup.ts'
import { writeMasterInfo } from './slave-status.ts'

const signal = new AbortController().signal
let folder: string
let agent: ScriptedAgent | undefined
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hf-client-'))
})
afterEach(async () => {
  await agent?.close()
  agent = undefined
  await rm(folder, { recursive: true, force: true })
})

const old: CopyFromOptions = { level: 'full', user: 'backupdb', password: 's3cUre', encoding: 'uuencode' }
const files = { xtrabackup_checkpoints: 'x', xtrabackup_info: 'y', 'shop/orders.ibd': 'z'.repeat(40_000) }

async function copy(answer: string | Uint8Array | Answer, options = old, more = {}): Promise<string> {
  agent = await startScriptedAgent(answer)
  const reply = await copyFrom(agent.client(more), options, signal)
  if (reply.kind === 'nothing') return 'nothing'
  await receiveBackup(reply, path.join(folder, 'out'), { signal })
  return 'received'
}

/** What the original says: READY, SENDING, then frames, and its end is the end (spec §5.4). */
async function original(encoding: 'uuencode' | 'base64' | 'octets' = 'uuencode', tar?: Uint8Array): Promise<Buffer> {
  const data = encodeStream(encoding, pieces(tar ?? (await tarOf(files)), 3000), 10_240)
  return Buffer.concat([Buffer.from('READY\n1\nstatus=SENDING\n\n'), await collect(data)])
}

describe('what the original was seen to say, replayed to our client', () => {
  test('6: §5.4, a full with the default encoding: the first frame is 14112 bytes of M-lines', async () => {
    const bytes = await original()
    expect(bytes.toString('latin1', 0, 24)).toBe('READY\n1\nstatus=SENDING\n\n')
    expect(bytes.toString('hex', 24, 29)).toBe('000037204d')
    expect(await copy(bytes)).toBe('received')
    expect(await readFile(path.join(folder, 'out/shop/orders.ibd'), 'utf8')).toBe(files['shop/orders.ibd'])
  })

  test.each(['base64', 'octets'] as const)('6, 14, 15: the same as %s', async (encoding) => {
    expect(await copy(await original(encoding), { ...old, encoding })).toBe('received')
  })

  test('§15: the request that our client writes to an old agent', async () => {
    const sid = '/srv/backups/BackupSet/20260101000000'
    await copy(await original('base64'), {
      ...old,
      ...{ sid, file: `${sid}/ZRM_LINKS/.`, encoding: 'base64', blockBytes: 65_536 },
    })
    const [version, count, ...lines] = (agent?.requests[0] ?? '').split('\n')
    expect([version, count]).toEqual(['0.76.1', '10'])
    expect(lines.toSorted()).toEqual(
      [
        'action=copy from',
        `sid=${sid}`,
        'user=backupdb',
        'password=s3cUre',
        'backup-level=0',
        'replication=0',
        `file=${sid}/ZRM_LINKS/.`,
        'agent-stream-encoding=application/x-base64-stream',
        'agent-stream-block-size=65536',
        'xtrabackup-agent:must-set-mysql-timeouts=0',
        '',
        '',
      ].toSorted(),
    )
  })

  test('5: a block before READY is an error, and says which', async () => {
    await expect(copy("2\nmsg=Missing required header key 'action'.\nstatus=FAILED\n\n")).rejects.toMatchObject({
      code: 'mysql/agent-refused',
      detail: "Missing required header key 'action'.",
    })
    await expect(copy('HELLO\n')).rejects.toThrow('Bad input')
    await expect(copy('')).rejects.toMatchObject({ code: 'mysql/agent-unreachable' })
  })

  test('4: an agent that finds us too new is asked once more, as an older client', async () => {
    const bytes = await original()
    const answer: Answer = (socket, request) =>
      socket.end(request.startsWith('0.76.1') ? '2\nmsg=Incompatible client version 0.76.1.\nstatus=FAILED\n\n' : bytes)
    expect(await copy(answer)).toBe('received')
    expect(agent?.requests.map((request) => request.slice(0, 6))).toEqual(['0.76.1', '0.75.1'])
    await agent?.close()
    await expect(copy('2\nmsg=Incompatible client version 1.0.0.\nstatus=FAILED\n\n')).rejects.toThrow('Incompatible')
    expect(agent?.requests.length).toBe(2)
  })

  test('5: failed after READY', async () => {
    const words = 'ERROR Unable to open DBI handle. Error: Access denied'
    await expect(copy(`READY\n2\nstatus=FAILED\nmsg=${words}\n\n`)).rejects.toMatchObject({ detail: words })
  })

  test('7: a file without ZRM_LINKS: there is nothing to send', async () => {
    expect(await copy('READY\n1\nstatus=OK\n\n')).toBe('nothing')
  })

  test('17: closed after READY without a word', async () => {
    await expect(copy('READY\n')).rejects.toThrow('without saying why')
  })

  test.each(['uuencode', 'base64', 'octets'] as const)('16: it fails in the middle of %s', async (encoding) => {
    const whole = await original(encoding)
    const cut = encoding === 'base64' ? whole.indexOf('\n', 20_000) + 1 : encoding === 'uuencode' ? 24 + 14_116 : 9000
    const bytes = Buffer.concat([whole.subarray(0, cut), Buffer.from(failedBlock('copy interrupted'))])
    await expect(copy(bytes, { ...old, encoding })).rejects.toMatchObject({ detail: 'copy interrupted' })
  })

  test('16: an encoding that the agent does not know', async () => {
    const bytes = 'READY\n1\nstatus=SENDING\n\n2\nmsg=Unknown encoding requested: application/x-foo\nstatus=FAILED\n\n'
    await expect(copy(bytes)).rejects.toThrow('Unknown encoding requested')
  })

  test('18: cut between two frames it is not whole', async () => {
    const whole = await original()
    await expect(copy(whole.subarray(0, 24 + 14_116))).rejects.toMatchObject({ code: 'mysql/incomplete' })
    await rm(path.join(folder, 'out'), { recursive: true })
    await expect(copy('READY\n1\nstatus=SENDING\n\n')).rejects.toMatchObject({ code: 'mysql/incomplete' })
  })

  test('18: cut anywhere it is an error', async () => {
    const small = await original('uuencode', await tarOf({ xtrabackup_checkpoints: 'x', xtrabackup_info: 'y' }))
    for (let at = 0; at < small.length; at += 97) {
      await rm(path.join(folder, 'out'), { recursive: true, force: true })
      await expect(copy(small.subarray(0, at))).rejects.toThrow()
      await agent?.close()
    }
  })

  test('18: without its own description it is no backup', async () => {
    const bytes = await original('uuencode', await tarOf({ xtrabackup_info: 'y', 'a.ibd': 'z' }))
    await expect(copy(bytes)).rejects.toThrow('xtrabackup_checkpoints')
  })

  test('glued archives are one, and a path that leads out is refused', async () => {
    const glued = Buffer.concat([
      await tarOf({ xtrabackup_info: 'y' }),
      await tarOf({ mariadb_backup_checkpoints: 'x' }),
    ])
    expect(await copy(await original('uuencode', glued))).toBe('received')
    await rm(path.join(folder, 'out'), { recursive: true })
    await expect(copy(await original('uuencode', await tarOf({ '../evil': 'y' })))).rejects.toMatchObject({
      code: 'archive/unsafe-path',
    })
  })

  test('9: the slave status goes into master.info, sorted, NULL for what is empty', async () => {
    const slave = [
      ['Slave_IO_State', 'Waiting'],
      ['Last_Error', 'one\ntwo'],
      ['Master_Host', 'db1'],
      ['Until_Log_File', ''],
    ] as const
    agent = await startScriptedAgent(`READY\n${encodeBlock([['status', 'SENDING'], ...slave])}`)
    const reply = await copyFrom(agent.client(), { ...old, level: 'incremental', binlog: 'b.1' }, signal)
    if (reply.kind !== 'stream') throw new Error('no stream')
    await writeMasterInfo(folder, reply.facts)
    expect(await readFile(path.join(folder, 'master.info'), 'utf8')).toBe(
      'Last_Error=one\\ntwo\nMaster_Host=db1\nSlave_IO_State=Waiting\nUntil_Log_File=NULL\n',
    )
  })

  test('23: an old agent knows nothing of our extensions: it is asked again, in base64', async () => {
    const bytes = await original('base64')
    const answer: Answer = (socket, request) => {
      if (request.includes('x-bkm-frames'))
        socket.end(
          'READY\n1\nstatus=SENDING\n\n2\nstatus=FAILED\nmsg=Unknown encoding requested: application/x-bkm-frames\n\n',
        )
      else socket.end(bytes)
    }
    expect(await copy(answer, { level: 'full', user: 'u', password: 'p' })).toBe('received')
    expect(agent?.requests[1]).not.toContain('bkm')
  })

  test('23: every value of our extensions is within the characters that the original lets through', async () => {
    const warnings: string[] = []
    const onWarning = (warning: string): void => void warnings.push(warning)
    const options: CopyFromOptions = {
      ...{ level: 'incremental', user: 'u', password: 'p', incrementalLsn: 7n, databases: ['a', 'b_c'] },
      compression: 'gzip',
    }
    await copy('READY\n', options, { secret: 's', onWarning }).catch(() => undefined)
    expect(warnings).toEqual([])
    await agent?.close()
    await copy('READY\n', { ...options, password: 'a#b' }, { onWarning }).catch(() => undefined)
    expect(warnings).toEqual(['An agent of the original would refuse the characters in password.'])
  })

  test('27: an agent that did binary logs instead of pages is refused', async () => {
    const options: CopyFromOptions = { level: 'incremental', incrementalLsn: 5n }
    await expect(copy('READY\n1\nstatus=SENDING\n\n', options)).rejects.toThrow('binary logs alone')
  })

  test('19: an agent that falls silent is not waited for for ever', async () => {
    const silent: Answer = (socket) => void socket.write('READY\n1\nstatus=SENDING\n\n')
    await expect(copy(silent, old, { idleMs: 60 })).rejects.toThrow('Nothing came for 0.06 seconds')
  })

  test('19: a silence is waited out as often as it is wished, and each time is told', async () => {
    const warnings: string[] = []
    const silent: Answer = (socket) => void socket.write('READY\n1\nstatus=SENDING\n\n')
    const options = { idleMs: 20, idleRetries: 2, onWarning: (text: string) => void warnings.push(text) }
    await expect(copy(silent, old, options)).rejects.toThrow('Nothing came for 0.06 seconds')
    expect(warnings.map((text) => /for ([\d.]+) seconds/.exec(text)?.[1])).toEqual(['0.02', '0.04'])
  })

  test('the timeouts that the server is to have are asked for', async () => {
    const timeouts = { waitSeconds: 7200, netSeconds: 600, isNeeded: true }
    await copy('READY\n', { ...old, timeouts }).catch(() => undefined)
    expect(agent?.requests[0]).toContain(
      'mysql-wait-timeout=7200\nxtrabackup-agent:mysql-net-timeout=600\nxtrabackup-agent:must-set-mysql-timeouts=1\n',
    )
  })

  test('19: a cancel ends it', async () => {
    const cancel = new AbortController()
    agent = await startScriptedAgent((socket) => {
      socket.write('READY\n')
      cancel.abort(new Error('cancelled'))
    })
    await expect(copyFrom(agent.client(), old, cancel.signal)).rejects.toThrow('cancelled')
  })

  test.each(['', 'READY\n', 'READY\n1\nstatus=SENDING\n\n'])(
    '19: a connection that breaks after %j is told as such',
    async (said) => {
      const broken: Answer = (socket) => {
        if (said === '') socket.resetAndDestroy()
        else socket.write(said, () => setTimeout(() => socket.resetAndDestroy(), 20))
      }
      await expect(copy(broken)).rejects.toMatchObject({ code: 'mysql/agent-unreachable' })
    },
  )

  test('19: nobody there', async () => {
    const gone = await startScriptedAgent('')
    const client = gone.client()
    await gone.close()
    await expect(copyFrom(client, old, signal)).rejects.toMatchObject({ code: 'mysql/agent-unreachable' })
  })

  test('10: monitor reads one block after the other until the end', async () => {
    const job = (sid: string) =>
      encodeBlock([
        ['sid', sid],
        ['type', 'full'],
        ['status', '4711'],
        ['files', ''],
      ])
    agent = await startScriptedAgent(`READY\n${job('b')}${job('a')}`)
    const found: string[] = []
    for await (const block of agent.client().monitor({ newerThan: 5, maxItems: 2, type: 'full' }, signal))
      found.push(block.get('sid') ?? '')
    expect(found).toEqual(['b', 'a'])
    expect(agent.requests[0]).toContain('newer_than=5\nmax_items=2\ntype=full\n')
    await agent.close()
    agent = await startScriptedAgent('READY\n')
    expect(await Array.fromAsync(agent.client().monitor({ newerThan: 0 }, signal))).toEqual([])
  })
})

describe('25: the way to the agent', () => {
  test('in clear only on this computer, unless it is allowed', async () => {
    const client = new AgentClient({ address: { kind: 'tcp', host: 'db.example.invalid', port: 1 } })
    await expect(copyFrom(client, old, signal)).rejects.toThrow('would be in clear')
  })
})
