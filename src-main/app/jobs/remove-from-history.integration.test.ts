import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LineageId, RepositoryId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { openDatastoreRepository } from '../../repositories/datastore/datastore-repository.ts'
import { type TestApp, testApp, writeTree } from '../testing/test-app.ts'

async function backup(t: TestApp, plan: Awaited<ReturnType<TestApp['plan']>>): Promise<void> {
  const [job] = await t.client.plans.run({ id: plan.id })
  if (job === undefined) throw new Error('no job')
  await t.done(job)
  // Snapshots of one second would have one name.
  await new Promise((resolve) => setTimeout(resolve, 1100))
}

async function theLineage(t: TestApp): Promise<{ lineageId: LineageId; repositoryId: RepositoryId }> {
  const [lineage] = await t.client.snapshots.lineages()
  if (lineage === undefined) throw new Error('no lineage')
  return { lineageId: lineage.id, repositoryId: lineage.repositoryId }
}

/** The first snapshot has the secret, the second another version of it, the third none, the fourth has it again. */
async function fourSnapshots(t: TestApp) {
  const plan = await t.plan()
  const secret = join(t.source, 'keys', 'secret.pem')
  writeTree(t.source, {
    'a.txt': 'a',
    'keys/other.pem': 'stays',
    'keys/secret.pem': 'one',
    'z.bin': randomBytes(3_000_000),
  })
  await backup(t, plan)
  writeTree(t.source, { 'keys/secret.pem': 'number two' })
  await backup(t, plan)
  rmSync(secret)
  await backup(t, plan)
  writeTree(t.source, { 'keys/secret.pem': 'three' })
  await backup(t, plan)
  const { lineageId, repositoryId } = await theLineage(t)
  const wish = { repositoryId, lineageIds: [lineageId], paths: ['Documents/keys/secret.pem'] }
  return { plan, lineageId, wish }
}

const outcomes = ({ status }: Job) =>
  status.state === 'success' ? status.summary.removal?.snapshots.map(({ outcome }) => outcome) : undefined

