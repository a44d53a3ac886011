import { join } from 'node:path'
import { expect, it } from 'vitest'
import { planFile } from '../../src-shared/model/plan-file.ts'
import { openKeyFile, parseKeyFile } from '../storage/key-file.ts'
import { testApp, writeTree } from './testing/test-app.ts'

it('encrypted backups are read with their key, and come back from the recovery sheet', async () => {
  const t = await testApp()
  writeTree(t.source, { 'secret.txt': 'for nobody else' })
  const key = await t.client.keys.create({ name: 'Mine', passphrase: 'correct horse' })
  expect(key).toMatchObject({ hasPassphrase: true })
  const plan = await t.plan({
    options: { mode: 'metadata', compress: true, cryptMode: 'encrypt', keyId: key.id, verifyAfter: true },
  })
  const [job] = await t.client.plans.run({ id: plan.id })
  if (job === undefined) throw new Error('no job')
  await t.done(job)
  const [snapshot] = await t.client.snapshots.list({})
  if (snapshot === undefined) throw new Error('no snapshot')
  expect(snapshot.keyFingerprint).toBe(key.fingerprint)
  expect(await t.client.snapshots.text({ id: snapshot.id, path: 'Documents/secret.txt' })).toMatchObject({
    text: 'for nobody else',
  })
  expect((await t.client.snapshots.manifest({ id: snapshot.id })).signed).toBe(true)
  const { keyFile, text, groups } = await t.client.keys.sheet({ id: key.id, isKept: false })
  expect(text).toContain(key.fingerprint)
  // Shown is not saved: somebody has to read from it.
  const typed = [1, 2, groups].map((at) => ({
    at,
    text: new RegExp(`\\b${at} (\\S+)`).exec(text.slice(-400))?.[1] ?? '',
  }))
  const wrong = typed.map(({ at }) => ({ at, text: 'wrong' }))
  await expect(t.client.keys.proveSheet({ id: key.id, typed: wrong })).rejects.toMatchObject({ code: 'input/invalid' })
  expect((await t.client.keys.list())[0]?.sheetSavedAt).toBeUndefined()
  await t.client.keys.proveSheet({ id: key.id, typed })
  expect((await t.client.keys.list())[0]?.sheetSavedAt).toBeDefined()
  const [{ repository } = { repository: undefined }] = await t.client.repositories.list()
  if (repository === undefined) throw new Error('no repository')
  await t.app.close()

  // Another computer, with nothing but the disk and the sheet.
  const other = await testApp({ folder: join(t.folder, 'other computer'), keepRepository: true })
  const adopted = await other.client.repositories.add({ address: repository.address, name: 'Disk', create: false })
  const [index] = await other.client.jobs.list({ kinds: ['index'], repositoryId: adopted.id })
  if (index === undefined) throw new Error('no index job')
  expect((await other.done(index)).warnings).toBe(1)
  const [foreign] = await other.client.snapshots.list({})
  if (foreign === undefined) throw new Error('no snapshot')
  const wanted = { id: foreign.id, path: 'Documents/secret.txt' }
  await expect(other.client.snapshots.text(wanted)).rejects.toMatchObject({ code: 'key/missing' })
  await expect(other.client.keys.import({ name: 'Mine', text: keyFile, passphrase: 'wrong' })).rejects.toMatchObject({
    code: 'key/denied',
  })
  await other.client.keys.import({ name: 'Mine', text: keyFile, passphrase: 'correct horse' })
  expect(await other.client.snapshots.text(wanted)).toMatchObject({ text: 'for nobody else' })
  // The plan came with the data, as it was, with the address it backed up to.
  const { text: found = '' } = await other.client.snapshots.plan({ id: foreign.id })
  const { plan: kept, repositories } = planFile.parse(JSON.parse(found))
  expect(kept).toMatchObject({ name: 'Documents', source: plan.source, backupId: 'documents' })
  expect(repositories).toMatchObject([{ address: repository.address }])
  const [again] = await other.client.jobs.list({ kinds: ['index'] })
  if (again === undefined) throw new Error('it was not indexed again')
  expect((await other.done(again)).status.summary.indexedSnapshots).toBe(1)
  expect((await other.client.snapshots.search({ text: 'secret' })).hits).toHaveLength(1)
})

it('a changed passphrase opens the same key, and sheets of before go on with theirs', async () => {
  const t = await testApp()
  const key = await t.client.keys.create({ name: 'Mine', passphrase: 'correct horse' })
  const { keyFile: old } = await t.client.keys.sheet({ id: key.id })
  const changed = await t.client.keys.changePassphrase({ id: key.id, passphrase: 'battery staple' })
  expect(changed).toEqual({ ...key, sheetSavedAt: undefined })
  const { keyFile } = await t.client.keys.sheet({ id: key.id })
  const opened = await openKeyFile(parseKeyFile(keyFile), 'battery staple')
  expect(opened.fingerprint).toBe(key.fingerprint)
  await expect(openKeyFile(parseKeyFile(keyFile), 'correct horse')).rejects.toMatchObject({ code: 'key/denied' })
  // The sheet that was printed before goes on with its own passphrase.
  expect((await openKeyFile(parseKeyFile(old), 'correct horse')).fingerprint).toBe(key.fingerprint)

  const bare = await t.client.keys.changePassphrase({ id: key.id })
  expect(bare.hasPassphrase).toBe(false)
  const sheet = await t.client.keys.sheet({ id: key.id })
  expect((await openKeyFile(parseKeyFile(sheet.keyFile))).fingerprint).toBe(key.fingerprint)
  await t.app.close()
})

it('errors cross with code, sentence and hint, and bugs without their message', async () => {
  const t = await testApp()
  const id = '00000000-0000-4000-8000-00000000abcd' as never
  await expect(t.client.plans.get({ id })).rejects.toMatchObject({
    code: 'plan/unknown',
    message: 'There is no such plan.',
  })
  await expect(t.client.jobs.get({ id })).rejects.toMatchObject({ code: 'job/unknown' })
  await expect(t.client.snapshots.get({ id })).rejects.toMatchObject({ code: 'snapshot/unknown' })
  await expect(
    t.client.repositories.add({ address: join(t.folder, 'nowhere'), name: 'x', create: false }),
  ).rejects.toMatchObject({ code: 'datastore/not-found', data: { hint: 'Create one there, or check the path.' } })
  await expect(
    t.client.plans.nextRuns({ schedule: { kind: 'cron', expression: '99 * * * *', timeZone: 'UTC' } }),
  ).rejects.toMatchObject({
    code: 'input/invalid',
  })
})
