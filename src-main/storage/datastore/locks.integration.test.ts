import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FileLock, tryLockFile } from './file-lock.ts'
import { createLocks, type DatastoreLocks } from './locks.ts'
import { runChild } from './testing/child-script.ts'

const group = { namespace: 'a', type: 'host', backupId: 'elsa' } as const
const ref = { ...group, time: 1_593_179_765 }

let root: string
let locks: DatastoreLocks

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'locks-'))
  await writeFile(path.join(root, '.lock'), '')
  locks = createLocks(root)
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

describe('file lock', () => {
  it('is held by one, or shared by many, and leaves no file', async () => {
    const file = path.join(root, 'x')
    const first = await tryLockFile(file, 'shared')
    const second = await tryLockFile(file, 'shared')
    expect(await tryLockFile(file, 'exclusive')).toBeUndefined()
    await first?.release()
    await first?.release()
    expect(await tryLockFile(file, 'exclusive')).toBeUndefined()
    await second?.release()
    const third = await tryLockFile(file, 'exclusive')
    expect(third).toBeDefined()
    expect(await tryLockFile(file, 'shared')).toBeUndefined()
    await third?.release()
    expect(await readdir(root)).toEqual(['.lock'])
  })

  it('never has two exclusive holders, though the file comes and goes', async () => {
    const file = path.join(root, 'x')
    let holders = 0
    let taken = 0
    const compete = async () => {
      for (let n = 0; n < 60; n++) {
        const lock = await tryLockFile(file, 'exclusive')
        if (lock === undefined) continue
        expect(++holders).toBe(1)
        taken++
        await new Promise((resolve) => setImmediate(resolve))
        holders--
        await lock.release()
      }
    }
    await Promise.all(Array.from({ length: 8 }, compete))
    expect(taken).toBeGreaterThan(20)
  })
})

describe('locks of a datastore', () => {
  it('keeps a second backup out of the group, in another process too, until the first process dies', async () => {
    const child = runChild(
      root,
      `import { createLocks } from 'ds/locks.ts'
       const lock = await createLocks(root).lockGroup(${JSON.stringify(group)})
       console.log('locked')
       setInterval(() => lock, 1000)`,
    )
    expect(await child.line()).toBe('locked')
    await expect(locks.lockGroup(group)).rejects.toMatchObject({ code: 'repository/locked' })
    await (await locks.lockGroup({ ...group, backupId: 'anna' })).release()
    await child.kill()
    await (await locks.lockGroup(group)).release()
    expect(await readdir(path.join(root, '.locks'))).toEqual([])
  })

  it('lets readers of a snapshot share it, and nobody remove it meanwhile', async () => {
    const child = runChild(
      root,
      `import { createLocks } from 'ds/locks.ts'
       const lock = await createLocks(root).lockSnapshot(${JSON.stringify(ref)}, 'shared')
       console.log('reading')
       setInterval(() => lock, 1000)`,
    )
    expect(await child.line()).toBe('reading')
    const reader = await locks.lockSnapshot(ref, 'shared')
    expect(await locks.tryLockSnapshot(ref, 'exclusive')).toBeUndefined()
    await reader.release()
    expect(await locks.tryLockSnapshot(ref, 'exclusive')).toBeUndefined()
    await child.kill()
    const lock = await locks.tryLockSnapshot(ref, 'exclusive')
    expect(lock).toBeDefined()
    await lock?.release()
  })

  it('keeps the store lock exclusive or shared, and its file', async () => {
    const user = await locks.lockStore('shared')
    const other = await locks.lockStore('shared')
    await expect(locks.lockStore('exclusive')).rejects.toMatchObject({ code: 'repository/locked' })
    await user.release()
    await other.release()
    await (await locks.lockStore('exclusive')).release()
    expect(await readdir(root)).toContain('.lock')
  })

  it('knows the oldest running backup of all processes, and forgets the dead', async () => {
    expect(await locks.oldestBackup()).toBeUndefined()
    const child = runChild(
      root,
      `import { createLocks } from 'ds/locks.ts'
       const lock = await createLocks(root).registerBackup(1000)
       console.log('running')
       setInterval(() => lock, 1000)`,
    )
    await child.line()
    const mine: FileLock = await locks.registerBackup(2000)
    const newer = await locks.registerBackup(3000)
    expect(await locks.oldestBackup()).toBe(1000)
    await child.kill()
    expect(await locks.oldestBackup()).toBe(2000)
    await mine.release()
    expect(await locks.oldestBackup()).toBe(3000)
    await newer.release()
    expect(await locks.oldestBackup()).toBeUndefined()
    expect(await readdir(path.join(root, '.locks', 'backups'))).toEqual([])
  })

  it('waits for a manifest that someone else is changing', async () => {
    const first = await locks.lockManifest(ref)
    const second = locks.lockManifest(ref)
    setTimeout(() => void first.release(), 60) // the second hears of a failure: it never gets the lock
    await (await second).release()
  })

  it('lets nobody lock for writing a place that is a file', async () => {
    await mkdir(path.join(root, '.locks'))
    await rm(path.join(root, '.locks'), { recursive: true })
    await writeFile(path.join(root, '.locks'), '')
    await expect(locks.lockGroup(group)).rejects.toThrow()
  })
})
