import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { RestoreOptions, RestorePreview } from '../../src-shared/model/restore.ts'
import { testApp, writeTree } from './testing/test-app.ts'

const carryOver = { owner: true, permissions: true, times: true, attributes: true, links: true }

it('a life: protect, browse, search, compare, restore, undo, verify, prune, free space', async () => {
  const t = await testApp()
  const { client, source, done } = t
  writeTree(source, {
    'Thesis/notes.md': '# Notes\n',
    'Thesis/chapter 1.md': 'It was a dark night.\n',
    'Photos/cat.jpg': Buffer.alloc(300_000, 7),
    'todo.txt': 'Größe\n',
  })
  const plan = await t.plan()
  const [first] = await client.plans.run({ id: plan.id })
  if (first === undefined) throw new Error('no job')
  const firstEnd = await done(first)
  expect(firstEnd.status.summary.counts).toMatchObject({ seen: 7, skipped: 0, failed: 0 })

  // A day in the life of a folder.
  writeFileSync(join(source, 'Thesis/notes.md'), '# Notes, changed\n')
  rmSync(join(source, 'todo.txt'))
  writeTree(source, { 'Thesis/chapter 2.md': 'It dawned.\n' })
  const [second] = await client.plans.run({ id: plan.id })
  if (second === undefined) throw new Error('no job')
  await done(second)

  const [lineage] = await client.snapshots.lineages()
  expect(lineage).toMatchObject({ title: 'Documents', planId: plan.id, snapshots: 2 })
  const snapshots = await client.snapshots.list({})
  const [newest, oldest] = snapshots
  if (newest === undefined || oldest === undefined || lineage === undefined) throw new Error('no snapshots')
  expect(newest).toMatchObject({ indexed: true, changes: { added: 1, changed: 1, removed: 1 } })

  const roots = await client.snapshots.browse({ id: newest.id, path: '' })
  expect(roots.entries.map((entry) => entry.path)).toEqual(['Documents'])
  const children = await client.snapshots.browse({ id: newest.id, path: 'Documents', showDeleted: true })
  expect(children.entries.map((entry) => [entry.name, entry.deletedAfter?.snapshotId])).toEqual([
    ['Photos', undefined],
    ['Thesis', undefined],
    ['todo.txt', oldest.id],
  ])
  expect(children.deleted).toBe(1)
  const folders = await client.snapshots.browse({ id: newest.id, path: 'Documents', foldersOnly: true })
  expect(folders).toMatchObject({ entries: [{ name: 'Photos' }, { name: 'Thesis' }], total: 2, deleted: 1 })
  const filtered = await client.snapshots.browse({ id: newest.id, path: 'Documents/Thesis', filter: 'CHAP' })
  expect(filtered.entries.map((entry) => entry.name)).toEqual(['chapter 1.md', 'chapter 2.md'])

  const { hits } = await client.snapshots.search({ text: 'todo' })
  expect(hits.map((hit) => [hit.entry.path, hit.deleted])).toEqual([['Documents/todo.txt', true]])
  const versions = await client.snapshots.versions({ lineageId: lineage.id, path: 'Documents/Thesis/notes.md' })
  expect(versions.versions.map((version) => version.entry.sizeBytes)).toEqual([17, 8])
  expect(versions.onDisk?.sizeBytes).toBe(17)
  expect(await client.snapshots.text({ id: oldest.id, path: 'Documents/todo.txt' })).toMatchObject({ text: 'Größe\n' })
  expect(await client.snapshots.textOnDisk({ id: oldest.id, path: 'Documents/Thesis/notes.md' })).toMatchObject({
    text: '# Notes, changed\n',
  })

  const compared = await client.snapshots.compare({
    from: oldest.id,
    to: { kind: 'snapshot', id: newest.id },
    path: 'Documents',
  })
  expect(compared.differences.map(({ name, change }) => [name, change])).toEqual([
    ['Thesis', 'changed'],
    ['todo.txt', 'removed'],
  ])
  expect(compared.totals).toMatchObject({ added: 1, changed: 1, removed: 1 })
  writeTree(source, { 'new on disk.txt': 'x' })
  const withDisk = await client.snapshots.compare({ from: newest.id, to: { kind: 'disk' }, path: 'Documents' })
  expect(withDisk.differences.map(({ name, change }) => [name, change])).toEqual([['new on disk.txt', 'added']])
  const whole = await client.snapshots.compare({ from: newest.id, to: { kind: 'disk' }, path: '' })
  expect(whole.totals).toMatchObject({ added: 1, addedBytes: 1, changed: 0, removed: 0 })

  // Restore to the original place, seen before and undone after.
  const options: RestoreOptions = {
    paths: ['Documents/todo.txt', 'Documents/Thesis'],
    target: { kind: 'original' },
    conflict: 'overwrite',
    carryOver,
    undoDays: 30,
  }
  let preview: RestorePreview | undefined
  for await (const state of await client.restore.preview({ snapshotId: oldest.id, options })) preview = state
  expect(preview).toMatchObject({ complete: true, files: 3, targetRoot: source })
  expect(preview?.counts).toMatchObject({ new: 1, overwrite: 1, identical: 1 })
  const restored = await done(await client.restore.start({ snapshotId: oldest.id, options }))
  expect(restored.status.summary.receipt).toMatchObject({ restored: 2, failed: 0, skipped: 0, undone: false })
  expect(readFileSync(join(source, 'todo.txt'), 'utf8')).toBe('Größe\n')
  expect(readFileSync(join(source, 'Thesis/notes.md'), 'utf8')).toBe('# Notes\n')
  expect(existsSync(join(source, 'Thesis/chapter 2.md'))).toBe(true)

  await done(await client.restore.undo({ jobId: restored.id }))
  expect(existsSync(join(source, 'todo.txt'))).toBe(false)
  expect(readFileSync(join(source, 'Thesis/notes.md'), 'utf8')).toBe('# Notes, changed\n')
  const undone = await client.jobs.get({ id: restored.id })
  expect(undone.status).toMatchObject({ summary: { receipt: { undone: true } } })
  await expect(client.restore.undo({ jobId: restored.id })).rejects.toMatchObject({ code: 'input/invalid' })

  // Into a folder, each under its own name.
  const target = join(t.folder, 'out')
  const out = {
    ...options,
    paths: ['Documents/Photos', 'Documents/todo.txt'],
    target: { kind: 'folder', path: target },
  }
  await done(await client.restore.start({ snapshotId: oldest.id, options: out as RestoreOptions }))
  expect(readdirSync(target).sort()).toEqual(['Photos', 'todo.txt'])

  const repositoryId = newest.repositoryId
  const verified = await done(await client.repositories.verify({ id: repositoryId }))
  expect(verified.status.summary.verify).toMatchObject({ snapshots: 2, corrupt: 0, affected: [] })
  expect((await client.snapshots.get({ id: newest.id })).verify?.state).toBe('ok')

  await client.snapshots.protect({ id: oldest.id, protected: true })
  await client.snapshots.setNotes({ id: newest.id, notes: 'after the change' })
  expect(await client.snapshots.get({ id: newest.id })).toMatchObject({ notes: 'after the change' })
  const simulation = await client.repositories.simulatePrune({ repositoryId, retention: { last: 1 } })
  expect(simulation).toMatchObject({ kept: 2, removed: 0 })
  await client.snapshots.protect({ id: oldest.id, protected: false })
  await done(await client.repositories.prune({ repositoryId, retention: { last: 1 } }))
  expect((await client.snapshots.list({})).map((snapshot) => snapshot.id)).toEqual([newest.id])
  const freed = await done(await client.repositories.collectGarbage({ id: repositoryId }))
  expect(freed.status.summary.garbage?.diskChunks).toBeGreaterThan(0)

  const [state] = await client.plans.list()
  expect(state).toMatchObject({ health: 'good', plan: { id: plan.id } })
  // Not the last one: a day may have begun since.
  expect(state?.days.findLast((day) => day.state !== 'none')).toMatchObject({ state: 'good' })
  const [repository] = await client.repositories.list()
  expect(repository).toMatchObject({ snapshots: 1, reachable: true, lastVerify: { corruptChunks: 0 } })
  expect(await client.plans.asCommand({ ...plan })).toBe(
    `holdfast backup ${source} -r ${repository?.repository.address} --id documents`,
  )
})
