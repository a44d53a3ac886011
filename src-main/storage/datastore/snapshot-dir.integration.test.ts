import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Datastore } from './datastore.ts'
import { archivePath, MANIFEST_NAME, snapshotFolder } from './layout.ts'
import { addSnapshotFile, forgetSnapshot, readSnapshotFile, setProtected, updateManifest } from './snapshot-dir.ts'
import { startSnapshot } from './snapshot-draft.ts'
import { inspectSnapshot, listGroups, newestFinished } from './snapshot-list.ts'
import { runChild } from './testing/child-script.ts'
import { createSmallStore, randomChunks, sampleGroup, writeSample } from './testing/sample-store.ts'

const first = { ...sampleGroup, time: 1000 }
const second = { ...sampleGroup, time: 2000 }
const options = { owner: 'anna@pbs', now: Date.now }

let root: string
let store: Datastore

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'snapshots-'))
  store = await createSmallStore(root)
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

describe('a new snapshot', () => {
  it('is invisible until it is committed', async () => {
    const draft = await startSnapshot(store, first, options)
    await draft.writeFile('etc.conf.blob', Buffer.from('x'))
    expect(await newestFinished(store, first)).toBeUndefined()
    await draft.commit(Buffer.from('manifest'))
    await draft.discard()
    expect(await newestFinished(store, first)).toEqual({
      ref: first,
      isFinished: true,
      isProtected: false,
      filenames: ['etc.conf.blob', MANIFEST_NAME],
    })
    expect(await readdir(path.join(root, '.locks', 'backups'))).toEqual([])
  })

  it('shows a file only when it is whole, and can patch its head', async () => {
    const draft = await startSnapshot(store, first, options)
    const file = await draft.createFile('root.pxar.didx')
    await file.handle.write('head?body')
    expect((await inspectSnapshot(store, first))?.filenames).toEqual([])
    await file.handle.write('HEAD!', 0)
    await file.commit()
    await file.discard()
    const dropped = await draft.createFile('catalog.pcat1.didx')
    await dropped.discard()
    await draft.commit(Buffer.from('manifest'))
    expect(await readdir(snapshotFolder(root, first))).toEqual([MANIFEST_NAME, 'root.pxar.didx'])
    expect(await readFile(archivePath(root, first, 'root.pxar.didx'), 'utf8')).toBe('HEAD!body')
  })

  it('leaves nothing when it is discarded, not even a new group', async () => {
    const draft = await startSnapshot(store, first, options)
    await draft.writeFile('etc.conf.blob', Buffer.from('x'))
    await draft.discard()
    await draft.discard()
    await expect(draft.writeFile('a.blob', Buffer.from('x'))).rejects.toMatchObject({ code: 'snapshot/unknown' })
    expect(await Array.fromAsync(listGroups(store, ''))).toEqual([])
    const other = await startSnapshot(store, first, { ...options, owner: 'other@pbs' })
    expect(other.owner).toBe('other@pbs')
    await other.discard()
  })

  it('keeps the owner of the group, knows its base, and guards it', async () => {
    await writeSample(store, first, randomChunks(1))
    const draft = await startSnapshot(store, second, options)
    expect([draft.owner, draft.base]).toEqual(['root@pam', first])
    await expect(forgetSnapshot(store, first)).rejects.toMatchObject({ code: 'repository/locked' })
    await expect(forgetSnapshot(store, second)).rejects.toMatchObject({ code: 'repository/locked' })
    await expect(startSnapshot(store, { ...first, time: 3000 }, options)).rejects.toMatchObject({
      code: 'repository/locked',
    })
    await draft.discard()
    await forgetSnapshot(store, first)
  })

  it('must be newer than the last one', async () => {
    await writeSample(store, second, randomChunks(1))
    await expect(startSnapshot(store, second, options)).rejects.toMatchObject({ code: 'snapshot/exists' })
    await expect(startSnapshot(store, first, options)).rejects.toMatchObject({ code: 'input/invalid' })
    const draft = await startSnapshot(store, { ...first, time: 2001 }, options)
    await draft.discard()
  })

  it('clears away what a killed backup left, but nothing that another one is using', async () => {
    const child = runChild(
      root,
      `import { openDatastore } from 'ds/datastore.ts'
       import { startSnapshot } from 'ds/snapshot-draft.ts'
       const store = await openDatastore(root)
       const draft = await startSnapshot(store, ${JSON.stringify(first)}, { owner: 'root@pam', now: Date.now })
       await draft.writeFile('etc.conf.blob', Buffer.from('x'))
       console.log('started')
       setInterval(() => draft, 1000)`,
    )
    await child.line()
    await expect(startSnapshot(store, second, options)).rejects.toMatchObject({ code: 'repository/locked' })
    expect((await inspectSnapshot(store, first))?.filenames).toEqual(['etc.conf.blob'])
    await child.kill()
    const reader = await store.locks.lockSnapshot(first, 'shared')
    await (await startSnapshot(store, second, options)).discard()
    expect(await inspectSnapshot(store, first)).toBeDefined()
    await reader.release()
    const draft = await startSnapshot(store, first, options)
    await draft.commit(Buffer.from('manifest'))
    expect((await inspectSnapshot(store, first))?.filenames).toEqual([MANIFEST_NAME])
  })
})

