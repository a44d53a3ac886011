import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testApp, writeTree } from '../testing/test-app.ts'

test('what takes the space, and what removing a snapshot would free', { timeout: 60_000 }, async () => {
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
