import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyTo } from '../client/copy-to.ts'
import { startTestAgent, type TestAgent } from '../testing/agent.fixture.ts'
import { collect, membersOf, pieces } from '../testing/bytes.fixture.ts'
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
const files = [
  ['shop/orders.ibd', Buffer.alloc(300_000, 'orders ')],
  ['xtrabackup_info', Buffer.from('i')],
] as const

async function start(options: Partial<AgentOptions> = {}): Promise<TestAgent> {
  const agent = await startTestAgent(options)
  running.push(agent)
  return agent
}

test('copy to: a backup to be restored is laid out in a new folder, one that breaks off leaves none', async () => {
  await mkdir(at('restore'))
  const { client } = await start({ restoreFolder: at('restore'), now: () => 7 })
  const stream = await collect(writeXbstream(membersOf(files)))
  const name = await copyTo(client(), { data: pieces(stream, 50_000), sid: '../../etc' }, signal)
  expect(name).toMatch(/^[A-Za-z0-9_-]+-7-1$/)
  expect((await stat(at(`restore/${name}/shop/orders.ibd`))).size).toBe(300_000)
  await expect(copyTo(client(), { data: pieces(stream.subarray(0, -30), 50_000), sid: 'b' }, signal)).rejects.toThrow()
  await expect(stat(at('restore/b-7-2'))).rejects.toThrow('ENOENT')
  const other = await start()
  await expect(copyTo(other.client(), { data: pieces(stream, 50_000), sid: 'c' }, signal)).rejects.toThrow(
    'takes no backups',
  )
})
