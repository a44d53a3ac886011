import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openServerIdentity } from './server-identity.ts'

const request = { hosts: ['localhost'], now: 1_717_500_000 }

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pbs-identity-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return path.join(folder, 'server')
}

test('a server is the same after a restart, and its key is for its owner only', async () => {
  const folder = await newFolder()
  const first = await openServerIdentity(folder, request)
  const second = await openServerIdentity(folder, request)
  expect(second).toEqual({ ...first, ticketSecret: Buffer.from(first.ticketSecret) })
  const [name] = await readdir(folder)
  if (process.platform !== 'win32') expect((await stat(path.join(folder, name ?? ''))).mode & 0o777).toBe(0o600)
})

test('a damaged identity is not replaced by a new one', async () => {
  const folder = await newFolder()
  await openServerIdentity(folder, request)
  for (const content of ['', '{}', '{"version":1,"key":"-----BEGIN","certificate":"-----BEGIN x","ticketSecret":""}']) {
    await writeFile(path.join(folder, 'pbs-server.json'), content)
    await expect(openServerIdentity(folder, request)).rejects.toMatchObject({ code: 'secret/unavailable' })
  }
})
