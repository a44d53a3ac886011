import { readdir, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AgentClient } from '../client/agent-client.ts'
import { type CopyFromOptions, copyFrom } from '../client/copy-from.ts'
import { copyTo } from '../client/copy-to.ts'
import { prepareThere } from '../client/prepare-there.ts'
import { receiveBackup } from '../client/receive-backup.ts'
import { agentsOfFile } from '../testing/agents-of-file.fixture.ts'
import { folderMembers } from '../testing/bytes.fixture.ts'
import { describeWithMariadb } from '../testing/mariadb-programs.fixture.ts'
import { readChecksums, startTestServer, type TestServer } from '../testing/mariadb-server.fixture.ts'
import { startPrivateServer } from '../tool/private-server.ts'
import { writeXbstream } from '../xbstream/xbstream-writer.ts'

const signal = new AbortController().signal
const { at, start } = agentsOfFile()

async function receive(client: AgentClient, options: CopyFromOptions, to: string) {
  const reply = await copyFrom(client, options, signal)
  if (reply.kind !== 'stream') throw new Error('nothing was sent')
  await receiveBackup(reply, at(to), { signal })
  return { facts: reply.facts, trailer: reply.trailer() }
}

describeWithMariadb('what an agent is brought', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await server.query('CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, v VARCHAR(200));')
  })
  afterAll(() => server.stop())

  test('copy to and prepare: a full and its incremental come back ready to be started from', async () => {
    const { client, agent } = await start({ connection: server.connection, restoreFolder: at('restore') })
    const full = await receive(client(), { level: 'full' }, 'full')
    const incrementalLsn = BigInt(full.trailer?.get('to-lsn') ?? 0)
    await server.query('INSERT INTO shop.orders VALUES (95001, "after the full");')
    const then = await server.checksums()
    await receive(client(), { level: 'incremental', incrementalLsn }, 'next')
    const bring = (name: string) =>
      copyTo(client(), { data: writeXbstream(folderMembers(at(name))), sid: name }, signal)
    const [base, next, again] = [await bring('full'), await bring('next'), await bring('full')]

    const prepare = (name: string, incrementals: readonly string[]) =>
      prepareThere(client(), { folder: name, incrementals, onLine: (line) => void lines.push(line) }, signal)
    const lines: string[] = []
    for (const [name, incrementals, why] of [
      ['../full', [], 'no backup'],
      ['nothing', [], 'no backup'],
      [next, [], 'no full backup'],
      [base, [again], 'begins at 0'],
      [base, [next, next], 'twice'],
    ] as const)
      await expect(prepare(name, incrementals)).rejects.toThrow(why)
    const ready = await prepare(base, [next])
    expect(ready.get('bkm-folder')).toBe(base)
    expect(lines.length).toBeGreaterThan(0)
    await expect(prepare(base, [])).rejects.toThrow(/prepared already|no full/)
    expect((await readdir(at('restore'))).toSorted()).toEqual([base, again].toSorted())
    const restored = await startPrivateServer({ dataFolder: at(`restore/${base}`), arguments: [], signal })
    try {
      expect(await readChecksums({ ...restored.connection, user: 'root' })).toEqual(then)
    } finally {
      await restored.stop()
    }

    // What the tool fails at is of no use to anybody.
    await writeFile(at(`restore/${again}/ibdata1`), 'no pages')
    await expect(prepare(again, [])).rejects.toMatchObject({ code: 'mysql/agent-refused' })
    expect(await readdir(at('restore'))).toEqual([base])
    await expect(
      prepareThere(
        (await start({ connection: server.connection })).client(),
        { folder: base, incrementals: [] },
        signal,
      ),
    ).rejects.toThrow('takes no backups')
    expect(agent.connections()).toEqual([])
  })
})
