import { createHash } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Job } from '../../../src-shared/model/job.ts'
import { testApp, writeTree } from '../testing/test-app.ts'

async function backedUp(files: Readonly<Record<string, string | Uint8Array>>) {
  const app = await testApp()
  writeTree(app.source, files)
  const plan = await app.plan()
  const run = async () => {
    const [job] = await app.client.plans.run({ id: plan.id })
    if (job === undefined) throw new Error('nothing ran')
    return app.ended(job)
  }
  expect((await run()).status.state).toBe('success')
  const repositoryId = plan.destinations[0]?.repositoryId
  if (repositoryId === undefined) throw new Error('the plan has no destination')
  return { ...app, plan, repositoryId, run }
}

const manyFiles = Object.fromEntries(
  Array.from({ length: 40 }, (_, at) => [`folder ${at % 4}/file ${at}.txt`, `${at} `.repeat(5000 + at)]),
)

test('a restore that nobody needed brings back files and leaves nothing behind', async () => {
  const before = Date.now() - 1000 // the times of snapshots are whole seconds
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
  expect(proven?.readBackSince).toBeGreaterThan(before)
})

test('a test that meets damage fails, and says so until a better one', async () => {
  // Random bytes, so that nothing of the payload can be left out or guessed.
  const content = createHash('shake256', { outputLength: 300_000 }).update(String(Math.random())).digest()
  const { client, ended, plan, repositoryId, host } = await backedUp({ 'picture.bin': content })
  damageChunks(join(host.dataDirectory, 'repository', '.chunks'))
  const job = await ended(await client.trust.testRestore({ planId: plan.id, repositoryId }))
  expect(job.status).toMatchObject({ state: 'error' })
  expect(await client.trust.list()).toMatchObject([{ state: 'damaged', restoreTest: { isGood: false } }])
  expect(readdirSync(join(host.dataDirectory, 'restore-tests'))).toEqual([])
})

test('canaries are restored too, and one that was stored changed fails the test', async () => {
  const { client, done, ended, run, plan, repositoryId, source } = await backedUp(manyFiles)
  const test = () => client.trust.testRestore({ planId: plan.id, repositoryId })
  await client.plans.save({ ...plan, options: { ...plan.options, canaries: true } })
  // The only snapshot is older than the canary that comes with the next run.
  expect((await done(await test())).status.summary.restoreTest).toMatchObject({ files: 25, canaries: 0 })
  await run()
  expect((await done(await test())).status.summary.restoreTest).toMatchObject({ canaries: 1, differing: [] })
  expect(await client.trust.list()).toMatchObject([{ restoreTest: { isGood: true, canaries: 1 } }])

  const canary = join(source, '.0-holdfast-canary.docx')
  appendFileSync(canary, 'x')
  await run()
  const changed = await ended(await test())
  expect(errorOf(changed)).toBe(
    'restore/canary: A canary file did not come back as it was planted. The canary Documents/.0-holdfast-canary.docx was changed before it was backed up.',
  )
  expect(await client.trust.list()).toMatchObject([{ state: 'damaged', restoreTest: { isGood: false } }])

  rmSync(canary)
  await run()
  const gone = await ended(await test())
  expect(errorOf(gone)).toBe(
    `restore/canary: A canary file did not come back as it was planted. The canary ${canary} is not in the snapshot.`,
  )
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

function errorOf({ status }: Job): string | undefined {
  return status.state === 'error' ? `${status.error.code}: ${status.error.message}` : undefined
}

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