describe('removing from all snapshots', () => {
  it('is told before, counted, written down, and leaves neither search, versions nor ghosts', async () => {
    const t = await testApp()
    const { plan, lineageId, wish } = await fourSnapshots(t)
    const { paths } = wish
    expect(await t.client.history.preview({ lineageId, paths })).toEqual({
      ...{ canRemove: true, snapshots: 3, protectedSnapshots: 0, unreadSnapshots: 0, versions: 3 },
      ...{ bytes: 3 + 10 + 5, plan: { id: plan.id, name: plan.name, folders: 1 } },
    })
    const before = await t.client.snapshots.list({})
    const tried = await t.done(await t.client.history.remove({ ...wish, dryRun: true }))
    expect(tried.status.summary.counts).toEqual({ seen: 4, stored: 3, unchanged: 1, skipped: 0, failed: 0 })
    expect(await t.client.snapshots.list({})).toEqual(before)

    const at = Date.now()
    const job = await t.done(await t.client.history.remove({ ...wish, excludeFromPlans: true }))
    expect(job.title).toBe(`Remove from all snapshots of ${plan.name}`)
    const { counts, removal } = job.status.summary
    // The third may still carry bytes of the secret between its files.
    expect(counts).toMatchObject({ seen: 4, skipped: 0, failed: 0 })
    expect((counts?.stored ?? 0) + (counts?.unchanged ?? 0)).toBe(4)
    expect(removal?.snapshots.filter(({ entries }) => entries === 1).map(({ bytes }) => bytes)).toEqual([3, 10, 5])
    expect(removal?.freeAt).toBeGreaterThan(at + 24 * 3_600_000)

    expect((await t.client.snapshots.search({ text: 'secret' })).hits).toEqual([])
    expect((await t.client.snapshots.versions({ lineageId, path: 'Documents/keys/secret.pem' })).versions).toEqual([])
    const after = await t.client.snapshots.list({})
    expect(after.map(({ id, ref }) => [id, ref.time])).toEqual(before.map(({ id, ref }) => [id, ref.time]))
    for (const { id, files } of after) {
      const { entries, deleted } = await t.client.snapshots.browse({ id, path: 'Documents/keys', showDeleted: true })
      expect(entries.map(({ name }) => name)).toEqual(['other.pem'])
      expect([deleted, files]).toEqual([0, 3])
      const text = await t.client.snapshots.text({ id, path: 'Documents/keys/other.pem' })
      expect(text).toMatchObject({ kind: 'text', text: 'stays' })
      await expect(t.client.snapshots.text({ id, path: 'Documents/keys/secret.pem' })).rejects.toMatchObject({
        code: 'path/not-found',
      })
    }

    const entry = (await t.client.audit.list({ limit: 50 })).find(({ action }) => action === 'history.remove')
    expect(entry?.detail).toContain('Documents/keys/secret.pem')
    const { source } = (await t.client.plans.get({ id: plan.id })).plan
    expect(source).toMatchObject({ excludes: ['/keys/secret.pem'] })
    await backup(t, plan)
    expect((await t.client.snapshots.search({ text: 'secret' })).hits).toEqual([])
    // Again: nothing is left to do.
    const again = await t.done(await t.client.jobs.start({ trigger: 'manual', spec: job.spec }))
    expect(again.status.summary.counts).toEqual({ seen: 5, stored: 0, unchanged: 5, skipped: 0, failed: 0 })
    const verified = await t.done(await t.client.repositories.verify({ id: wish.repositoryId }))
    expect(verified.status.summary.verify).toMatchObject({ snapshots: 5, corrupt: 0 })
  })

  it('leaves protected snapshots unless asked, and waits for one that is in use', async () => {
    const t = await testApp()
    const { lineageId, wish } = await fourSnapshots(t)
    const [newest, , , oldest] = await t.client.snapshots.list({})
    if (newest === undefined || oldest === undefined) throw new Error('no snapshots')
    await t.client.snapshots.protect({ id: oldest.id, protected: true })
    expect(await t.client.history.preview({ lineageId, paths: wish.paths })).toMatchObject({ protectedSnapshots: 1 })
    const first = await t.done(await t.client.history.remove(wish))
    expect(outcomes(first)).toContain('protected')
    expect(first.status.summary.counts).toMatchObject({ seen: 4, skipped: 1 })
    expect(first.warnings).toBe(1)
    expect(await t.client.snapshots.stat({ id: oldest.id, path: wish.paths[0] ?? '' })).toMatchObject({ sizeBytes: 3 })
    // Somebody reads it, and stops.
    await t.client.snapshots.openDrive({ id: oldest.id })
    const waiting = await t.client.history.remove({ ...wish, includeProtected: true })
    await new Promise((resolve) => setTimeout(resolve, 1000))
    await t.client.snapshots.closeDrive({ id: oldest.id })
    const second = await t.done(waiting)
    expect(outcomes(second)).toEqual(['changed'])
    expect((await t.client.snapshots.get({ id: oldest.id })).protected).toBe(true)
  })

  it('that is cancelled leaves each snapshot as it was or without it, and the rest is done the next time', async () => {
    const t = await testApp()
    const { wish } = await fourSnapshots(t)
    const all = await t.client.snapshots.list({})
    const [newest, , , oldest] = all
    if (newest === undefined || oldest === undefined) throw new Error('no snapshots')
    const path = wish.paths[0] ?? ''
    const sizeIn = async ({ id }: { readonly id: typeof newest.id }) =>
      await t.client.snapshots.stat({ id, path }).then(
        ({ sizeBytes }) => sizeBytes,
        () => 'gone',
      )
    // The job does the others and waits for this one.
    await t.client.snapshots.openDrive({ id: newest.id })
    const job = await t.client.history.remove(wish)
    await expect.poll(() => sizeIn(oldest)).toBe('gone')
    await t.client.jobs.cancel({ id: job.id })
    expect((await t.ended(job)).status).toMatchObject({ state: 'error', error: { code: 'job/cancelled' } })
    expect(await sizeIn(newest)).toBe(5)
    await t.client.snapshots.closeDrive({ id: newest.id })
    const again = await t.done(await t.client.jobs.retry({ id: job.id }))
    expect(again.status.summary.counts).toMatchObject({ seen: 4, skipped: 0, failed: 0 })
    expect(await Promise.all(all.map(sizeIn))).toEqual(['gone', 'gone', 'gone', 'gone'])
    const verified = await t.done(await t.client.repositories.verify({ id: wish.repositoryId }))
    expect(verified.status.summary.verify).toMatchObject({ snapshots: 4, corrupt: 0 })
  })

  it('brings the catalog up to date where a job was killed after it had changed a snapshot', async () => {
    const t = await testApp()
    const { wish } = await fourSnapshots(t)
    // As a process does that dies before it comes to the catalog.
    const access = { keys: [], threads: 0, now: Date.now }
    const repository = await openDatastoreRepository(join(t.host.dataDirectory, 'repository'), access)
    const names = ['keys', 'secret.pem'].map((name) => Buffer.from(name))
    const remover = repository.maintenance.removePaths?.([{ tree: 'Documents', names }])
    const options = { canBeProtected: false, observer: { bytes() {}, chunk() {} } }
    const [newest] = await t.client.snapshots.list({})
    if (newest === undefined || remover === undefined) throw new Error('no snapshots')
    expect(await remover.remove(newest.ref, options, AbortSignal.any([]))).toBeDefined()
    await repository.close()
    expect(await t.client.snapshots.stat({ id: newest.id, path: wish.paths[0] ?? '' })).toMatchObject({ sizeBytes: 5 })
    await t.done(await t.client.history.remove(wish))
    expect((await t.client.snapshots.search({ text: 'secret' })).hits).toEqual([])
  })

  it('refuses a whole archive, what is no path, and a group that is not there', async () => {
    const t = await testApp()
    const { lineageId, wish } = await fourSnapshots(t)
    for (const paths of [['Documents'], ['Documents/../x']]) {
      await expect(t.client.history.remove({ ...wish, paths })).rejects.toMatchObject({ code: 'input/invalid' })
      await expect(t.client.history.preview({ lineageId, paths })).rejects.toMatchObject({ code: 'input/invalid' })
    }
    const stranger = { ...wish, paths: ['images/disk.img'] }
    await expect(t.client.history.remove(stranger)).rejects.toMatchObject({ code: 'input/invalid' })
    const none = '00000000-0000-4000-8000-000000000000' as LineageId
    await expect(t.client.history.remove({ ...wish, lineageIds: [none] })).rejects.toMatchObject({
      code: 'snapshot/unknown',
    })
  })
})
