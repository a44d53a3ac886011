import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testApp, writeTree } from '../testing/test-app.ts'

async function backedUp(files: Readonly<Record<string, string | Uint8Array>>) {
  const app = await testApp()
  writeTree(app.source, files)
  const plan = await app.plan()
  const [job] = await app.client.plans.run({ id: plan.id })
  if (job === undefined) throw new Error('nothing ran')
  await app.done(job)
  const repositoryId = plan.destinations[0]?.repositoryId
  if (repositoryId === undefined) throw new Error('the plan has no destination')
  return { ...app, plan, repositoryId }
}

const manyFiles = Object.fromEntries(
  Array.from({ length: 40 }, (_, at) => [`folder ${at % 4}/file ${at}.txt`, `${at} `.repeat(5000 + at)]),
)

test('a restore that nobody needed brings back files and leaves nothing behind', { timeout: 60_000 }, async () => {
  const { client, done, plan, repositoryId, host } = await backedUp(manyFiles)
  expect(await client.trust.list()).toMatchObject([{ planId: plan.id, state: 'unproven', snapshots: 1, checked: 0 }])

  const { status, title } = await done(await client.trust.testRestore({ planId: plan.id, repositoryId }))
  expect(title).toBe('Test the restore of Documents')
  expect(status.summary.restoreTest).toMatchObject({ files: 25, differing: [] })
  expect(status.summary.restoreTest?.bytes).toBe(status.summary.doneBytes)
  expect(readdirSync(join(host.dataDirectory, 'restore-tests'))).toEqual([])
  expect(await client.trust.list()).toMatchObject([{ state: 'partly', restoreTest: { isGood: true, files: 25 } }])

  await done(await client.repositories.verify({ id: repositoryId }))
  const [proven] = await client.trust.list()
  expect(proven).toMatchObject({ state: 'proven', checked: 1, damaged: 0, periodDays: 30 })
  expect(proven?.readBackSince).toBeGreaterThan(Date.now() - 60_000)
})

test('a test that meets damage fails, and says so until a better one', { timeout: 60_000 }, async () => {
  // Random bytes, so that nothing of the payload can be left out or guessed.
  const content = createHash('shake256', { outputLength: 300_000 }).update(String(Math.random())).digest()
  const { client, ended, plan, repositoryId, host } = await backedUp({ 'picture.bin': content })
  damageChunks(join(host.dataDirectory, 'repository', '.chunks'))
  const job = await ended(await client.trust.testRestore({ planId: plan.id, repositoryId }))
  expect(job.status).toMatchObject({ state: 'error' })
  expect(await client.trust.list()).toMatchObject([{ state: 'damaged', restoreTest: { isGood: false } }])
  expect(readdirSync(join(host.dataDirectory, 'restore-tests'))).toEqual([])
})

test('a plan without snapshots has nothing to prove', async () => {
  const { client, plan } = await testApp()
  const { id, destinations } = await plan()
  const repositoryId = destinations[0]?.repositoryId
  if (repositoryId === undefined) throw new Error('the plan has no destination')
  expect(await client.trust.list()).toMatchObject([{ state: 'none', snapshots: 0 }])
  await expect(client.trust.testRestore({ planId: id, repositoryId })).rejects.toMatchObject({
    code: 'snapshot/unknown',
  })
})

/** Flips a bit in the middle of every large chunk of this test. */
function damageChunks(chunks: string): void {
  for (const folder of readdirSync(chunks)) {
    for (const name of readdirSync(join(chunks, folder))) {
      const path = join(chunks, folder, name)
      if (statSync(path).size < 200_000) continue
      const bytes = readFileSync(path)
      const middle = bytes.length >> 1
      bytes[middle] = (bytes[middle] ?? 0) ^ 1
      writeFileSync(path, bytes)
    }
  }
}
