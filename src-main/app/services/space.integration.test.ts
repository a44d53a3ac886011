import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { HoldfastError } from '../../../src-shared/errors.ts'
import { testApp, writeTree } from '../testing/test-app.ts'

test('what takes the space, and what removing a snapshot would free', async () => {
  const { client, done, plan, source } = await testApp()
  writeTree(source, { 'gone.bin': randomBytes(900_000), 'stays.txt': 'stays' })
  const { id, destinations } = await plan()
  const repositoryId = destinations[0]?.repositoryId
  if (repositoryId === undefined) throw new Error('the plan has no destination')
  const run = async () => {
    const [job] = await client.plans.run({ id })
    if (job === undefined) throw new Error('nothing ran')
    await done(job)
  }
  await run()
  rmSync(join(source, 'gone.bin'))
  writeTree(source, { 'new.bin': randomBytes(300_000) })
  await run()

  const report = await client.space.measure({ repositoryId })
  expect(report.lineages).toMatchObject([{ snapshots: 2, ownBytes: report.storedBytes }])
  expect(report.sharedBytes).toBe(0)
  expect(report.storedBytes).toBeGreaterThan(1_200_000)
  const [state] = await client.repositories.list()
  expect(state?.usage).toMatchObject({ storedBytes: report.storedBytes, logicalBytes: report.logicalBytes })

  const retention = { last: 1 }
  const { entries } = await client.repositories.simulatePrune({ repositoryId, retention })
  const going = entries.filter(({ keep }) => !keep).map(({ snapshot }) => snapshot)
  expect(going).toHaveLength(1)
  const freed = await client.space.wouldFree({ repositoryId, snapshots: going })
  expect(freed.bytes).toBeGreaterThan(900_000)
  expect(freed.bytes).toBeLessThan(1_000_000)
  expect(await client.space.wouldFree({ repositoryId, snapshots: [] })).toEqual({ bytes: 0, chunks: 0 })
})

test('a folder of a snapshot by size, with what only older snapshots still have', async () => {
  const { client, done, plan, source } = await testApp()
  writeTree(source, {
    'films/a.bin': randomBytes(300_000),
    'films/old/b.bin': randomBytes(200_000),
    'notes.txt': 'one',
  })
  const { id } = await plan()
  const run = async () => {
    const [job] = await client.plans.run({ id })
    if (job === undefined) throw new Error('nothing ran')
    await done(job)
  }
  await run()
  rmSync(join(source, 'films/old'), { recursive: true })
  writeTree(source, { 'notes.txt': 'longer than before' })
  await run()
  const [newest, oldest] = await client.snapshots.list({})
  if (newest === undefined || oldest === undefined) throw new Error('two snapshots were made')

  const top = await client.space.folder({ snapshotId: newest.id })
  const root = top.children[0]?.path ?? ''
  expect(top.all).toEqual({ files: 2, bytes: 300_018, keptBytes: 500_021 })
  const inside = await client.space.folder({ snapshotId: newest.id, path: root })
  expect(inside.children).toEqual([
    { path: `${root}/films`, name: 'films', isFolder: true, files: 1, bytes: 300_000, keptBytes: 500_000 },
    { path: `${root}/notes.txt`, name: 'notes.txt', isFolder: false, files: 1, bytes: 18, keptBytes: 21 },
  ])
  const first = await client.space.folder({ snapshotId: newest.id, path: `${root}/films`, by: 'keptBytes', limit: 1 })
  expect(first.children.map(({ name }) => name)).toEqual(['a.bin'])
  expect(first.others).toEqual({ count: 1, files: 0, bytes: 0, keptBytes: 200_000 })
  expect((await client.space.folder({ snapshotId: oldest.id, path: `${root}/films` })).all.bytes).toBe(500_000)
  const nowhere = client.space.folder({ snapshotId: newest.id, path: `${root}/nothing` })
  await expect(nowhere).rejects.toMatchObject({ code: 'path/not-found' } satisfies Partial<HoldfastError>)
})
