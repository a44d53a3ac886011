import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDatastore, openDatastore } from './datastore.ts'
import { createNamespace, readGroupNotes, readOwner, removeNamespace, writeGroupNotes } from './group-dir.ts'
import { forgetSnapshot } from './snapshot-dir.ts'
import { startSnapshot } from './snapshot-draft.ts'
import { listGroups, listNamespaces, listSnapshots } from './snapshot-list.ts'
import { runChild } from './testing/child-script.ts'
import { createSmallStore, randomChunks, sampleGroup, writeSample } from './testing/sample-store.ts'

let folder: string
let root: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'datastore-'))
  root = path.join(folder, 'store')
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('datastore', () => {
  it('has the folders that PBS expects, and the loop stays free while they are made', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await createDatastore(root)
    clearInterval(timer)
    const names = await readdir(path.join(root, '.chunks'))
    expect([names.length, names.toSorted()[0], names.toSorted().at(-1)]).toEqual([65_536, '0000', 'ffff'])
    expect((await stat(path.join(root, '.chunks', 'abcd'))).mode & 0o777).toBe(0o750)
    expect((await stat(path.join(root, '.lock'))).size).toBe(0)
    expect(turns).toBeGreaterThan(20)
    await openDatastore(root)
    await expect(createDatastore(root)).rejects.toMatchObject({ code: 'datastore/exists' })
  })

  it('is not made over something else', async () => {
    await mkdir(root)
    await writeFile(path.join(root, 'letter.txt'), 'dear')
    await expect(createDatastore(root)).rejects.toMatchObject({ code: 'path/not-empty' })
    await expect(openDatastore(root)).rejects.toMatchObject({ code: 'datastore/not-found' })
    await expect(createDatastore(path.join(root, 'letter.txt'))).rejects.toThrow()
    expect(await readdir(root)).toEqual(['letter.txt'])
  })

  it('is not found where there is nothing, and completed where a crash left it half made', async () => {
    await expect(openDatastore(root)).rejects.toMatchObject({ code: 'datastore/not-found' })
    const child = runChild(
      root,
      `import { createDatastore } from 'ds/datastore.ts'
       setTimeout(() => console.log('making'), 30)
       await createDatastore(root)`,
    )
    await child.line()
    await child.kill()
    await expect(openDatastore(root)).rejects.toMatchObject({ code: 'datastore/not-found' })
    await createDatastore(root)
    expect(await readdir(path.join(root, '.chunks'))).toHaveLength(65_536)
  })

  it('lists namespaces, groups and snapshots, and nothing that is hidden or not a name', async () => {
    const store = await createSmallStore(root)
    await createNamespace(store, 'a/b')
    const inner = { ...sampleGroup, namespace: 'a/b' }
    await writeSample(store, { ...sampleGroup, time: 2000 }, randomChunks(1))
    await writeSample(store, { ...inner, time: 1000 }, randomChunks(1))
    await mkdir(path.join(root, 'ns', '.hidden'))
    await mkdir(path.join(root, 'ns', 'not a name'))
    await mkdir(path.join(root, 'host', '.hidden'))
    await mkdir(path.join(root, 'other', 'x'), { recursive: true })
    await mkdir(path.join(root, 'host', 'elsa', 'yesterday'))
    await mkdir(path.join(root, 'host', 'elsa', '2020-06-26T13:56:05Z'))
    const found = []
    for await (const namespace of listNamespaces(store)) {
      for await (const group of listGroups(store, namespace)) {
        for await (const { ref, isFinished } of listSnapshots(store, group)) found.push({ ...ref, isFinished })
      }
    }
    expect(found).toEqual([
      { ...sampleGroup, time: 2000, isFinished: true },
      { ...sampleGroup, time: 1_593_179_765, isFinished: false },
      { ...inner, time: 1000, isFinished: true },
    ])
    expect(await readOwner(store, inner)).toBe('root@pam')
  })

  it('removes a group with its last snapshot, and a namespace only when it is empty', async () => {
    const store = await createSmallStore(root)
    await createNamespace(store, 'a')
    const ref = { ...sampleGroup, namespace: 'a', time: 1000 }
    await writeSample(store, ref, randomChunks(1))
    await writeGroupNotes(store, ref, 'mine')
    expect(await readGroupNotes(store, ref)).toBe('mine')
    await expect(removeNamespace(store, 'a')).rejects.toMatchObject({ code: 'path/not-empty' })
    await forgetSnapshot(store, ref)
    expect(await Array.fromAsync(listGroups(store, 'a'))).toEqual([])
    await removeNamespace(store, 'a')
    await expect(removeNamespace(store, 'a')).rejects.toMatchObject({ code: 'path/not-found' })
    await expect(startSnapshot(store, ref, { owner: 'root@pam', now: Date.now })).rejects.toMatchObject({
      code: 'path/not-found',
    })
  })
})
