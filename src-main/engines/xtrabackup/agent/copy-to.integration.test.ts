import { mkdir, stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { copyTo } from '../client/copy-to.ts'
import { agentsOfFile } from '../testing/agents-of-file.fixture.ts'
import { collect, membersOf, pieces } from '../testing/bytes.fixture.ts'
import { writeXbstream } from '../xbstream/xbstream-writer.ts'

const signal = new AbortController().signal
const { at, start } = agentsOfFile()

const files = [
  ['shop/orders.ibd', Buffer.alloc(300_000, 'orders ')],
  ['xtrabackup_info', Buffer.from('i')],
] as const

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