describe('a snapshot', () => {
  beforeEach(async () => {
    await writeSample(store, first, randomChunks(1))
  })

  it('stays while it is protected', async () => {
    await setProtected(store, first, true)
    await setProtected(store, first, true)
    expect((await inspectSnapshot(store, first))?.isProtected).toBe(true)
    await expect(forgetSnapshot(store, first)).rejects.toMatchObject({ code: 'snapshot/protected' })
    await setProtected(store, first, false)
    await forgetSnapshot(store, first)
    expect(await inspectSnapshot(store, first)).toBeUndefined()
    await expect(forgetSnapshot(store, first)).rejects.toMatchObject({ code: 'snapshot/unknown' })
    await expect(setProtected(store, first, true)).rejects.toMatchObject({ code: 'snapshot/unknown' })
    expect(await readdir(snapshotFolder(root, first).slice(0, -25))).toEqual([])
  })

  it('takes changes of its manifest one after the other, and loses none', async () => {
    await updateManifest(store, first, () => Buffer.from('0'))
    const add = () => updateManifest(store, first, (blob) => Buffer.from(String(Number(Buffer.from(blob)) + 1)))
    await Promise.all(Array.from({ length: 12 }, add))
    expect(Buffer.from(await readSnapshotFile(store, first, MANIFEST_NAME)).toString()).toBe('12')
    await updateManifest(store, first, () => undefined)
    expect(await readdir(path.join(root, '.locks'))).toEqual(['backups'])
  })

  it('takes a log after it is finished', async () => {
    await addSnapshotFile(store, first, 'client.log.blob', Buffer.from('log'))
    expect(Buffer.from(await readSnapshotFile(store, first, 'client.log.blob')).toString()).toBe('log')
    await expect(addSnapshotFile(store, first, MANIFEST_NAME, Buffer.from(''))).rejects.toMatchObject({
      code: 'input/invalid',
    })
  })

  it('says which of it is not there, or larger than it can be', async () => {
    const read = (ref: typeof first, name: string, maxBytes?: number) =>
      readSnapshotFile(store, ref, name, { maxBytes })
    await expect(read(first, 'x.blob')).rejects.toMatchObject({ code: 'path/not-found' })
    await expect(read(second, 'x.blob')).rejects.toMatchObject({ code: 'snapshot/unknown' })
    await expect(read(first, '../../owner')).rejects.toMatchObject({ code: 'input/invalid' })
    await expect(read(first, 'root.pxar.didx', 100)).rejects.toMatchObject({ code: 'index/corrupt' })
  })

  it('is forgotten wholly or not at all, whenever the process dies', async () => {
    for (let round = 0; round < 8; round++) {
      const ref = { ...sampleGroup, time: 3000 + round }
      await writeSample(store, ref, randomChunks(1))
      for (let n = 0; n < 200; n++) await writeFile(archivePath(root, ref, `file-${n}.blob`), '')
      const child = runChild(
        root,
        `import { openDatastore } from 'ds/datastore.ts'
         import { forgetSnapshot } from 'ds/snapshot-dir.ts'
         const store = await openDatastore(root)
         console.log('go')
         await forgetSnapshot(store, ${JSON.stringify(ref)})`,
      )
      await child.line()
      await new Promise((resolve) => setTimeout(resolve, round * 3))
      await child.kill()
      const left = await inspectSnapshot(store, ref)
      if (left?.isFinished === true) expect(left.filenames).toHaveLength(203)
      await (await startSnapshot(store, { ...ref, time: 9000 }, options)).discard()
      const after = await inspectSnapshot(store, ref)
      expect(after === undefined || after.isFinished).toBe(true)
      if (after !== undefined) await forgetSnapshot(store, ref)
    }
  })

  it('is not found where its folder is a file', async () => {
    await mkdir(path.join(root, 'host', 'anna'))
    await writeFile(path.join(root, 'host', 'anna', '1970-01-01T00:16:40Z'), '')
    expect(await inspectSnapshot(store, { ...first, backupId: 'anna' })).toBeUndefined()
  })
})
