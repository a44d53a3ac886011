import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTestAgent, type TestAgent } from '../testing/agent.fixture.ts'
import { writeStubTool } from '../testing/stub-tool.fixture.ts'
import { tarOf } from '../testing/tar.fixture.ts'
import { basicVector } from '../testing/xbstream-vectors.fixture.ts'

let folder: string
let agent: TestAgent | undefined
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hf-transcript-'))
})
afterEach(async () => {
  await agent?.agent.close()
  await rm(folder, { recursive: true, force: true })
})

async function start(stream: Uint8Array, lsn: string, version?: string): Promise<TestAgent> {
  await writeFile(path.join(folder, 'stream'), stream)
  const script = `lsn ${lsn}; cat ${path.join(folder, 'stream')}; echo 'completed OK!' >&2`
  const tool = await writeStubTool(folder, script, version)
  agent = await startTestAgent({ tool: tool.path, connection: {}, keepsTimeouts: true })
  return agent
}

const percona24 = 'xtrabackup version 2.4.29 based on MySQL server 5.7.44 Linux (x86_64)'

describe('requests that were written down, replayed to our agent', () => {
  test('6: the sample of the original document, which has no sid: the default encoding, as it was observed', async () => {
    const { raw } = await start(await tarOf({ a: 'x'.repeat(20_000) }), '0 20', percona24)
    const request = `0.76.1
6
action=copy from
user=backupdb
password=s3cUre
backup-level=0
replication=0
file=/srv/backups/BackupSet/20110304005033/ZRM_LINKS/.

`
    const answer = await raw(request)
    expect(answer.toString('latin1', 0, 24)).toBe('READY\n1\nstatus=SENDING\n\n')
    // The first block is 10240 bytes of tar, the first line 45 of them.
    expect(answer.toString('hex', 24, 29)).toBe('000037204d')
  })

  test('6: a full of our client to an old agent (§15), in lines of base64', async () => {
    const tar = await tarOf({ a: 'x'.repeat(100_000) })
    const { raw } = await start(tar, '0 20', percona24)
    const request = `0.76.1
10
action=copy from
sid=/srv/backups/BackupSet/20260101000000
user=backupdb
password=s3cUre
backup-level=0
replication=0
file=/srv/backups/BackupSet/20260101000000/ZRM_LINKS/.
agent-stream-encoding=application/x-base64-stream
agent-stream-block-size=65536
xtrabackup-agent:must-set-mysql-timeouts=0

`
    const answer = (await raw(request)).toString('latin1')
    expect(answer.slice(0, 24)).toBe('READY\n1\nstatus=SENDING\n\n')
    expect(Buffer.from(answer.slice(24).replaceAll('\n', ''), 'base64').equals(tar)).toBe(true)
  })

  test('27: an incremental of pages (§15): the answer, the frames and the trailer', async () => {
    const { raw } = await start(basicVector, '389526 580155 580155')
    const request = `0.76.1
13
action=copy from
sid=/srv/backups/BackupSet/20260101000000
user=backupdb
password=s3cUre
backup-level=1
replication=0
file=/srv/backups/BackupSet/20260101000000/ZRM_LINKS/.
bkm-ext=1
bkm-stream-format=xbstream
bkm-incremental=lsn
bkm-incremental-lsn=389526
agent-stream-encoding=application/x-bkm-frames
agent-stream-block-size=65536

`
    const answer = await raw(request)
    const head = `READY
6
status=SENDING
bkm-ext=1
bkm-stream-format=xbstream
bkm-stream-encoding=application/x-bkm-frames
bkm-incremental=lsn
bkm-from-lsn=389526

`
    expect(answer.toString('latin1', 0, head.length)).toBe(head)
    const frame = Buffer.alloc(4)
    frame.writeUInt32BE(basicVector.length)
    const data = Buffer.concat([frame, basicVector, Buffer.alloc(4)])
    expect(answer.subarray(head.length, head.length + data.length).equals(data)).toBe(true)
    const [, ...trailer] = answer.toString('latin1', head.length + data.length).split('\n')
    expect(trailer.slice(0, 5)).toEqual([
      'status=DONE',
      `bytes=${basicVector.length}`,
      `sha256=${createHash('sha256').update(basicVector).digest('hex')}`,
      'from-lsn=389526',
      'to-lsn=580155',
    ])
  })
})
