import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { expect, it, onTestFinished } from 'vitest'
import type { Client } from '../../../src-shared/contract/index.ts'
import { createApp } from '../create-app.ts'
import { testApp, testHost, writeTree } from '../testing/test-app.ts'

it('what is dragged out lies as files before the drag begins, folders as zip, and is gone with the app', async () => {
  const t = await testApp()
  writeTree(t.source, { 'letter.txt': 'Dear Maren,\n', 'photos/one.jpg': 'not a picture' })
  const plan = await t.plan()
  const [job] = await t.client.plans.run({ id: plan.id })
  if (job === undefined) throw new Error('no job')
  await t.done(job)
  const [snapshot] = await t.client.snapshots.list({})
  if (snapshot === undefined) throw new Error('no snapshot')
  // A browser gets an address instead.
  const entries = [
    { path: 'Documents/letter.txt', isFolder: false },
    { path: 'Documents/photos', isFolder: true },
  ]
  await expect(t.client.snapshots.dragOut({ id: snapshot.id, entries })).rejects.toMatchObject({
    code: 'input/invalid',
  })
  await t.app.close()

  const dragged: (readonly string[])[] = []
  const desktop = await createApp(testHost(t.host.dataDirectory, { dragOut: (files) => void dragged.push(files) }))
  onTestFinished(() => desktop.close())
  await desktop.start()
  const client: Client = createRouterClient(desktop.router, { context: {} })
  await client.snapshots.dragOut({ id: snapshot.id, entries })
  const [letter = '', photos = ''] = dragged[0] ?? []
  expect([letter, photos].map((file) => file.slice(dirname(file).length + 1))).toEqual(['letter.txt', 'photos.zip'])
  expect(readFileSync(letter, 'utf8')).toBe('Dear Maren,\n')
  expect(statSync(letter).mode & 0o777).toBe(0o600)
  const script = 'import zipfile,sys; print(zipfile.ZipFile(sys.argv[1]).namelist())'
  expect(execFileSync('python3', ['-c', script, photos], { encoding: 'utf8' })).toContain('photos/one.jpg')
  await expect(
    client.snapshots.dragOut({ id: snapshot.id, entries: [{ path: 'Documents/none', isFolder: false }] }),
  ).rejects.toMatchObject({ code: 'path/not-found' })
  await desktop.close()
  expect(existsSync(letter)).toBe(false)
})
